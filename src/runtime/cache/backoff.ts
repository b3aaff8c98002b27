/** How long to wait before a list or watch is tried again. */

import type { Clock } from "../clock.ts";

const firstMs = 800;
const healthyMs = 120_000;

export interface Backoff {
  /** The wait after one more failure, in ms. `capMs` bounds it before jitter. */
  next(capMs: number): number;
}

/**
 * 0.8 s, doubled with each failure up to the cap, plus up to 100 % jitter.
 *
 * A success does not reset it, two minutes without failure do: a server that accepts each watch and closes it at once
 * must not be dialled in a tight loop.
 */
export function createBackoff(clock: Pick<Clock, "monotonic">, random: () => number): Backoff {
  let failures = 0;
  let lastFailure = Number.NEGATIVE_INFINITY;
  return {
    next(capMs) {
      const now = clock.monotonic();
      if (now - lastFailure > healthyMs) failures = 0;
      lastFailure = now;
      return Math.min(capMs, firstMs * 2 ** Math.min(failures++, 20)) * (1 + random());
    },
  };
}
