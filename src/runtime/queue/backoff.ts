/** How long to wait after the nth failure. */

export interface Backoff {
  /** Delay after the first failure. */
  readonly baseMs: number;
  /** No delay is longer. */
  readonly maxMs: number;
}

export const defaultBackoff: Backoff = { baseMs: 100, maxMs: 300_000 };

/**
 * Doubles with every failure up to the maximum; the upper half of each delay is left to chance, so that thousands of
 * keys that failed together (the API server was away) do not come back together.
 *
 * @param failures how many failures went before this one; 0 for the first.
 * @param random in [0, 1)
 */
export function backoffDelayMs({ baseMs, maxMs }: Backoff, failures: number, random: number): number {
  // 2^60 of anything is over the maximum; larger exponents would end at Infinity.
  const fullMs = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 60));
  return fullMs / 2 + (random * fullMs) / 2;
}
