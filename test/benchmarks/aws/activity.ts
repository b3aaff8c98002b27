/** Whether this process has anything in hand: requests without an answer, or keys in its queues. */
import { subscribe } from "node:diagnostics_channel";
import { sleep, systemClock } from "../../../src/runtime/clock.ts";
import type { Metrics } from "../../../src/runtime/metrics.ts";

export interface Activity {
  /** Whether a key waits for a worker, or is worked on. */
  hasWork(): Promise<boolean>;
  /** How often a load balancer was worked on. */
  looks(): Promise<number>;
  /** Resolves once no request has been on its way for so long. */
  quiet(forMs: number): Promise<void>;
}

/** Knows of HTTP requests from the call on; a watch counts until its answer begins. */
export function watchActivity(metrics: Metrics): Activity {
  const open = new Set<unknown>();
  let began = 0;
  subscribe("http.client.request.start", (message) => {
    open.add((message as { request: unknown }).request);
    began++;
  });
  for (const end of ["http.client.response.finish", "http.client.request.error"])
    subscribe(end, (message) => void open.delete((message as { request: unknown }).request));
  return {
    async hasWork() {
      const text = await metrics.render();
      return /^(workqueue_depth|controller_runtime_active_workers)\{[^}]*\} [1-9]/m.test(text);
    },
    async looks() {
      const ends = /^controller_runtime_reconcile_total\{(?=[^}]*controller="load-balancer")[^}]*\} (\d+)/gm;
      return [...(await metrics.render()).matchAll(ends)].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    async quiet(forMs) {
      let since = systemClock.monotonic();
      for (let seen = began; systemClock.monotonic() - since < forMs; ) {
        await sleep(Math.min(forMs, 20));
        if (open.size > 0 || began !== seen) since = systemClock.monotonic();
        seen = began;
      }
    },
  };
}
