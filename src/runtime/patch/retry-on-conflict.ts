/** Reads, changes and writes again when someone else was faster. */
import { type Clock, sleep, systemClock } from "../clock.ts";
import { isConflict } from "../kube/api-error.ts";

export interface ConflictRetryOptions {
  readonly signal?: AbortSignal | undefined;
  /** How often the work is tried in all. Default: 5. */
  readonly tries?: number | undefined;
  /** Pause after the first conflict; Default: 10 ms. */
  readonly baseMs?: number | undefined;
  /** Each pause is this much longer. 1 suits an object of one's own, 5 one that many write. Default: 1. */
  readonly factor?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

/**
 * @param work must read afresh each time it is called.
 * @throws what the work throws, and the last conflict when there is no try left.
 */
export async function retryOnConflict<T>(
  work: () => Promise<T>,
  {
    signal,
    tries = 5,
    baseMs = 10,
    factor = 1,
    clock = systemClock,
    random = Math.random,
  }: ConflictRetryOptions = {},
): Promise<T> {
  for (let tried = 1; ; tried++) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error) || tried >= tries) throw error;
    }
    await sleep(baseMs * factor ** (tried - 1) * (1 + 0.1 * random()), { signal, clock });
  }
}
