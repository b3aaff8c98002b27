/** A queue of keys for controllers: what it holds is "look at this again", never the change itself. */
import { type Clock, systemClock, type Timer } from "../clock.ts";
import type { Metrics, QueueRecorder } from "../metrics.ts";
import { type Backoff, backoffDelayMs, defaultBackoff } from "./backoff.ts";
import { DelayHeap } from "./delay-heap.ts";
import { ReadyList } from "./ready-list.ts";

/** Higher goes first. What a user just changed overtakes what the first list or a resync brought up. */
export const Priority = { fresh: 0, background: -100 } as const;

export interface AddOptions {
  /** Default: the priority of the run under way, if this key has one and is added with a delay; else `Priority.fresh`. */
  readonly priority?: number | undefined;
}

/**
 * Guarantees:
 * - one key is with one worker at most, from `take` to `done`;
 * - a key added before its worker took it is worked on once, one added during the work is worked on once more after it;
 * - among ready keys the higher priority goes first, then the longer waiting. An add of a waiting key with a higher
 *   priority lifts it to the tail of that priority; a lower one changes nothing;
 * - a key waits for one time only, the earliest asked for: an `add` cancels its delay, a later delay is ignored.
 */
export interface WorkQueue {
  add(key: string, options?: AddOptions): void;
  addAfter(key: string, delayMs: number, options?: AddOptions): void;
  /** Adds after the key's backoff, counts a failure, and keeps the priority of the run under way. Returns the delay, ms. */
  addRateLimited(key: string): number;
  /** The next failure starts from the shortest backoff again. Does not touch what waits. */
  forget(key: string): void;
  /** Failures since `forget`. */
  failures(key: string): number;
  /** The next key, when there is one; undefined once the signal aborted or the queue closed. Call `done` with it. */
  take(signal?: AbortSignal): Promise<string | undefined>;
  done(key: string): void;
  /** How many keys wait for a worker now: not the delayed, not those being worked on (added again or not). */
  readonly length: number;
  /** Refuses further adds, drops what waits and lets the takers go. What is being worked on stays until `done`. */
  close(): void;
  /** Resolves when nothing is being worked on. */
  drained(): Promise<void>;
}

export interface WorkQueueOptions {
  /** The label in metrics. */
  readonly name?: string;
  readonly backoff?: Backoff | undefined;
  readonly clock?: Clock | undefined;
  /** In [0, 1); for the backoff's jitter. */
  readonly random?: (() => number) | undefined;
  readonly metrics?: Metrics | undefined;
}

/** Where a key stands while it waits. `held`: added while its worker is still at it. */
type Waiting =
  | { readonly at: "delayed"; readonly key: string; readonly priority: number; readonly dueMs: number }
  | {
      readonly at: "ready" | "held";
      readonly key: string;
      readonly priority: number;
      readonly sinceMs: number;
    };
type Delayed = Extract<Waiting, { at: "delayed" }>;

interface Running {
  readonly priority: number;
  readonly sinceMs: number;
}

export function createWorkQueue({
  name = "queue",
  backoff = defaultBackoff,
  clock = systemClock,
  random = Math.random,
  metrics,
}: WorkQueueOptions = {}): WorkQueue {
  const ready = new ReadyList<Extract<Waiting, { at: "ready" | "held" }>>();
  const held = new Map<string, Extract<Waiting, { at: "ready" | "held" }>>();
  const delayed = new Map<string, Delayed>();
  /** Holds every entry of `delayed`, and stale ones, which are not the map's entry for their key any more. */
  const heap = new DelayHeap<Delayed>();
  const running = new Map<string, Running>();
  const failures = new Map<string, number>();
  const takers = new Set<(key: string | undefined) => void>();
  const whenIdle = new Set<() => void>();
  let closed = false;
  let alarm: { readonly dueMs: number; readonly timer: Timer } | undefined;

  const recorder: QueueRecorder | undefined = metrics?.workQueue(name, () => ({
    waiting: ready.sizes(),
    runningMs: [...running.values()].map(({ sinceMs }) => clock.monotonic() - sinceMs),
  }));

  const start = (key: string, priority: number, waitedSinceMs: number): void => {
    const nowMs = clock.monotonic();
    running.set(key, { priority, sinceMs: nowMs });
    recorder?.started(nowMs - waitedSinceMs);
  };

  const makeReady = (key: string, priority: number, sinceMs: number): void => {
    if (running.has(key)) {
      held.set(key, { at: "held", key, priority, sinceMs });
      return;
    }
    const [taker] = takers;
    if (taker === undefined) {
      ready.append({ at: "ready", key, priority, sinceMs });
      return;
    }
    takers.delete(taker);
    start(key, priority, sinceMs);
    taker(key);
  };

  /** Moves what is due to where workers find it, and sets the timer for the next. */
  const wake = (): void => {
    const nowMs = clock.monotonic();
    for (let first = heap.first(); first !== undefined; first = heap.first()) {
      const current = delayed.get(first.key) === first;
      if (current && first.dueMs > nowMs) break;
      heap.pop();
      if (!current) continue;
      delayed.delete(first.key);
      makeReady(first.key, first.priority, nowMs);
    }
    arm();
  };
  const arm = (): void => {
    const dueMs = heap.first()?.dueMs;
    if (dueMs === alarm?.dueMs) return;
    alarm?.timer.clear();
    alarm = undefined;
    if (dueMs === undefined) return;
    const timer = clock.setTimeout(
      () => {
        alarm = undefined;
        wake();
      },
      Math.max(0, dueMs - clock.monotonic()),
    );
    alarm = { dueMs, timer };
  };

  const add = (key: string, { priority = Priority.fresh }: AddOptions = {}): void => {
    if (closed) return;
    const waiting = ready.get(key) ?? held.get(key);
    if (waiting !== undefined) {
      if (waiting.priority >= priority) return;
      // Its waiting time counts from the first add; only its place changes.
      if (waiting.at === "ready") ready.remove(key);
      makeReady(key, priority, waiting.sinceMs);
      return;
    }
    const later = delayed.get(key);
    delayed.delete(key);
    recorder?.added();
    makeReady(key, Math.max(priority, later?.priority ?? priority), clock.monotonic());
  };

  const addAfter = (key: string, delayMs: number, { priority }: AddOptions = {}): void => {
    const wanted = priority ?? running.get(key)?.priority ?? Priority.fresh;
    // NaN must not get into the heap: it would break the order for everyone.
    if (!(delayMs > 0)) {
      add(key, { priority: wanted });
      return;
    }
    if (closed) return;
    if (ready.get(key) !== undefined || held.has(key)) return;
    const before = delayed.get(key);
    const dueMs = Math.min(clock.monotonic() + delayMs, before?.dueMs ?? Infinity);
    const next: Delayed = {
      at: "delayed",
      key,
      priority: Math.max(wanted, before?.priority ?? wanted),
      dueMs,
    };
    if (before === undefined) recorder?.added();
    else if (before.dueMs === next.dueMs && before.priority === next.priority) return;
    delayed.set(key, next);
    heap.push(next);
    arm();
  };

  return {
    add,
    addAfter,
    addRateLimited(key) {
      const before = failures.get(key) ?? 0;
      const delayMs = backoffDelayMs(backoff, before, random());
      if (closed) return delayMs;
      failures.set(key, before + 1);
      recorder?.retried();
      addAfter(key, delayMs);
      return delayMs;
    },
    forget: (key) => void failures.delete(key),
    failures: (key) => failures.get(key) ?? 0,
    take(signal) {
      if (closed || signal?.aborted) return Promise.resolve(undefined);
      const next = ready.shift();
      if (next !== undefined) {
        start(next.key, next.priority, next.sinceMs);
        return Promise.resolve(next.key);
      }
      return new Promise((resolve) => {
        const taker = (key: string | undefined) => {
          signal?.removeEventListener("abort", leave);
          resolve(key);
        };
        const leave = () => {
          takers.delete(taker);
          resolve(undefined);
        };
        signal?.addEventListener("abort", leave, { once: true });
        takers.add(taker);
      });
    },
    done(key) {
      const run = running.get(key);
      if (run === undefined) return;
      running.delete(key);
      recorder?.finished(clock.monotonic() - run.sinceMs);
      const again = held.get(key);
      if (again !== undefined) {
        held.delete(key);
        makeReady(key, again.priority, again.sinceMs);
      }
      if (running.size > 0) return;
      for (const resolve of whenIdle) resolve();
      whenIdle.clear();
    },
    get length() {
      return ready.size;
    },
    close() {
      closed = true;
      alarm?.timer.clear();
      alarm = undefined;
      ready.clear();
      held.clear();
      delayed.clear();
      heap.clear();
      failures.clear();
      for (const taker of takers) taker(undefined);
      takers.clear();
    },
    drained() {
      if (running.size === 0) return Promise.resolve();
      return new Promise((resolve) => whenIdle.add(resolve));
    },
  };
}
