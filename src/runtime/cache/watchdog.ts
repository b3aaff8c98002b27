/** Aborts a signal when nothing was heard for too long. */

import type { Clock, Timer } from "../clock.ts";

export interface Watchdog extends Disposable {
  readonly signal: AbortSignal;
  /** Something was heard. Cheap: no timer is touched. */
  reset(): void;
  /** From now on wait this long. */
  patience(quietMs: number): void;
}

export function createWatchdog(clock: Clock, quietMs: number, reason: () => Error): Watchdog {
  const controller = new AbortController();
  let allowedMs = quietMs;
  let heardAt = clock.monotonic();
  let timer: Timer;
  const arm = (ms: number): void => {
    timer = clock.setTimeout(() => {
      const left = heardAt + allowedMs - clock.monotonic();
      if (left > 0) arm(left);
      else controller.abort(reason());
    }, ms);
  };
  arm(quietMs);
  return {
    signal: controller.signal,
    reset() {
      heardAt = clock.monotonic();
    },
    patience(ms) {
      allowedMs = ms;
      heardAt = clock.monotonic();
    },
    [Symbol.dispose]: () => timer.clear(),
  };
}
