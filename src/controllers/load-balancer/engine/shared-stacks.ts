/**
 * Stacks that others claim, such as the security group of the nodes: widened before their users change, narrowed after. What can't be had for
 * one of them concerns those alone who need it: they are told, and it is left out of the work for the others.
 */
import type { LoadBalancerClass } from "../../../api/load-balancer-class.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import { fingerprint } from "../../../core/plan/json.ts";
import type { Known } from "../../../core/plan/reference.ts";
import type { Json, ObservedResource } from "../../../core/plan/types.ts";
import type { Claim, Desired, GraphProvider, Problem } from "../../../providers/provider.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { messageOf } from "../../../runtime/errors.ts";
import type { Logger } from "../../../runtime/logger.ts";
import { onAbort } from "../../../runtime/manager/abort.ts";
import type { Observer } from "./observer.ts";
import { takeMarksOff } from "./release.ts";
import {
  type Claimed,
  claimAnew,
  isHidden,
  isMet,
  needsIn,
  type Trouble,
  unique,
  without,
} from "./shared-claims.ts";
import { learn } from "./shared-lessons.ts";
import { needName, type Whole } from "./shared-needs.ts";
import { runSharedRound, type Takes, type Undone, widens } from "./shared-round.ts";
import { createStalemates } from "./stalemate.ts";
import type { VerifyTimes } from "./verify-times.ts";

export interface SharedStacks {
  /**
   * Says what a stack needs from now on, beside what it had; nothing is written. `inUse`: somebody is served by it already, maybe by what it
   * needed in an earlier process.
   */
  claim(stack: string, cls: LoadBalancerClass, claims: readonly Claim[], inUse?: boolean): void;
  /** Whether anything is known of what the stack claims, or has claimed. */
  isKnown(stack: string): boolean;
  /**
   * Ends when everything that the stack claims is there. Throws what kept it from being so: for nothing that only others claim, and, where
   * trying again would be vain, without trying.
   */
  widen(stack: string, signal: AbortSignal): Promise<void>;
  /**
   * The stack needs only what it claimed last. Ends when what nobody claims any more is gone, if that can be told already. Throws what kept it
   * from going; the next call tries again. `retain`: what it claims no more stays in the cloud.
   */
  narrow(stack: string, retain?: boolean): Promise<void>;
  /** Throws while it can't be told what others share with the stack. Call it before anything of the stack is handed back. */
  readyForRelease(stack: string, signal: AbortSignal): Promise<void>;
  /**
   * The stack is handed back: what it alone claims loses our mark and stays, and it claims nothing any more. What others claim too stays ours.
   * Throws what kept it from being so.
   */
  release(stack: string): Promise<void>;
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
  /** After this even what the cloud called invalid is tried again. */
  readonly longestMs: number;
  readonly guard: () => void;
  /** Of the whole process: a run serves many stacks. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Whether every stack that exists has said what it claims: nothing is narrowed before. */
  readonly isComplete: () => boolean;
  /** Those that have not, as far as they are known. */
  readonly missing: () => readonly string[];
  /** Ends when that is so, or when waiting longer would keep up too much. */
  readonly complete: (signal: AbortSignal) => Promise<void>;
  /** Resources have other ids now, or are there at last, or not any more: these stacks have to be looked at. */
  readonly moved: (stacks: Iterable<string>) => void;
}

interface Shared {
  readonly key: string;
  /** By which the cloud is reached. */
  cls: LoadBalancerClass;
  /** By claiming stack. */
  readonly claims: Map<string, Claimed>;
  /** What stays though its stacks are gone, by these: the class said so. */
  readonly retained: Map<string, readonly Json[]>;
  /** Ids of all that was wanted since the start. */
  readonly wanted: Set<string>;
  /** What exists as far as is known; `certain`: nothing of it is in doubt. */
  seen: readonly ObservedResource[];
  certain: boolean;
  verifyAt: number;
  /** Of what was applied in full. */
  applied: string | undefined;
  whole: Whole | undefined;
  problems: ReadonlyMap<string, readonly Problem[]>;
  /** Ends when all runs have that were asked for. */
  last: Promise<unknown>;
  /** The run that will begin after these, and who waits for it. */
  next: Promise<Ran> | undefined;
  waiting: Set<string>;
  unwatch: (() => void) | undefined;
}

/** What of a run was not done. */
type Ran = readonly Undone[];

interface Run {
  /** Stacks that are told of its end by it. */
  readonly waiting: ReadonlySet<string>;
  /** Whether a stack in trouble is tried again. */
  readonly tries: (stack: string) => boolean;
  /** The stack that is tried without others that are in trouble. */
  readonly single?: string;
}

export function createSharedStacks(o: SharedStacksOptions): SharedStacks {
  const { provider, observer, clock, times, guard, signal, logger } = o;
  const byKey = new Map<string, Shared>();
  const claimedBy = (stack: string) => [...byKey.values()].filter(({ claims }) => claims.has(stack));
  /** Of what nobody needs and what does not go. */
  const remains = createStalemates<unknown>(o);

  const enqueue = <T>(shared: Shared, step: () => Promise<T>): Promise<T> => {
    const done = shared.last.then(step);
    // Whoever waits for it is told of the failure; those behind it come all the same.
    shared.last = done.catch(() => {});
    return done;
  };
  /** A run that begins after this call; those who ask while one is on its way share the next. */
  const run = (shared: Shared, asking?: string): Promise<Ran> => {
    if (asking !== undefined) shared.waiting.add(asking);
    shared.next ??= enqueue(shared, () => {
      const { waiting } = shared;
      shared.waiting = new Set();
      shared.next = undefined;
      // It may have been tried since it asked.
      const isDue = (trouble: Trouble | undefined): boolean =>
        trouble !== undefined && !trouble.isSuspect && clock.monotonic() >= trouble.untilMs;
      const tries = (stack: string) => waiting.has(stack) && isDue(shared.claims.get(stack)?.trouble);
      return apply(shared, { waiting, tries });
    });
    return shared.next;
  };
  const runAlone = (shared: Shared, asking: string): Promise<Ran> => {
    const waiting = new Set([asking]);
    return enqueue(shared, () =>
      apply(shared, { waiting, tries: (stack) => stack === asking, single: asking }),
    );
  };

  /** Compares with the cloud when the time has come, though nobody claims anything new. */
  const watchOver = (shared: Shared): void => {
    const timer = clock.setTimeout(
      () => {
        stop.clear();
        // It was looked at since.
        if (clock.monotonic() < shared.verifyAt) return watchOver(shared);
        if (shared.claims.size === 0 && shared.applied !== undefined) {
          // What is left of it stays as it is until somebody claims something.
          shared.unwatch = undefined;
          return;
        }
        enqueue(shared, () => apply(shared, { waiting: new Set(), tries: () => true }))
          .then((undone) => {
            if (undone.length > 0) throw undone[0]?.error;
          })
          .catch((error: unknown) => {
            shared.certain = false;
            if (signal.aborted) return;
            logger.warn("A shared stack could not be verified", {
              stack: shared.key,
              error: messageOf(error),
            });
          })
          .finally(() => {
            if (shared.verifyAt <= clock.monotonic()) shared.verifyAt = times.next();
            if (!signal.aborted && byKey.get(shared.key) === shared) watchOver(shared);
          });
      },
      Math.max(0, shared.verifyAt - clock.monotonic()),
    );
    const stop = onAbort(signal, timer.clear);
    shared.unwatch = () => {
      timer.clear();
      stop.clear();
    };
  };
  const dropIfEmpty = (shared: Shared): void => {
    const { key, claims, retained, seen, applied } = shared;
    if (claims.size + retained.size + seen.length > 0 || applied === undefined) return;
    shared.unwatch?.();
    byKey.delete(key);
  };

  type Needs = ReadonlyMap<string, readonly Json[]>;
  const desireFor = ({ key }: Shared, needs: Needs): Desired => {
    const claims = [...needs].flatMap(([stack, all]) => all.map((each) => ({ stack, needs: each })));
    return provider.desireShared?.({ key, claims }) ?? { resources: [], problems: new Map() };
  };
  const idsFor = (shared: Shared, needs: Needs): ReadonlySet<string> =>
    new Set(desireFor(shared, needs).resources.map(({ id }) => id));
  const withRetained = ({ retained }: Shared, needs: Needs): Needs => {
    const stacks = new Set([...needs.keys(), ...retained.keys()]);
    return new Map(
      [...stacks].map((each) => [each, unique([...(needs.get(each) ?? []), ...(retained.get(each) ?? [])])]),
    );
  };

  const handBack = async (shared: Shared, stack: string): Promise<void> => {
    const { key, cls, claims } = shared;
    const all = [...claims].map(([each, claimed]) => [each, needsIn(claimed, true)] as const);
    const theirs = idsFor(shared, new Map(all.filter(([each]) => each === stack)));
    const others = idsFor(shared, withRetained(shared, new Map(all.filter(([each]) => each !== stack))));
    shared.certain = false;
    const means = { provider, observer, guard, signal };
    const isMeant = ({ id }: ObservedResource) => theirs.has(id) && !others.has(id);
    await takeMarksOff(means, { key, cls, shared: true, adopt: [] }, isMeant);
    claims.delete(stack);
  };

  /** What may be taken away now; undefined: nothing. */
  const takesOf = (shared: Shared): Takes | undefined => {
    const claims = [...shared.claims];
    if (!o.isComplete() || claims.some(([, claimed]) => isHidden(claimed))) return undefined;
    if (!claims.some(([, { retains }]) => retains)) return () => true;
    // What an earlier process retained is known to nobody.
    const left = idsFor(shared, new Map(claims.map(([stack, claimed]) => [stack, claimed.left])));
    return ({ id }) => left.has(id) || shared.wanted.has(id);
  };

  const apply = async (shared: Shared, how: Run): Promise<Ran> => {
    const included = new Map(
      [...shared.claims].map(([stack, claimed]) => [stack, needsIn(claimed, how.tries(stack))]),
    );
    const desired = desireFor(shared, withRetained(shared, included));
    shared.problems = desired.problems;
    const hash = fingerprint(desired.resources as unknown as Json, 32);
    const isDue = clock.monotonic() >= shared.verifyAt;
    if (shared.certain && !isDue && shared.applied === hash) {
      takeNote(shared, how, { desired, included, undone: [] });
      return [];
    }
    const { key, cls } = shared;
    const before = idsOf(shared.seen);
    if (!shared.certain || isDue) {
      shared.seen = await observer.observe({ key, cls, shared: true, adopt: [] }, signal);
      shared.verifyAt = times.next();
    }
    const takes = takesOf(shared);
    for (const { id } of desired.resources) shared.wanted.add(id);
    const means = { provider, stack: key, cls, guard, signal };
    const { after, certain, undone } = await runSharedRound(desired, shared.seen, takes, means);
    shared.seen = after;
    shared.certain = certain;
    shared.applied = certain && takes !== undefined ? hash : undefined;
    takeNote(shared, how, { desired, included, undone });
    if (hasMoved(before, idsOf(after))) o.moved(shared.claims.keys());
    dropIfEmpty(shared);
    return undone;
  };

  const takeNote = (
    shared: Shared,
    { waiting, single }: Run,
    done: { readonly desired: Desired; readonly included: Needs; readonly undone: Ran },
  ): void => {
    const { included, undone } = done;
    const { resources } = done.desired;
    const { seen, whole } = shared;
    const lacking = undone.filter(({ operation }) => widens(operation));
    const { claims, changed } = learn(shared.claims, {
      included,
      single,
      desired: resources,
      lacking,
      after: seen,
      whole,
      rules: provider.rules,
      alone: (stack, needs) => desireFor(shared, new Map([[stack, needs]])).resources,
      nowMs: clock.monotonic(),
      longestMs: o.longestMs,
    });
    for (const [stack, claimed] of claims) shared.claims.set(stack, claimed);
    if (lacking.length === 0) {
      const needs = [...included].flatMap(([stack, all]) => all.map((each) => needName(stack, each)));
      shared.whole = { resources, needs: new Set(needs) };
    }
    const untold = changed.filter((stack) => !waiting.has(stack));
    if (untold.length > 0) o.moved(untold);
  };

  /** Ends when nothing that this stack left is there without need. */
  const takeAway = async (shared: Shared, stack: string, left: readonly Json[]): Promise<void> => {
    const name = `${shared.key} ${stack}`;
    const wish = fingerprint(left, 32);
    const vain = remains.of(name, wish);
    if (vain !== undefined) throw vain.attempt;
    const its = idsFor(shared, new Map([[stack, left]]));
    const others = [...shared.claims].filter(([each]) => each !== stack);
    const theirs = idsFor(shared, new Map(others.map(([each, claimed]) => [each, claimed.left])));
    const concerns = ({ operation }: Undone) =>
      its.has(operation.id) || (!widens(operation) && !theirs.has(operation.id));
    const isHindered = ({ isWaiting }: Undone) => isWaiting;
    let undone = (await run(shared)).filter(concerns);
    // What could not be added is left out now.
    if (undone.some(isHindered)) undone = (await run(shared)).filter(concerns);
    const found = undone.find((each) => !isHindered(each));
    remains.note(name, wish, found?.error, found === undefined ? [] : [found.error]);
    if (found !== undefined) throw found.error;
    const [first] = undone;
    if (first === undefined) return;
    throw new CloudError(
      "retry",
      `"${first.operation.id}" can't be taken away yet: ${messageOf(first.error)}`,
    );
  };

  const begin = (key: string, cls: LoadBalancerClass): Shared => {
    const fresh: Shared = {
      key,
      cls,
      claims: new Map(),
      retained: new Map(),
      wanted: new Set(),
      seen: [],
      certain: false,
      verifyAt: times.first(),
      applied: undefined,
      whole: undefined,
      problems: new Map(),
      last: Promise.resolve(),
      next: undefined,
      waiting: new Set(),
      unwatch: undefined,
    };
    byKey.set(key, fresh);
    return fresh;
  };

  return {
    claim(stack, cls, claims, inUse = false) {
      const wanted = Map.groupBy(claims, ({ on }) => on);
      for (const key of wanted.keys()) {
        const shared = byKey.get(key) ?? begin(key, cls);
        if (shared.unwatch === undefined) watchOver(shared);
      }
      const retains = cls.spec.policy.deletion === "Retain";
      for (const shared of byKey.values()) {
        const now = unique((wanted.get(shared.key) ?? []).map(({ needs }) => needs));
        const had = shared.claims.get(stack);
        if (now.length === 0 && had === undefined) continue;
        shared.cls = cls;
        shared.claims.set(stack, claimAnew(had, { now, inUse, retains }, shared.retained.get(stack)));
        shared.retained.delete(stack);
      }
    },
    isKnown: (stack) => claimedBy(stack).length > 0,
    async widen(stack, waiting) {
      const ownIn = ({ claims }: Shared) => claims.get(stack);
      const lacks = (shared: Shared): boolean => {
        const own = ownIn(shared);
        return own !== undefined && !isMet(own);
      };
      const lacking = claimedBy(stack).filter(lacks);
      if (lacking.length === 0) return;
      for (const shared of lacking) {
        const trouble = ownIn(shared)?.trouble;
        if (trouble !== undefined && clock.monotonic() < trouble.untilMs) throw trouble.error;
      }
      await o.complete(waiting);
      for (const shared of lacking) {
        if (lacks(shared) && ownIn(shared)?.trouble?.isSuspect !== true) await run(shared, stack);
        if (lacks(shared) && ownIn(shared)?.trouble?.isSuspect === true) await runAlone(shared, stack);
        const trouble = ownIn(shared)?.trouble;
        if (trouble !== undefined) throw trouble.error;
      }
    },
    async narrow(stack, retain = false) {
      for (const shared of claimedBy(stack)) {
        const own = shared.claims.get(stack);
        if (own === undefined) continue;
        const { now } = own;
        const left = without(unique([...own.left, ...own.before]), now);
        if (retain && now.length === 0) {
          shared.retained.set(stack, left);
          shared.claims.delete(stack);
          continue;
        }
        shared.claims.set(stack, { ...own, before: [], left, met: without(own.met, left) });
        // An earlier run may not have been allowed to take away what nobody needs.
        const isOwed = shared.certain && shared.applied === undefined;
        if (left.length > 0 && o.isComplete()) await takeAway(shared, stack, left);
        else if (isOwed && o.isComplete()) await run(shared);
        const after = shared.claims.get(stack) ?? own;
        if (now.length === 0) shared.claims.delete(stack);
        else shared.claims.set(stack, { ...after, left: [] });
        dropIfEmpty(shared);
      }
    },
    async readyForRelease(stack, waiting) {
      if (claimedBy(stack).length === 0) return;
      await o.complete(waiting);
      if (o.isComplete()) return;
      const known = o.missing();
      const [some, more] = [known.slice(0, 3).join(", "), known.length > 3 ? " and others" : ""];
      const who = known.length === 0 ? "one whose class is missing" : `${some}${more}`;
      throw new CloudError(
        "retry",
        `Cannot hand it back yet: what it shares with others is not known before the controller could ask for ${who} (class and stack); see what their conditions say`,
      );
    },
    async release(stack) {
      for (const shared of claimedBy(stack)) {
        await enqueue(shared, () => handBack(shared, stack));
        await run(shared);
      }
    },
    problems: (stack) => claimedBy(stack).flatMap(({ problems }) => problems.get(stack) ?? []),
    known(key, id) {
      const found = byKey.get(key)?.seen.find((resource) => resource.ours && resource.id === id);
      return found === undefined ? undefined : { cloudId: found.cloudId, fields: found.fields };
    },
  };
}

function idsOf(observed: readonly ObservedResource[]): ReadonlyMap<string, string> {
  return new Map(observed.filter(({ ours }) => ours).map(({ id, cloudId }) => [id, cloudId]));
}

function hasMoved(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): boolean {
  return [...before].some(([id, cloudId]) => after.has(id) && after.get(id) !== cloudId);
}
