/**
 * The five steps for the stacks of one provider with a resource graph. It remembers what exists in the cloud from what it read and wrote
 * itself, so that it reads again only when something failed, when the cloud is still at work, and once in every verify period.
 *
 * It writes nothing to the cluster, and holds nothing that a restart needs: that is in the status of the LoadBalancers.
 */
import type { LoadBalancer } from "../../../api/load-balancer.ts";
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import { resolveShared } from "../../../core/plan/reference.ts";
import type { Fields, ObservedResource, PlanPolicy } from "../../../core/plan/types.ts";
import type { Claim, Desired, GraphProvider, Problem, Stack } from "../../../providers/provider.ts";
import type { Clock } from "../../../runtime/clock.ts";
import type { Logger } from "../../../runtime/logger.ts";
import { isHeld } from "../judge.ts";
import { createCompleteness, type Strays } from "./completeness.ts";
import { ANSWER_MS, TRUCE_MS, wasTaken, withoutContested } from "./contested.ts";
import { hashOf } from "./desired-hash.ts";
import { createDoubts, DOUBT } from "./doubts.ts";
import { driftOf, driftProblem } from "./drift.ts";
import {
  errorsOf,
  leftBehind,
  type MemberOutcome,
  outcomeOf,
  problemsOf,
  recordedMemberOutcome,
} from "./member-outcome.ts";
import { createObserver } from "./observer.ts";
import { RELEASE_WAITS, releaseStack } from "./release.ts";
import { type LiveMember, type Round, runRound, runRounds, type Served } from "./rounds.ts";
import { createSharedStacks } from "./shared-stacks.ts";
import { sparedMembers, sparesThem } from "./spared.ts";
import { refOf } from "./stack-ref.ts";
import { createStalemates, type Stalemate } from "./stalemate.ts";
import { createVerifyTimes, VERIFY_PERIOD_MS } from "./verify-times.ts";

export interface StackWork {
  readonly stack: Stack;
  /** The members of the stack, each with its object. */
  readonly live: readonly LiveMember[];
  readonly leaving: readonly LoadBalancer[];
  /** The stack with those who leave as its members, where nobody else is left: it tells what they needed of shared stacks. */
  readonly was?: Stack | undefined;
  /** Plan ids that users agreed to. */
  readonly acknowledged: readonly string[];
  /** Called before the first write to the cloud: takes `appliedHash` out of the members' status. */
  readonly unsettle: () => Promise<void>;
  /** It is not enough that all is as it should be: `observed` of the report is wanted. */
  readonly needsObserved?: boolean | undefined;
}

export interface StackReport {
  /** By member key. */
  readonly outcomes: ReadonlyMap<string, MemberOutcome>;
  /** Why a leaving member can't go yet, by `namespace/name`; those that are not in it have nothing left in the cloud. */
  readonly left: ReadonlyMap<string, Problem>;
  readonly failures: readonly unknown[];
  /** When to work on it again though nothing changed; more than 0. */
  readonly againAfterMs: number;
  /** Nothing is left as far as can be seen, and it is too early to rely on that: look again then. */
  readonly confirmAfterMs?: number | undefined;
  /** What there is now in the cloud; undefined where it was not looked at. */
  readonly observed?: readonly ObservedResource[] | undefined;
}

export interface StackEngine {
  /** Never two at a time for one stack. Throws what kept it from planning; what single operations came to is in the report. */
  work(work: StackWork, signal: AbortSignal): Promise<StackReport>;
  /** Nothing of this stack is left in the cluster. True if nothing is left in the cloud either, for the last work took all of it away. */
  forget(stack: StackRefKey): boolean;
}

export type StackRefKey = Pick<Stack, "key" | "cls">;

export interface StackEngineOptions {
  readonly provider: GraphProvider;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the whole process: ends what is done for several stacks at once. */
  readonly signal: AbortSignal;
  readonly guard: () => void;
  /** Brings stacks back to work, by the names that `stackName` gives. */
  readonly wake: (stacks: Iterable<string>) => void;
  /** Stacks that existed at the start: what is shared is narrowed once all of them have been worked on. */
  readonly existing: Iterable<string>;
  /** LoadBalancers that existed at the start and may have a stack here: nothing shared is narrowed while any is left. Default: none. */
  readonly strays?: Strays | undefined;
  readonly random?: (() => number) | undefined;
  readonly verifyPeriodMs?: number | undefined;
}

/** A stack's name among those of all classes. */
export function stackName({ key, cls }: StackRefKey): string {
  return `${cls.metadata.name} ${key}`;
}

/** What is known of a stack in the cloud. Times are of the monotonic clock. */
interface Model {
  readonly observed: readonly ObservedResource[];
  /** What users wanted taken over when it was looked at: nothing else that is not ours was seen. */
  readonly adopt: readonly string[];
  /** When the cloud, which is still at work, is to be asked again. */
  readonly pollAt: number | undefined;
}

/** What came of the last try. */
interface Attempt extends Served {
  /** When the cloud, which is still at work on what it accepted, is to be asked again. */
  readonly pollAt: number | undefined;
}

interface About {
  readonly name: string;
  readonly hash: string;
  /** Something is left as it is for those who can't be served as they ask now. */
  readonly isSparing: boolean;
}

const forever = Number.POSITIVE_INFINITY;

export function createStackEngine(o: StackEngineOptions): StackEngine {
  const { provider, clock, guard, random = Math.random } = o;
  const observer = createObserver(provider, { clock, signal: o.signal });
  const periodMs = o.verifyPeriodMs ?? VERIFY_PERIOD_MS;
  const times = createVerifyTimes({ clock, random, periodMs });
  const completeness = createCompleteness(o.existing, { clock, signal: o.signal, strays: o.strays });
  const shared = createSharedStacks({
    provider,
    observer,
    clock,
    times,
    longestMs: periodMs,
    guard,
    signal: o.signal,
    logger: o.logger,
    isComplete: completeness.isComplete,
    complete: completeness.wait,
    missing: completeness.missing,
    moved(stacks) {
      const all = [...stacks];
      for (const name of all) models.delete(name);
      for (const name of all) distrusted.add(name);
      o.wake(all);
    },
  });
  const stalemates = createStalemates<Attempt>({ clock, longestMs: periodMs });
  const doubts = createDoubts(clock);
  const models = new Map<string, Model>();
  /** When stacks are to be looked at whatever is known of them. */
  const verifyAt = new Map<string, number>();
  /** Their hash says nothing any more: something was begun since it was recorded. */
  const distrusted = new Set<string>();
  /** Nothing is left to be done for these: what they had is gone, or stays because their class says so. */
  const over = new Set<string>();

  return {
    work,
    forget(ref) {
      const name = stackName(ref);
      const isEmpty = models.get(name)?.observed.every(({ ours }) => !ours) ?? false;
      const isGone = (isEmpty || over.has(name)) && !distrusted.has(name) && !shared.isKnown(name);
      models.delete(name);
      verifyAt.delete(name);
      distrusted.delete(name);
      stalemates.forget(name);
      doubts.forget(name);
      over.delete(name);
      completeness.saw(name);
      return isGone;
    },
  };

  async function work(given: StackWork, signal: AbortSignal): Promise<StackReport> {
    const { stack, live } = given;
    const name = stackName(stack);
    const isReleased = live.length > 0 && live.every(({ member }) => member.lb.spec.release === true);
    const wasReleased = [...live.map(({ lb }) => lb), ...given.leaving].every(
      ({ status }) => status?.released,
    );
    const facts = live.length === 0 ? undefined : await provider.facts(stack, signal);
    const claims =
      live.length === 0 || (isReleased && wasReleased) ? [] : (provider.claims?.(stack, facts) ?? []);
    if (given.was !== undefined && !wasReleased && !shared.isKnown(name))
      shared.claim(name, stack.cls, await claimsBefore(given.was, signal));
    const isServed = live.some(({ lb }) => isHeld(lb));
    shared.claim(name, stack.cls, claims, isServed);
    const wanted = wantedBy(stack, facts);
    const spared = sparedMembers(live, wanted);
    // What these have needs more of what is shared than they can say now.
    if (spared.size === 0) completeness.saw(name);
    // Who goes is taken apart first: what is handed back can't be told from what was his.
    const isOver = live.every(({ lb }) => lb.status?.released === true);
    if (isReleased && (given.leaving.length === 0 || isOver)) return workReleased(given, signal);
    const hash = hashOf(wanted, claims);
    if (isSettled(given, name, hash)) return settled(given, wanted, name, hash);
    const about = { name, hash, isSparing: spared.size > 0 };
    const wish = wishOf(given, hash);
    const vain = given.leaving.length === 0 ? stalemates.of(name, wish) : undefined;
    if (vain !== undefined) return standStill(given, vain, about, signal);

    await shared.widen(name, signal);
    const wasApplied =
      !distrusted.has(name) &&
      live.every(({ lb }) => lb.status?.appliedHash === hash) &&
      given.leaving.length === 0;
    const spares = sparesThem(spared);
    const retain = stack.cls.spec.policy.deletion === "Retain";
    const options = { isLeft: given.leaving.length > 0, retain, rules: provider.rules };
    const attempt = await runRounds(live, options, async (members, may) => {
      const desired = members === live ? wanted : wantedBy(without(stack, members), facts);
      const observed = await look(given, name, signal);
      const round = await runRound(resolved(desired), observed, {
        provider,
        stack: stack.key,
        cls: stack.cls,
        policy: policyOf(given, wasApplied),
        only: (operation) => spares(operation) && may(operation),
        beforeWrites: async () => {
          models.delete(name);
          distrusted.add(name);
          await given.unsettle();
        },
        guard,
        signal,
      });
      const mayServeBy = live.length > 0 || !round.after.some(({ ours }) => ours);
      if (round.certain && mayServeBy) keep(name, live, round.after);
      else models.delete(name);
      if (wasTaken(observed, round.after, live)) verifyWithin(name, ANSWER_MS);
      if (round.planned.refused.length > 0) verifyWithin(name, TRUCE_MS);
      return round;
    });
    over.delete(name);
    const made = await report(given, attempt, about);
    stalemates.note(name, wish, { ...attempt, pollAt: pollAtOf(made) }, made.failures);
    if (over.has(name)) return { ...made, againAfterMs: forever };
    const next = Math.min(models.get(name)?.pollAt ?? forever, verifyAt.get(name) ?? forever);
    return { ...made, againAfterMs: untilNext(next, made) };
  }

  /** Nothing is tried again before its time; what the cloud has accepted is followed all the same. */
  async function standStill(
    given: StackWork,
    { attempt, untilMs }: Stalemate<Attempt>,
    about: About,
    signal: AbortSignal,
  ): Promise<StackReport> {
    const { pollAt } = attempt;
    const isDue = pollAt !== undefined && clock.monotonic() >= pollAt;
    const known = attempt.round.after;
    const ref = refOf(given);
    const after = isDue ? await observer.poll({ ...ref, observed: known }, signal) : known;
    const byKey = new Map(given.live.map((each) => [each.member.key, each]));
    const asItIs = (each: LiveMember) => byKey.get(each.member.key) ?? each;
    const now = {
      round: { ...attempt.round, after },
      served: attempt.served.map(asItIs),
      rejected: attempt.rejected.map(({ member, round }) => ({
        member: asItIs(member),
        round: { ...round, after },
      })),
    };
    const made = await report(given, now, about);
    stalemates.update(about.name, { ...now, pollAt: isDue ? pollAtOf(made) : pollAt });
    return { ...made, againAfterMs: untilNext(untilMs, made) };
  }

  function pollAtOf({ outcomes }: Pick<StackReport, "outcomes">): number | undefined {
    const waits = waitsOf(outcomes);
    return waits.length === 0 ? undefined : clock.monotonic() + Math.min(...waits);
  }

  /** More than nothing: there is always another look. */
  function untilNext(next: number, { outcomes }: Pick<StackReport, "outcomes">): number {
    return Math.max(1, Math.min(next - clock.monotonic(), ...waitsOf(outcomes)));
  }

  /** An earlier process was interrupted in taking it away, and what it claimed is known from the objects alone. */
  async function claimsBefore(was: Stack, signal: AbortSignal): Promise<readonly Claim[]> {
    try {
      return provider.claims?.(was, await provider.facts(was, signal)) ?? [];
    } catch (error) {
      // What can't be looked up does not keep a load balancer from being deleted.
      if (isCloudError(error) && error.class !== "retry") return [];
      throw error;
    }
  }

  function wantedBy(stack: Stack, facts: unknown): Desired {
    return stack.members.length === 0
      ? { resources: [], problems: new Map() }
      : provider.desire(stack, facts);
  }

  function resolved(desired: Desired): Desired {
    const fail = (stack: string, id: string): never => {
      throw new Error(`"${id}" of "${stack}" is pointed at and does not exist: the stack does not claim it`);
    };
    const resources = desired.resources.map((resource) => ({
      ...resource,
      fields: resolveShared(resource.fields, shared.known, fail) as Fields,
    }));
    return { ...desired, resources };
  }

  /** It was applied in full before, by an earlier process, and nothing has been begun since. */
  function isSettled({ live, leaving, needsObserved }: StackWork, name: string, hash: string): boolean {
    if (needsObserved === true) return false;
    if (models.has(name) || distrusted.has(name) || leaving.length > 0 || live.length === 0) return false;
    if (!live.every(({ lb }) => lb.status?.appliedHash === hash)) return false;
    const due = verifyAt.get(name) ?? times.first();
    verifyAt.set(name, due);
    return due > clock.monotonic();
  }

  function settled({ live, stack }: StackWork, wanted: Desired, name: string, hash: string): StackReport {
    const outcomes = live.map(({ lb, member }) => {
      const problems = [...(wanted.problems.get(member.key) ?? []), ...shared.problems(name)];
      const drift = lb.status?.drift;
      const all = drift === undefined ? problems : [...problems, driftProblem(drift)];
      const leads = member.key === stack.leader;
      return [member.key, { ...recordedMemberOutcome(lb), problems: all, appliedHash: hash, leads }] as const;
    });
    const againAfterMs = (verifyAt.get(name) ?? 0) - clock.monotonic();
    return { outcomes: new Map(outcomes), left: new Map(), failures: [], againAfterMs };
  }

  /** From memory where that can be trusted, else from the cloud. */
  async function look(given: StackWork, name: string, signal: AbortSignal) {
    const { live } = given;
    const now = clock.monotonic();
    const model = models.get(name);
    const ref = refOf(given);
    const sawAll = ref.adopt.every((id) => model?.adopt.includes(id));
    if (model !== undefined && sawAll && now < (verifyAt.get(name) ?? 0)) {
      if (model.pollAt === undefined || now < model.pollAt) return model.observed;
      const { observed } = model;
      return keep(name, live, await observer.poll({ ...ref, observed }, signal));
    }
    models.delete(name);
    const seen = await observer.observe(live.length === 0 ? { ...ref, going: true } : ref, signal);
    verifyAt.set(name, times.next());
    // It may be seen in part: enough to take it away, and not to serve by.
    if (live.length === 0) return seen;
    return keep(name, live, withoutContested(seen, live));
  }

  function verifyWithin(name: string, ms: number): void {
    const due = verifyAt.get(name) ?? Number.POSITIVE_INFINITY;
    verifyAt.set(name, Math.min(due, clock.monotonic() + ms));
  }

  function keep(name: string, live: readonly LiveMember[], observed: readonly ObservedResource[]) {
    const waits = live.flatMap(({ member }) => provider.result(member, observed).retryAfterMs ?? []);
    const pollAt = waits.length === 0 ? undefined : clock.monotonic() + Math.min(...waits);
    const adopt = live.flatMap(({ member }) => member.lb.spec.adopt ?? []);
    models.set(name, { observed, adopt, pollAt });
    return observed;
  }

  function policyOf({ stack, live, acknowledged }: StackWork, wasApplied: boolean): PlanPolicy {
    const { replacement, drift, deletion } = stack.cls.spec.policy;
    const recorded = live.flatMap(({ lb }) => lb.status?.resources?.map(({ id }) => id) ?? []);
    return {
      replacement,
      drift,
      deletion: live.length === 0 ? deletion : "Delete",
      acknowledged,
      recorded: new Set(recorded),
      unchanged: () => wasApplied,
    };
  }

  async function report(
    { stack, live, leaving }: StackWork,
    { round, served, rejected }: Served,
    { name, hash, isSparing }: About,
  ): Promise<Omit<StackReport, "againAfterMs">> {
    const failures: unknown[] = errorsOf(round.execution);
    const outcomes = new Map<string, MemberOutcome>();
    const { held, refused } = round.planned;
    const retains = live.length === 0 && stack.cls.spec.policy.deletion === "Retain";
    const isDone =
      !isSparing &&
      round.certain &&
      refused.length === 0 &&
      held.every(({ waitsFor }) => waitsFor === "Drift" || (retains && waitsFor === "Deletion"));
    const isWhole = isDone && rejected.length === 0;
    const tell = ({ lb, member }: LiveMember, of: Round, applied: boolean) => {
      const drift = driftOf(of.planned, lb);
      const own = problemsOf(lb, member, of.desired, of.planned, of.execution);
      const problems = [...own, ...shared.problems(name)];
      if (drift !== undefined) problems.push(driftProblem(drift));
      if (member.lb.spec.release === true) problems.push(RELEASE_WAITS);
      const outcome = outcomeOf(provider, lb, member, of.after, problems);
      const isOver = applied && outcome.retryAfterMs === undefined;
      const leads = member.key === stack.leader;
      outcomes.set(member.key, { ...outcome, appliedHash: isOver ? hash : undefined, leads, drift });
    };
    for (const { member, round: showed } of rejected) {
      failures.push(...errorsOf(showed.execution));
      tell(member, showed, false);
    }
    for (const member of served) tell(member, round, isWhole);
    if (isWhole) distrusted.delete(name);
    const left = new Map<string, Problem>();
    const uids = new Set(live.map(({ lb }) => lb.metadata.uid ?? ""));
    // What those want who are left out is not left by those who go.
    const wanted = new Set(rejected.flatMap(({ round: { desired } }) => desired.resources.map(placeOf)));
    const after = round.after.filter((resource) => !wanted.has(placeOf(resource)));
    for (const lb of leaving) {
      const problem = leftBehind(lb, { ...round, after, live: uids });
      if (problem !== undefined) left.set(`${lb.metadata.namespace}/${lb.metadata.name}`, problem);
    }
    // Users are off what is shared before it is taken away.
    if (isDone && left.size === 0) await shared.narrow(name, retains);
    if (left.size > 0) doubts.forget(name);
    const confirmAfterMs = live.length > 0 || left.size > 0 ? 0 : doubts.remainMs(name, leaving);
    if (confirmAfterMs > 0) {
      models.delete(name);
      for (const lb of leaving) left.set(`${lb.metadata.namespace}/${lb.metadata.name}`, DOUBT);
    }
    if (live.length === 0 && isDone && left.size === 0 && confirmAfterMs === 0) over.add(name);
    return { outcomes, left, failures, observed: round.after, ...(confirmAfterMs > 0 && { confirmAfterMs }) };
  }

  async function workReleased(given: StackWork, signal: AbortSignal): Promise<StackReport> {
    const { stack, live } = given;
    const name = stackName(stack);
    models.delete(name);
    const means = { provider, guard, signal, observer };
    const steps = {
      before: () => shared.readyForRelease(name, signal),
      after: () => shared.release(name),
    };
    const released = await releaseStack(means, live, refOf(given), steps);
    return { ...released, left: new Map(), againAfterMs: periodMs };
  }
}

/** All that another try could come out differently for, besides the cloud. */
function wishOf({ stack, live, acknowledged }: StackWork, hash: string): string {
  const members = live.map(({ member }) => member.key);
  return JSON.stringify([hash, members, acknowledged, stack.cls.spec.policy]);
}

function placeOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}

function waitsOf(outcomes: StackReport["outcomes"]): number[] {
  return [...outcomes.values()].flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
}

function without(stack: Stack, members: readonly LiveMember[]): Stack {
  const keys = new Set(members.map(({ member }) => member.key));
  const left = stack.members.filter(({ key }) => keys.has(key));
  const leader = stack.leader !== undefined && keys.has(stack.leader) ? stack.leader : left[0]?.key;
  return { ...stack, members: left, leader };
}
