/** A clock that moves on by itself whenever the cloud has nothing to do: hours of polling and backing off pass in moments. */
import type { Clock } from "../../runtime/clock.ts";

export interface QuietClock extends Clock {
  /** Waits for the work, and lets time pass while it waits for nothing but time. */
  until<T>(work: Promise<T>): Promise<T>;
  /** Moves on to that moment of the monotonic clock. */
  reach(ms: number): Promise<void>;
}

/** Real ms without a call after which what is under way waits for time alone; more before a longer wait is cut short. */
const quietMs = 2;
const surelyQuietMs = 25;
const longMs = 1_000;
/** What is further off than that is no part of any work: it has to be asked for by `reach`. */
const longestWaitMs = 60_000;

/** `isBusy`: whether a call to the cloud is on its way. `lastCallAt`: when one began or ended, by `performance.now()`. */
export function createQuietClock(cloud: { isBusy(): boolean; lastCallAt(): number }): QuietClock {
  const timers = new Map<number, { readonly dueMs: number; readonly run: () => void }>();
  const startMs = Date.UTC(2026, 0, 1);
  let elapsedMs = 0;
  let lastId = 0;

  const earliest = () => [...timers].sort(([a, x], [b, y]) => x.dueMs - y.dueMs || a - b)[0];
  const fire = (id: number, { dueMs, run }: { dueMs: number; run: () => void }): void => {
    timers.delete(id);
    elapsedMs = Math.max(elapsedMs, dueMs);
    run();
  };
  const quiet = async (forMs: number): Promise<void> => {
    const beganAt = performance.now();
    do await rest();
    while (cloud.isBusy() || performance.now() - Math.max(beganAt, cloud.lastCallAt()) < forMs);
  };
  return {
    now: () => startMs + elapsedMs,
    monotonic: () => elapsedMs,
    setTimeout(run, delayMs) {
      lastId += 1;
      const id = lastId;
      timers.set(id, { dueMs: elapsedMs + Math.max(0, delayMs), run });
      return { clear: () => void timers.delete(id) };
    },
    async until(work) {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      for (await pause(); !isOver; ) {
        await quiet(quietMs);
        const next = earliest();
        if (isOver || next === undefined || next[1].dueMs - elapsedMs > longestWaitMs) continue;
        if (next[1].dueMs - elapsedMs > longMs) await quiet(surelyQuietMs);
        if (!isOver && timers.has(next[0])) fire(...next);
      }
      return work;
    },
    async reach(ms) {
      await quiet(quietMs);
      for (let next = earliest(); next !== undefined && next[1].dueMs <= ms; next = earliest()) {
        fire(...next);
        await quiet(quietMs);
      }
      elapsedMs = Math.max(elapsedMs, ms);
    },
  };
}

/** Leaves the processor to the cloud, which may be another process on this machine. */
function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
