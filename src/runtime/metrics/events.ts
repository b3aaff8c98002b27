/** `fairlead_events_*`: how many Events reached the API server, and how many did not and why. */
import { Counter, type Registry } from "prom-client";

export type EventDrop = "spam" | "queue_full" | "failed" | "stopped";

export interface EventRecording {
  written(): void;
  dropped(why: EventDrop): void;
}

const reasons: readonly EventDrop[] = ["spam", "queue_full", "failed", "stopped"];

export function eventMetrics(registry: Registry): EventRecording {
  const written = new Counter({
    name: "fairlead_events_written_total",
    help: "Events created or counted up",
    registers: [registry],
  });
  const dropped = new Counter({
    name: "fairlead_events_dropped_total",
    help: "Events that were not written, by why",
    labelNames: ["reason"],
    registers: [registry],
  });
  for (const reason of reasons) dropped.inc({ reason }, 0);
  return {
    written: () => written.inc(),
    dropped: (reason) => dropped.inc({ reason }),
  };
}
