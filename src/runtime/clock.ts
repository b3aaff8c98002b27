/** Time as a parameter: everything in the runtime that waits or measures takes a `Clock`. */

export interface Timer {
  /** Stops the timer; harmless after it fired. */
  clear(): void;
}

export interface Clock {
  /** Wall clock, ms since the epoch. May jump. For what others read (timestamps), not for measuring. */
  now(): number;
  /** Ms from an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls `run` once after `delayMs` (0 or more, any length). */
  setTimeout(run: () => void, delayMs: number): Timer;
}

/** Node fires at once when asked to wait longer than this. */
const longestTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(run, delayMs) {
    const ends = performance.now() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      timer = setTimeout(
        () => {
          const restMs = ends - performance.now();
          // A timer may fire up to 1 ms early; only a real rest is worth another round.
          if (restMs > 2) arm(restMs);
          else run();
        },
        Math.min(Math.max(leftMs, 0), longestTimeoutMs),
      );
    };
    arm(delayMs);
    return { clear: () => clearTimeout(timer) };
  },
};

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Resolves after `delayMs`.
 *
 * @throws the signal's reason as soon as it aborts, also when it had before the call.
 */
export function sleep(delayMs: number, { signal, clock = systemClock }: WaitOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.clear();
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
