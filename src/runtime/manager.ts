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

/** Of the time for the stop; the rest is for those who were not told yet because another takes too long. */
const orderlyShare = 0.9;
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

  const start = async (group: RunnableGroup, signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return;
    const limit = timeLimit(startTimeoutMs, clock);
    const either = AbortSignal.any([signal, limit.signal]);
    try {
      await Promise.race([group.start(either), aborted(either)]);
    } catch (error) {
      // Told to stop, those that were starting may say so.
      if (!either.aborted) throw error;
    } finally {
      limit.clear();
    }
    if (limit.signal.aborted && !signal.aborted) {
      throw new Error(`The group "${group.name}" did not start within ${startTimeoutMs} ms`);
    }
  };
  /** Leads, if it comes to that, until all work has ended. */
  const elect = async (by: NonNullable<typeof elector>, o: Election): Promise<void> => {
    const lead = async (leading: AbortSignal) => {
      // A lost lease stops the work at once, before anything else gets a turn.
      onAbort(leading, () => {
        if (!isLeaseLost(leading.reason)) return;
        o.leader.stop(leading.reason);
        o.fail(leading.reason);
      });
      await start(o.leader, o.stopping).catch(o.fail);
      await o.allEnded;
    };
    await by.run({ signal: o.signal, lead }).catch(o.fail);
  };
  const writeEvents = (fail: (error: unknown) => void) => {
    const writing = events?.run(new AbortController().signal).catch(fail);
    return {
      async finish(): Promise<void> {
        const limit = timeLimit(flushMs, clock);
        await events?.flush(limit.signal);
        limit.clear();
        await writing;
      },
    };
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
    const eventWriter = writeEvents(fail);
    const election = new AbortController();
    const allEnded = Promise.withResolvers<void>();
    // Whoever never led does not wait for it.
    allEnded.promise.catch(() => {});
    let elected: Promise<void> | undefined;

    try {
      for (const one of common) await start(one, stopping.signal);
      if (elector === undefined) await start(leader, stopping.signal);
      else if (!stopping.signal.aborted) {
        const { signal: untilStop } = election;
        const o = { leader, signal: untilStop, stopping: stopping.signal, allEnded: allEnded.promise, fail };
        elected = elect(elector, o);
      }
    } catch (error) {
      fail(error);
    }
    await aborted(stopping.signal);

    logger.info("Stopping");
    election.abort(stopping.signal.reason);
    const limit = timeLimit(stopTimeoutMs, clock);
    const orderly = timeLimit(stopTimeoutMs * orderlyShare, clock);
    const inOrder = [leader, ...common.toReversed()];
    await stopAll(inOrder, stopping.signal.reason, { orderly: orderly.signal, limit: limit.signal });
    orderly.clear();
    const left = inOrder.flatMap((one) => one.running());
    if (left.length === 0) {
      allEnded.resolve();
    } else {
      const error = new Error(`These did not stop within ${stopTimeoutMs} ms: ${left.join(", ")}`);
      logger.error("The stop took too long", { left });
      failures.push(error);
      // Rejected, the Lease is left to expire: it must not be free while its work may go on.
      allEnded.reject(error);
    }
    await Promise.race([elected, aborted(limit.signal)]);
    limit.clear();
    await eventWriter.finish();
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

interface Election {
  readonly leader: RunnableGroup;
  /** Ends the attempt to lead. */
  readonly signal: AbortSignal;
  readonly stopping: AbortSignal;
  readonly allEnded: Promise<void>;
  readonly fail: (error: unknown) => void;
}

/** Stops one group after the other; those whose turn does not come in the orderly time, all together then. */
async function stopAll(
  inOrder: readonly RunnableGroup[],
  reason: unknown,
  { orderly, limit }: { readonly orderly: AbortSignal; readonly limit: AbortSignal },
): Promise<void> {
  for (const group of inOrder) {
    group.stop(reason);
    if (!orderly.aborted) await Promise.race([group.ended(), aborted(orderly)]);
  }
  const allEnded = Promise.all(inOrder.map((group) => group.ended()));
  await Promise.race([allEnded, aborted(limit)]);
}
