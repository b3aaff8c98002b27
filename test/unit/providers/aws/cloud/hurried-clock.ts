import { type Clock, systemClock } from "../../../../../src/runtime/clock.ts";

/** Whoever waits for a time has it at once: rates and pauses are kept, and cost the tests nothing. */
export function hurriedClock(): Clock {
  let elapsedMs = 0;
  return {
    // AWS stamps what it creates, so this one is as its clock.
    now: systemClock.now,
    monotonic: () => elapsedMs,
    setTimeout(run, delayMs) {
      const dueMs = elapsedMs + delayMs;
      const soon = setImmediate(() => {
        elapsedMs = Math.max(elapsedMs, dueMs);
        run();
      });
      return { clear: () => clearImmediate(soon) };
    },
  };
}
