/** Starts the parts of a controller process in order, and stops them in the reverse one. */
import { type Clock, systemClock } from "./clock.ts";
import type { EventRecorder } from "./events/recorder.ts";
import type { HealthCheck, HealthServer } from "./health.ts";
import { isLeaseLost } from "./leader/lease-lost.ts";
import type { LeaderElector } from "./leader-election.ts";
import { type Logger, silentLogger } from "./logger.ts";
import { aborted, onAbort, timeLimit } from "./manager/abort.ts";
import { createRunnableGroup, type Runnable, type RunnableGroup } from "./manager/runnable-group.ts";

export type { Runnable } from "./manager/runnable-group.ts";

/** In the order of their start: servers, caches, what every replica does, what only the leader does. */
export const groups = ["http", "cache", "always", "leader"] as const;
export type GroupName = (typeof groups)[number];

export interface Part extends Runnable {
  readonly group: GroupName;
  /** Becomes a ready check of the health server under the part's name. */
  readonly ready?: HealthCheck | undefined;
}

export interface ManagerOptions {
  readonly logger?: Logger | undefined;
  /** Becomes a part of the group "http", and gets the ready checks. */
  readonly health?: HealthServer | undefined;
  /** Without one this process does the leader's work in any case. */
  readonly elector?: Pick<LeaderElector, "run" | "isLeader"> | undefined;
  /** Runs from first to last, and is flushed at the end. */
  readonly events?: Pick<EventRecorder, "run" | "flush"> | undefined;
  /** How long a group may take to be started, e.g. for caches to fill. Default: 2 min. */
  readonly startTimeoutMs?: number | undefined;
  /** How long the whole stop may take. Default: 30 s. */
  readonly stopTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * Guarantees:
 * - a group starts when the one before it has started; the leader's group once the Lease is held;
 * - the stop goes backwards, and a group is told to stop when the one after it has ended. The Lease is given back
 *   when all have ended, and Events are written last;
 * - when a part fails, or the Lease is lost, everything stops and `run` rejects with that error;
 * - when the stop takes too long, `run` rejects and names what still runs; the Lease is then left to expire;
 * - the process is never ended from here.
 */
export interface Manager {
  /** @throws Error once `run` was called, or for a second part of the same name. */
  add(part: Part): Manager;
  /** Runs once. Resolves after a stop by the signal. */
  run(signal: AbortSignal): Promise<void>;
}

/** On top of the time for the stop: it is the last thing, and what is told at the end matters most. */
const flushMs = 2000;

export function createManager(o: ManagerOptions = {}): Manager {
  const { logger = silentLogger, health, elector, events, clock = systemClock } = o;
  const { startTimeoutMs = 120_000, stopTimeoutMs = 30_000 } = o;
  const parts: Part[] = [];
  let running = false;

  if (health !== undefined) {
    parts.push({
      name: "health",
      group: "http",
      run: (signal) => health.run(signal),
      started: async () => void (await health.listening()),
    });
  }

  const start = async (one: RunnableGroup, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    const limit = timeLimit(startTimeoutMs, clock);
    const either = AbortSignal.any([signal, limit.signal]);
    await Promise.race([one.start(either), aborted(either)]);
    limit.clear();
    if (limit.signal.aborted && !signal.aborted) {
      throw new Error(`The group "${one.name}" did not start within ${startTimeoutMs} ms`);
    }
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    const stopping = new AbortController();
    const failures: unknown[] = [];
    const fail = (error: unknown) => {
      failures.push(error);
      stopping.abort(error);
    };
    const forwarded = onAbort(signal, () => stopping.abort(signal.reason));
    const group = (name: GroupName) =>
      createRunnableGroup({ name, parts: parts.filter((part) => part.group === name), fail, logger });
    const common = [group("http"), group("cache"), group("always")];
    const leader = group("leader");
    const allEnded = Promise.withResolvers<void>();
    const election = new AbortController();
    let led: Promise<void> | undefined;
    const writingEvents = events?.run(new AbortController().signal).catch(fail);

    try {
      for (const one of common) await start(one, stopping.signal);
      if (elector === undefined) await start(leader, stopping.signal);
      else if (!stopping.signal.aborted) {
        const lead = async (leading: AbortSignal) => {
          // A lost lease stops everything at once, not when the leader's work has noticed.
          onAbort(leading, () => {
            if (isLeaseLost(leading.reason)) fail(leading.reason);
          });
          await start(leader, stopping.signal).catch(fail);
          await allEnded.promise;
        };
        led = elector.run({ signal: election.signal, lead }).then(() => {}, fail);
      }
      await aborted(stopping.signal);
    } catch (error) {
      fail(error);
    }

    logger.info("Stopping");
    const limit = timeLimit(stopTimeoutMs, clock);
    election.abort(stopping.signal.reason);
    const left = await stopAll([leader, ...common.toReversed()], stopping.signal.reason, limit.signal);
    if (left.length === 0) {
      allEnded.resolve();
      await Promise.race([led, aborted(limit.signal)]);
    } else {
      const error = new Error(`These did not stop within ${stopTimeoutMs} ms: ${left.join(", ")}`);
      logger.error("The stop took too long", { left });
      fail(error);
      // Rejected, the Lease is left to expire: it must not be free while its work may go on.
      allEnded.reject(error);
    }
    limit.clear();
    if (events !== undefined) {
      const flushing = timeLimit(flushMs, clock);
      await events.flush(flushing.signal);
      flushing.clear();
      await writingEvents;
    }
    forwarded.clear();
    if (failures.length > 0) throw failures[0];
    logger.info("Stopped");
  };

  const manager: Manager = {
    add(part) {
      if (running) throw new Error(`Cannot add "${part.name}": the manager runs already`);
      if (parts.some(({ name }) => name === part.name))
        throw new Error(`There is a part "${part.name}" already`);
      parts.push(part);
      if (part.ready !== undefined) health?.addReadyCheck(part.name, part.ready);
      return manager;
    },
    async run(signal) {
      if (running) throw new Error("The manager runs already");
      running = true;
      await run(signal);
    },
  };
  return manager;
}

/** Stops one group after the other; when the time is over the rest at once. Returns the names of what still runs. */
async function stopAll(
  inOrder: readonly RunnableGroup[],
  reason: unknown,
  over: AbortSignal,
): Promise<string[]> {
  for (const group of inOrder) {
    group.stop(reason);
    if (!over.aborted) await Promise.race([group.ended(), aborted(over)]);
  }
  return inOrder.flatMap((group) => group.running());
}
