/** Time that runs faster, for what waits by the minute: each wait takes its part of the real time. */
import { type Clock, systemClock } from "../../../src/runtime/clock.ts";

/** The wall clock is left alone: what is written into objects stays true. */
export function hurriedClock(times: number): Clock {
  return {
    now: systemClock.now,
    monotonic: () => systemClock.monotonic() * times,
    setTimeout: (run, ms) => systemClock.setTimeout(run, ms / times),
  };
}
