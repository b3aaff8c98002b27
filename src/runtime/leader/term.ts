/** How long a confirmed renewal may be relied on, judged whenever somebody asks: timers of a paused process fire late. */
import type { Clock } from "../clock.ts";

export interface Instant {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export function instant(clock: Clock): Instant {
  return { monotonicMs: clock.monotonic(), wallMs: clock.now() };
}

/**
 * Time since then by the clock that says more. The monotonic clock goes on while a process is stopped (SIGSTOP) but
 * may stand still while its machine sleeps; the wall clock is set right after a sleep but can be set back by anyone.
 */
export function elapsedMs(since: Instant, clock: Clock): number {
  return Math.max(clock.monotonic() - since.monotonicMs, clock.now() - since.wallMs);
}
