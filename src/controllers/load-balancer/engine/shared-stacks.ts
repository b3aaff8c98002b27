/** Stacks that others claim, such as the security group of the nodes: widened before their users change, narrowed after. */
import type { LoadBalancerClass } from "../../../api/load-balancer-class.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import { fingerprint } from "../../../core/plan/json.ts";
import type { Known } from "../../../core/plan/reference.ts";
import type { Json, ObservedResource, Operation } from "../../../core/plan/types.ts";
import type { Claim, Desired, GraphProvider, Problem } from "../../../providers/provider.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { messageOf } from "../../../runtime/errors.ts";
import type { Logger } from "../../../runtime/logger.ts";
import { onAbort } from "../../../runtime/manager/abort.ts";
import { errorsOf } from "./member-outcome.ts";
import type { Observer } from "./observer.ts";
import { takeMarksOff } from "./release.ts";
import { runRound } from "./rounds.ts";
import type { VerifyTimes } from "./verify-times.ts";

export interface SharedStacks {
  /** Says what a stack needs from now on, beside what it had; nothing is written. */
  claim(stack: string, cls: LoadBalancerClass, claims: readonly Claim[]): void;
  /** Whether anything is known of what the stack claims, or has claimed. */
  isKnown(stack: string): boolean;
  /** Ends when everything that the stack claims is there. Throws what kept it from being so. */
  widen(stack: string, signal: AbortSignal): Promise<void>;
  /**
   * The stack needs only what it claimed last. Ends when what nobody claims any more is gone, if that can be told already. Throws what kept it
   * from going; the next call tries again.
   */
  narrow(stack: string): Promise<void>;
  /**
   * The stack is handed back: what it alone claims loses our mark and stays, and it claims nothing any more. What others claim too stays ours.
   * Throws what kept it from being so.
   */
  release(stack: string, signal: AbortSignal): Promise<void>;
  /** What is wrong with the claims of a stack. */
  problems(stack: string): readonly Problem[];
  /** A resource of a shared stack, as far as it exists. */
  known(key: string, id: string): Known | undefined;
}

export interface SharedStacksOptions {
  readonly provider: GraphProvider;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly times: VerifyTimes;
  readonly guard: () => void;
  /** Of the whole process: a run serves many stacks. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Whether every stack that exists has said what it claims: nothing is narrowed before. */
  readonly isComplete: () => boolean;
  /** Ends when that is so, or when waiting longer would keep up too much. */
  readonly complete: (signal: AbortSignal) => Promise<void>;
  /** Resources have other ids now: these stacks have to be looked at. */
  readonly moved: (stacks: Iterable<string>) => void;
}

interface Claimed {
  readonly now: readonly Json[];
  /** What it needed before, until it is narrowed. */
  readonly before: readonly Json[];
  /** What it does not need any more may be there still. */
  readonly owes: boolean;
}

interface Shared {
  readonly key: string;
  cls: LoadBalancerClass;
  /** By claiming stack. */
  readonly claims: Map<string, Claimed>;
  /** Those who are to be handed back. */
  readonly releasing: Set<string>;
  observed: readonly ObservedResource[] | undefined;
  verifyAt: number;
  /** Of what was applied in full. */
  applied: string | undefined;
  problems: ReadonlyMap<string, readonly Problem[]>;
  /** The run that has begun, and the one that will begin after it. */
  running: Promise<void> | undefined;
  next: Promise<void> | undefined;
}

export function createSharedStacks(o: SharedStacksOptions): SharedStacks {
  const { provider, observer, clock, times, guard, signal, logger } = o;
  const byKey = new Map<string, Shared>();
  const claimedBy = (stack: string) => [...byKey.values()].filter(({ claims }) => claims.has(stack));

  /** A run that begins after this call; those who ask while one is on its way share the next. */
  const run = (shared: Shared): Promise<void> => {
    if (shared.next !== undefined) return shared.next;
    const before = shared.running ?? Promise.resolve();
    const begun = before.then(
      () => start(shared),
      () => start(shared),
    );
    shared.next = begun;
    // Whoever waits for it is told of the failure; nobody may be left to wait.
    begun.catch(() => {});
    return begun;
  };
  const start = async (shared: Shared): Promise<void> => {
    shared.running = shared.next;
    shared.next = undefined;
    await apply(shared);
  };
  /** Compares with the cloud when the time has come, though nobody claims anything new. */
  const watchOver = (shared: Shared): void => {
    const timer = clock.setTimeout(() => {
      stop.clear();
      if (signal.aborted || byKey.get(shared.key) !== shared) return;
      run(shared)
        .catch((error: unknown) => {
          shared.observed = undefined;
          logger.warn("A shared stack could not be verified", { stack: shared.key, error: messageOf(error) });
        })
        .finally(() => {
          if (shared.verifyAt <= clock.monotonic()) shared.verifyAt = times.next();
          watchOver(shared);
        });
    }, shared.verifyAt - clock.monotonic());
    const stop = onAbort(signal, timer.clear);
  };

  const desireOf = (shared: Shared, isMeant: (stack: string) => boolean = () => true): Desired => {
    const claims = [...shared.claims].flatMap(([stack, { now, before }]) =>
      isMeant(stack) ? unique([...now, ...before]).map((needs) => ({ stack, needs })) : [],
    );
    return provider.desireShared?.({ key: shared.key, claims }) ?? { resources: [], problems: new Map() };
  };

  const handBack = async (shared: Shared): Promise<void> => {
    const { key, cls, releasing } = shared;
    const ids = (desired: Desired) => new Set(desired.resources.map(({ id }) => id));
    const theirs = ids(desireOf(shared, (stack) => releasing.has(stack)));
    const others = ids(desireOf(shared, (stack) => !releasing.has(stack)));
    shared.observed = undefined;
    const means = { provider, observer, guard, signal };
    const isMeant = ({ id }: ObservedResource) => theirs.has(id) && !others.has(id);
    await takeMarksOff(means, { key, cls, shared: true, adopt: [] }, isMeant);
    for (const stack of releasing) shared.claims.delete(stack);
    releasing.clear();
  };

  const apply = async (shared: Shared): Promise<void> => {
    if (shared.releasing.size > 0) await handBack(shared);
    const desired = desireOf(shared);
    shared.problems = desired.problems;
    const hash = fingerprint(desired.resources as unknown as Json, 32);
    if (shared.observed !== undefined && shared.applied === hash && clock.monotonic() < shared.verifyAt)
      return;
    const { key, cls } = shared;
    if (shared.observed === undefined || clock.monotonic() >= shared.verifyAt) {
      shared.observed = await observer.observe({ key, cls, shared: true, adopt: [] }, signal);
      shared.verifyAt = times.next();
    }
    const retain = cls.spec.policy.deletion === "Retain";
    const mayNarrow = o.isComplete() && !retain;
    const before = idsOf(shared.observed);
    const round = await runRound(desired, shared.observed, {
      provider,
      stack: key,
      cls,
      policy: { replacement: "Allow", drift: "Repair", deletion: "Delete" },
      ...(mayNarrow ? {} : { only: widens }),
      guard,
      signal,
    });
    shared.observed = round.certain ? round.after : undefined;
    shared.applied = round.certain && mayNarrow ? hash : undefined;
    const [failure] = errorsOf(round.execution);
    if (hasMoved(before, idsOf(round.after))) o.moved(shared.claims.keys());
    if (failure !== undefined) throw failure;
    if (shared.claims.size === 0 && round.after.length === 0 && mayNarrow) byKey.delete(key);
  };

  return {
    claim(stack, cls, claims) {
      const wanted = Map.groupBy(claims, ({ on }) => on);
      for (const key of wanted.keys()) {
        if (byKey.has(key)) continue;
        const fresh: Shared = {
          key,
          cls,
          claims: new Map(),
          releasing: new Set(),
          observed: undefined,
          verifyAt: times.first(),
          applied: undefined,
          problems: new Map(),
          running: undefined,
          next: undefined,
        };
        byKey.set(key, fresh);
        watchOver(fresh);
      }
      for (const shared of byKey.values()) {
        const now = (wanted.get(shared.key) ?? []).map(({ needs }) => needs);
        const had = shared.claims.get(stack);
        if (now.length === 0 && had === undefined) continue;
        shared.cls = cls;
        const before = unique([...(had?.now ?? []), ...(had?.before ?? [])]);
        shared.claims.set(stack, { now, before, owes: had?.owes ?? false });
      }
    },
    isKnown: (stack) => claimedBy(stack).length > 0,
    async widen(stack, waiting) {
      const lacking = claimedBy(stack).filter((shared) => !isThere(shared, stack));
      if (lacking.length === 0) return;
      await o.complete(waiting);
      for (const shared of lacking) await run(shared);
    },
    async narrow(stack) {
      for (const shared of claimedBy(stack)) {
        const own = shared.claims.get(stack);
        if (own === undefined) continue;
        const { now } = own;
        const owes = own.owes || own.before.some((had) => !now.some((needs) => same(had, needs)));
        shared.claims.set(stack, { now, before: now, owes });
        if (owes && o.isComplete()) await run(shared);
        if (now.length === 0) shared.claims.delete(stack);
        else shared.claims.set(stack, { now, before: now, owes: false });
      }
    },
    async release(stack, waiting) {
      await o.complete(waiting);
      if (!o.isComplete())
        throw new CloudError("retry", "Cannot hand it back yet: what others share with it is not known yet");
      for (const shared of claimedBy(stack)) {
        shared.releasing.add(stack);
        await run(shared);
      }
    },
    problems: (stack) => claimedBy(stack).flatMap(({ problems }) => problems.get(stack) ?? []),
    known(key, id) {
      const found = byKey.get(key)?.observed?.find((resource) => resource.ours && resource.id === id);
      return found === undefined ? undefined : { cloudId: found.cloudId, fields: found.fields };
    },
  };
}

/** Takes nothing from anybody. */
export function widens(operation: Operation): boolean {
  return operation.do === "create" || (operation.do === "update" && operation.step !== "narrow");
}

/** All that the stack claims now was there before, and nothing has put that in doubt. */
function isThere({ observed, applied, claims }: Shared, stack: string): boolean {
  const { now, before } = claims.get(stack) ?? { now: [], before: [] };
  if (now.length === 0) return true;
  const isKnown = observed !== undefined && applied !== undefined;
  return isKnown && now.every((needs) => before.some((had) => same(had, needs)));
}

function idsOf(observed: readonly ObservedResource[]): ReadonlyMap<string, string> {
  return new Map(observed.filter(({ ours }) => ours).map(({ id, cloudId }) => [id, cloudId]));
}

function hasMoved(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): boolean {
  return [...before].some(([id, cloudId]) => after.has(id) && after.get(id) !== cloudId);
}

function same(a: Json, b: Json): boolean {
  return fingerprint(a, 32) === fingerprint(b, 32);
}

function unique(values: readonly Json[]): Json[] {
  return [...new Map(values.map((value) => [fingerprint(value, 32), value])).values()];
}
