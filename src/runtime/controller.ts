/** Takes keys from a queue and calls a reconcile for each, some at a time, until it is told to stop. */
import { type Clock, systemClock } from "./clock.ts";
import { isTerminal, messageOf, retryAfterOf } from "./errors.ts";
import { giveWay } from "./give-way.ts";
import { isLeaseLost } from "./leader/lease-lost.ts";
import { isProgrammingError } from "./log-fields.ts";
import type { Logger } from "./logger.ts";
import type { ControllerRecorder, Metrics } from "./metrics.ts";
import type { Backoff } from "./queue/backoff.ts";
import { createWorkQueue, type WorkQueue } from "./queue/work-queue.ts";

/** `requeueAfterMs`: look again then, even if nothing changes. It counts as success, whatever came before. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that ends without a return must fit.
export type ReconcileResult = { readonly requeueAfterMs?: number | undefined } | void;

export interface ReconcileContext {
  /** Aborts when the work must end: the grace after a stop is over, the lease is lost, the time allowed is up. */
  readonly signal: AbortSignal;
  /** Carries the controller's name and the key. */
  readonly logger: Logger;
}

export type Reconcile = (key: string, context: ReconcileContext) => Promise<ReconcileResult>;

export interface ControllerOptions {
  /** Label in logs and metrics; unique in the process. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /** How many keys are worked on at once. Default: 1. */
  readonly concurrency?: number | undefined;
  /** Default: a queue of its own with `backoff`. */
  readonly queue?: WorkQueue | undefined;
  readonly backoff?: Backoff | undefined;
  /** Longest time for one reconcile; its signal aborts then. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /** How long reconciles in flight may go on after a stop before their signal aborts. Default: 15 s. */
  readonly graceMs?: number | undefined;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * What follows a reconcile:
 *
 * | it                          | the key is looked at again                   | count of failures |
 * |-----------------------------|----------------------------------------------|-------------------|
 * | returns                     | when something adds it                       | 0                 |
 * | returns `requeueAfterMs`    | after that, or when something adds it        | 0                 |
 * | throws                      | after its backoff                            | one more          |
 * | throws `RetryAfterError`    | after exactly that                           | as it was         |
 * | throws `TerminalError`      | when something adds it                       | 0                 |
 *
 * Nothing that a reconcile throws, synchronously or not, stops the controller.
 */
export interface Controller {
  readonly name: string;
  readonly queue: WorkQueue;
  /**
   * Works until the signal aborts, then takes no further key, closes the queue, and resolves when the reconciles in
   * flight have ended. Their signal aborts after the grace; at once if the signal's reason is a lost lease.
   * Runs once.
   */
  run(signal: AbortSignal): Promise<void>;
}

export function createController(options: ControllerOptions): Controller {
  const { name, concurrency = 1, backoff, graceMs = 15_000, metrics, clock = systemClock } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(
      `Controller "${name}": concurrency ${concurrency} is not a whole number of at least 1`,
    );
  }
  const queue = options.queue ?? createWorkQueue({ name, backoff, clock, metrics });
  const recorder = metrics?.controller(name, concurrency);
  const logger = options.logger.child({ controller: name });

  return {
    name,
    queue,
    async run(signal) {
      const work = new AbortController();
      const stop = stopWork({ signal, work, graceMs, clock });
      try {
        const worker = () =>
          runWorker({ ...options, clock, queue, recorder, logger, signal, work: work.signal });
        await Promise.all(Array.from({ length: concurrency }, worker));
      } finally {
        stop.clear();
        queue.close();
      }
    },
  };
}

/** Aborts `work` after the grace that follows the signal, or together with it when going on would do harm. */
function stopWork(o: { signal: AbortSignal; work: AbortController; graceMs: number; clock: Clock }): {
  clear(): void;
} {
  let timer: { clear(): void } | undefined;
  const onAbort = () => {
    const { reason } = o.signal;
    if (isLeaseLost(reason) || o.graceMs <= 0) o.work.abort(reason);
    else timer = o.clock.setTimeout(() => o.work.abort(reason), o.graceMs);
  };
  if (o.signal.aborted) onAbort();
  else o.signal.addEventListener("abort", onAbort, { once: true });
  return {
    clear() {
      o.signal.removeEventListener("abort", onAbort);
      timer?.clear();
    },
  };
}

interface WorkerOptions extends ControllerOptions {
  readonly clock: Clock;
  readonly queue: WorkQueue;
  readonly recorder: ControllerRecorder | undefined;
  readonly signal: AbortSignal;
  readonly work: AbortSignal;
}

async function runWorker(o: WorkerOptions): Promise<void> {
  for (;;) {
    const key = await o.queue.take(o.signal);
    if (key === undefined) return;
    try {
      // The stop may have come between the queue's answer and now.
      if (!o.signal.aborted) await reconcileOnce(o, key);
    } finally {
      o.queue.done(key);
    }
    await giveWay();
  }
}

async function reconcileOnce(o: WorkerOptions, key: string): Promise<void> {
  const startedMs = o.clock.monotonic();
  const logger = o.logger.child({ key });
  const limit = limitTime(o);
  o.recorder?.started();
  try {
    const result = await o.reconcile(key, { signal: limit.signal, logger });
    o.queue.forget(key);
    const requeueAfterMs = result?.requeueAfterMs ?? 0;
    if (requeueAfterMs > 0) o.queue.addAfter(key, requeueAfterMs);
    o.recorder?.ended(requeueAfterMs > 0 ? "requeue_after" : "success", o.clock.monotonic() - startedMs);
  } catch (error) {
    o.recorder?.ended("error", o.clock.monotonic() - startedMs);
    afterError(o, key, error, logger);
  } finally {
    limit.clear();
  }
}

function afterError(o: WorkerOptions, key: string, error: unknown, logger: Logger): void {
  // What several keys share ends at once with the process, though each of them is given time to end.
  const isStopped = o.work.aborted || (o.signal.aborted && error === o.signal.reason);
  if (isStopped) {
    logger.info("Reconcile was interrupted by the stop", { reason: messageOf(error) });
    return;
  }
  if (isTerminal(error)) {
    o.queue.forget(key);
    o.recorder?.terminal();
    logger.error("Reconcile failed; waiting for a change", { error });
    return;
  }
  const retryAfterMs = retryAfterOf(error);
  if (retryAfterMs !== undefined) {
    o.queue.addAfter(key, retryAfterMs);
    logger.warn("Reconcile failed; trying again when asked to", { error, retryInMs: retryAfterMs });
    return;
  }
  if (isProgrammingError(error)) o.recorder?.panicked();
  const retryInMs = Math.round(o.queue.addRateLimited(key));
  logger.error("Reconcile failed; trying again", { error, failures: o.queue.failures(key), retryInMs });
}

function limitTime({ work, timeoutMs, clock, recorder, name }: WorkerOptions): {
  signal: AbortSignal;
  clear(): void;
} {
  if (timeoutMs === undefined) return { signal: work, clear() {} };
  const timeout = new AbortController();
  const timer = clock.setTimeout(() => {
    recorder?.timedOut();
    timeout.abort(new Error(`Reconcile of controller "${name}" took longer than ${timeoutMs} ms`));
  }, timeoutMs);
  return { signal: AbortSignal.any([work, timeout.signal]), clear: () => timer.clear() };
}
