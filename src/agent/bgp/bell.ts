/** Wakes one who waits. */
import type { Clock } from "../../runtime/clock.ts";

export interface Bell {
  /** Ends the wait, or the next one if nobody waits. */
  ring(): void;
  /** Resolves when it rings, or after `ms` (undefined: never). @throws the signal's reason when it aborts. */
  wait(ms: number | undefined, signal: AbortSignal): Promise<void>;
}

export function createBell(clock: Clock): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = () => resolve();
      wake = end;
      if (rung) end();
      const timer = ms === undefined ? undefined : clock.setTimeout(end, ms);
      signal.addEventListener("abort", end, { once: true });
      try {
        await promise;
      } finally {
        timer?.clear();
        signal.removeEventListener("abort", end);
        wake = undefined;
        rung = false;
      }
      signal.throwIfAborted();
    },
  };
}
