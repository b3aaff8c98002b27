/** At most one of several processes leads: whoever holds a Lease, and only as long as that is certain. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Clock, sleep, systemClock, type Timer } from "./clock.ts";
import { isAlreadyExists, isConflict, isNotFound } from "./kube/api-error.ts";
import type { KubeClient } from "./kube/client.ts";
import { type Confirmed, createLeaseAccess } from "./leader/lease-access.ts";
import { LeaseLostError } from "./leader/lease-lost.ts";
import { createObservation } from "./leader/observation.ts";
import { elapsedMs } from "./leader/term.ts";
import { checkTimes } from "./leader/times.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";

export interface LeaderElectorOptions {
  /**
   * Requests go straight to it: it must not be guarded by this elector. Best a client with sockets of its own, so
   * that a renewal never stands in line behind the work.
   */
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly namespace: string;
  /** The Lease's name. */
  readonly name: string;
  /** Must differ between processes and between restarts of one. Default: host name and a random UUID. */
  readonly identity?: string | undefined;
  /** After this long without a sign of life others may take over. Whole seconds. Default: 15 s. */
  readonly leaseMs?: number | undefined;
  /** Counted from before the last confirmed renewal was sent: then leading ends. Below `leaseMs`. Default: 10 s. */
  readonly renewDeadlineMs?: number | undefined;
  /** Pause between renewals, and between attempts. `renewDeadlineMs` must be above 1.2 times this. Default: 2 s. */
  readonly retryMs?: number | undefined;
  /** Gives the Lease back when leading ended well, so that the next need not wait for it to expire. Default: true. */
  readonly release?: boolean | undefined;
  /** Called at once, synchronously, when the Lease is lost; a process of its own exits here. */
  readonly lost?: ((error: LeaseLostError) => void) | undefined;
  readonly logger?: Logger | undefined;
  readonly metrics?: Metrics | undefined;
  readonly clock?: Clock | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
}

export interface Leadership {
  /** Ends the attempt to lead, and asks the work of a leader to end. */
  readonly signal: AbortSignal;
  /**
   * The work of the leader. Its signal aborts when it should end: for the reason of `signal`, or with a
   * `LeaseLostError`. It must settle after all of its work has ended. If it rejects, the Lease is left to expire, for
   * something may go on.
   */
  readonly lead: (signal: AbortSignal) => Promise<void>;
}

/**
 * Guarantee: of all processes that use one Lease with the same times, at most one passes `guard()` at any moment.
 *
 * Assumptions: identities differ; nobody deletes or edits the Lease by hand while it is held; the monotonic clock of a
 * waiting process runs at most leaseMs / renewDeadlineMs times as fast as the clocks of the leader (1.5 by default);
 * a pause of the leader shows in its monotonic or its wall clock. Wall clocks need not agree, and their jumps
 * never give the Lease to two; a jump forward by more than the deadline makes the leader give up.
 *
 * A request that left the process just before it was paused may still arrive later: no client can prevent that.
 */
export interface LeaderElector {
  readonly identity: string;
  /**
   * Waits for the Lease, leads, and resolves after `lead` settled: "stopped" when it ended by itself or by the
   * signal, "lost" when the Lease was lost. Rejects with what `lead` rejects. May run again afterwards.
   */
  run(leadership: Leadership): Promise<"stopped" | "lost">;
  /** Whether `guard` would pass. */
  isLeader(): boolean;
  /**
   * Passes while this process certainly leads. Looks at the clocks itself, so that a process which was paused does
   * not get by before its timers have fired. Call it right before every write.
   *
   * @throws LeaseLostError otherwise; it then ends the leading as well.
   */
  guard(): void;
}

type Leading = Confirmed & { readonly at: "leading"; readonly term: AbortController };
type State = { readonly at: "following" } | Leading;

export function createLeaderElector(options: LeaderElectorOptions): LeaderElector {
  const {
    client,
    namespace,
    name,
    identity = `${hostname()}_${randomUUID()}`,
    leaseMs = 15_000,
    renewDeadlineMs = 10_000,
    retryMs = 2_000,
    release = true,
    clock = systemClock,
    random = Math.random,
  } = options;
  checkTimes({ leaseMs, renewDeadlineMs, retryMs });
  const title = `${namespace}/${name}`;
  const logger = (options.logger ?? silentLogger).child({ lease: title, identity });
  const recorder = options.metrics?.leaderElection(name);
  const observation = createObservation(clock, leaseMs);
  const access = createLeaseAccess({
    client,
    namespace,
    name,
    identity,
    leaseMs,
    requestTimeoutMs: Math.max(1000, renewDeadlineMs / 2),
    clock,
    observation,
  });
  const late = `no renewal was confirmed for ${renewDeadlineMs} ms`;
  let state: State = { at: "following" };
  let busy = false;

  const overdue = ({ confirmed }: Confirmed) => elapsedMs(confirmed, clock) >= renewDeadlineMs;
  const inTerm = (term: AbortController) =>
    state.at === "leading" && state.term === term ? state : undefined;
  const follow = () => {
    state = { at: "following" };
    recorder?.leading(false);
  };
  const lose = (term: AbortController, why: string): LeaseLostError => {
    const error = new LeaseLostError(`Lease ${title} is lost: ${why}`);
    if (inTerm(term) === undefined) return error;
    follow();
    logger.error("The lease is lost", { reason: why });
    term.abort(error);
    options.lost?.(error);
    return error;
  };

  /** One attempt of a follower; undefined while somebody else holds the Lease. */
  const tryAcquire = async (signal: AbortSignal): Promise<Confirmed | undefined> => {
    const lease = await access.read(signal);
    // Also when there is none: somebody deleted it, and whoever held it may not have noticed yet.
    if (observation.holder !== identity && !observation.free()) return undefined;
    try {
      return await access.claim(lease, signal);
    } catch (error) {
      if (isConflict(error) || isAlreadyExists(error)) return undefined;
      throw error;
    }
  };
  const acquire = async (signal: AbortSignal): Promise<Confirmed | undefined> => {
    let following: string | undefined;
    while (!signal.aborted) {
      try {
        const won = await tryAcquire(signal);
        if (won !== undefined) return won;
        if (observation.holder !== following) {
          following = observation.holder;
          logger.info("Waiting for the lease", { holder: following });
        }
      } catch (error) {
        if (!signal.aborted) logger.warn("Cannot read or claim the lease; trying again", { error });
      }
      await pause(retryMs * (1 + 1.2 * random()), signal, clock);
    }
    return undefined;
  };

  /** Claims again; reads first only when the Lease is not as this process left it. undefined: someone else has it. */
  const reclaim = async (leading: Leading): Promise<Confirmed | undefined> => {
    const { signal } = leading.term;
    try {
      return await access.claim(leading.lease, signal);
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
    recorder?.slowPath();
    const lease = await access.read(signal);
    if (lease !== undefined && lease.spec?.holderIdentity !== identity) return undefined;
    return await access.claim(lease, signal);
  };
  const renew = async (term: AbortController): Promise<void> => {
    const before = inTerm(term);
    if (before === undefined) return;
    // A paused process wakes here as well: it must not renew what it has to give up.
    if (overdue(before)) {
      lose(term, late);
      return;
    }
    const renewed = await reclaim(before);
    if (renewed === undefined) lose(term, `it is held by "${observation.holder}"`);
    else if (inTerm(term) !== undefined) state = { at: "leading", term, ...renewed };
  };
  /** Renews until the term is over or the work has ended. */
  const keep = async (term: AbortController, ended: AbortSignal): Promise<void> => {
    const either = AbortSignal.any([term.signal, ended]);
    for (;;) {
      await pause(retryMs, either, clock);
      if (either.aborted) return;
      try {
        await renew(term);
      } catch (error) {
        if (!term.signal.aborted) logger.warn("Cannot renew the lease; trying again", { error });
      }
    }
  };
  /** Ends the term at its deadline even while a renewal is under way. */
  const watchDeadline = (term: AbortController): Timer => {
    let timer: Timer | undefined;
    const look = () => {
      const leading = inTerm(term);
      if (leading === undefined) return;
      if (overdue(leading)) lose(term, late);
      else timer = clock.setTimeout(look, Math.max(1, renewDeadlineMs - elapsedMs(leading.confirmed, clock)));
    };
    look();
    return { clear: () => timer?.clear() };
  };

  const giveBack = async ({ lease }: Confirmed): Promise<void> => {
    if (!release) return;
    try {
      await access.release(lease);
      logger.info("Released the lease");
    } catch (error) {
      logger.warn("Cannot release the lease; it will expire", { error });
    }
  };
  const leadWith = async (won: Confirmed, { signal, lead }: Leadership): Promise<"stopped" | "lost"> => {
    const term = new AbortController();
    const ended = new AbortController();
    state = { at: "leading", term, ...won };
    recorder?.leading(true);
    logger.info("Leading");
    const deadline = watchDeadline(term);
    const keeping = keep(term, ended.signal);
    let mayRelease = false;
    try {
      if (!signal.aborted) await lead(AbortSignal.any([signal, term.signal]));
      mayRelease = true;
    } finally {
      ended.abort();
      // A renewal under way would change the Lease after it was given back.
      await keeping;
      deadline.clear();
      const leading = inTerm(term);
      if (leading !== undefined) {
        follow();
        if (mayRelease) await giveBack(leading);
      }
    }
    return term.signal.aborted ? "lost" : "stopped";
  };

  return {
    identity,
    async run(leadership) {
      if (busy) throw new Error(`The elector of lease ${title} is running already`);
      busy = true;
      try {
        const won = await acquire(leadership.signal);
        return won === undefined ? "stopped" : await leadWith(won, leadership);
      } finally {
        busy = false;
      }
    },
    isLeader: () => state.at === "leading" && !overdue(state),
    guard() {
      if (state.at !== "leading") throw new LeaseLostError(`Lease ${title} is not held`);
      if (overdue(state)) throw lose(state.term, late);
    },
  };
}

/** Waits, or returns early when there is nothing more to wait for. */
async function pause(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  await sleep(ms, { signal, clock }).catch(() => {});
}
