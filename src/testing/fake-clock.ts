/** A clock that stands still until a test moves it. */
import type { Clock } from "../runtime/clock.ts";

export interface FakeClock extends Clock {
  /**
   * Moves both clocks on by `ms`, firing due timers in order, each at its own time, and lets promises settle
   * after each and at the end, so that a timer which a continuation sets within the span fires too.
   */
  advance(ms: number): Promise<void>;
  /** Moves both clocks without firing anything: a process that was stopped and has just been continued. */
  pause(ms: number): void;
  /** Moves the wall clock alone: somebody set the time. `ms` may be negative. */
  jump(ms: number): void;
  /** How many timers wait. */
  readonly timers: number;
}

export interface FakeClockOptions {
  /** Wall clock at the start, ms since the epoch. Default: 2026-01-01T00:00:00Z. */
  readonly startMs?: number;
}

/** Rounds of `setImmediate` after which promise chains of ordinary length have settled. */
const settleRounds = 3;

export function createFakeClock({ startMs = Date.UTC(2026, 0, 1) }: FakeClockOptions = {}): FakeClock {
  const waiting = new Map<number, { dueMs: number; run: () => void }>();
  let wallMs = startMs;
  let elapsedMs = 0;
  let lastId = 0;

  const earliest = () => {
    let first: { id: number; dueMs: number; run: () => void } | undefined;
    for (const [id, timer] of waiting) {
      if (first === undefined || timer.dueMs < first.dueMs) first = { id, ...timer };
    }
    return first;
  };
  const moveTo = (targetMs: number) => {
    const stepMs = Math.max(0, targetMs - elapsedMs);
    elapsedMs += stepMs;
    wallMs += stepMs;
  };

  return {
    now: () => wallMs,
    monotonic: () => elapsedMs,
    setTimeout(run, delayMs) {
      lastId += 1;
      const id = lastId;
      waiting.set(id, { dueMs: elapsedMs + Math.max(0, delayMs), run });
      return { clear: () => void waiting.delete(id) };
    },
    async advance(ms) {
      const endMs = elapsedMs + ms;
      await settle();
      for (let next = earliest(); next !== undefined && next.dueMs <= endMs; next = earliest()) {
        waiting.delete(next.id);
        moveTo(next.dueMs);
        next.run();
        await settle();
      }
      moveTo(endMs);
      await settle();
    },
    pause: (ms) => moveTo(elapsedMs + ms),
    jump(ms) {
      wallMs += ms;
    },
    get timers() {
      return waiting.size;
    },
  };
}

async function settle(): Promise<void> {
  for (let round = 0; round < settleRounds; round++) await new Promise((resolve) => setImmediate(resolve));
}
