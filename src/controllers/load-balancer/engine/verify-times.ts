/** When to compare what is known with the cloud again: spread over a period, and many at the same moment, for they are read together. */
import type { Clock } from "../../../runtime/clock.ts";

export interface VerifyTimes {
  /** For what was taken as it is because of its hash: at any moment of a period. On the monotonic clock, in ms. */
  first(): number;
  /** For what was just looked at: a period later, more or less. */
  next(): number;
}

/** An hour: what others changed in the cloud is found within 75 minutes. */
export const VERIFY_PERIOD_MS = 3_600_000;

/** Those of one slot are verified together. */
const slots = 12;

export function createVerifyTimes(o: {
  readonly clock: Clock;
  readonly random: () => number;
  readonly periodMs: number;
}): VerifyTimes {
  const slotMs = o.periodMs / slots;
  const at = (ms: number): number => Math.ceil((o.clock.monotonic() + ms) / slotMs) * slotMs;
  return {
    first: () => at(o.random() * o.periodMs),
    next: () => at((0.75 + 0.5 * o.random()) * o.periodMs - slotMs / 2),
  };
}
