/** Steps 4 and 5 for one stack: plans, runs the plan, and finds out whom the cloud rejects. */
import type { LoadBalancer } from "../../../api/load-balancer.ts";
import type { LoadBalancerClass } from "../../../api/load-balancer-class.ts";
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import { expectedAfter } from "../../../core/plan/expected.ts";
import { plan } from "../../../core/plan/plan.ts";
import type { ObservedResource, Operation, Plan, PlanPolicy } from "../../../core/plan/types.ts";
import type { Desired, GraphProvider, Member } from "../../../providers/provider.ts";
import { type Execution, execute } from "../execute.ts";
import { isHeld } from "../judge.ts";
import { type StandingOptions, sparesWhatStood } from "./standing.ts";

export interface Round {
  readonly desired: Desired;
  /** What existed when it was planned. */
  readonly before: readonly ObservedResource[];
  readonly planned: Plan;
  readonly execution: Execution;
  /** What exists after the work, as far as is known. */
  readonly after: readonly ObservedResource[];
  /** Nothing is in doubt: `after` is what there is. */
  readonly certain: boolean;
}

export interface RoundOptions {
  readonly provider: GraphProvider;
  readonly stack: string;
  readonly cls: LoadBalancerClass;
  readonly policy: PlanPolicy;
  /** Operations that may be run; the others are left out as if they were held. Default: all. */
  readonly only?: ((operation: Plan["operations"][number]) => boolean) | undefined;
  /** Called once, before the first operation. */
  readonly beforeWrites?: (() => Promise<void>) | undefined;
  readonly guard: () => void;
  readonly signal: AbortSignal;
}

/** Operations of one stack in flight at once; the provider's request limiter bounds them over all stacks. */
const concurrency = 64;

export async function runRound(
  desired: Desired,
  observed: readonly ObservedResource[],
  o: RoundOptions,
): Promise<Round> {
  const whole = plan(desired.resources, observed, o.provider.rules, o.policy);
  const planned = o.only === undefined ? whole : { ...whole, operations: runnable(whole, o.only) };
  if (planned.operations.length > 0) await o.beforeWrites?.();
  const { signal, stack, cls, guard } = o;
  const { documents, actions } = o.provider;
  const execution = await execute(planned, actions, { signal, stack, cls, guard, concurrency, documents });
  signal.throwIfAborted();
  const { resources, certain } = expectedAfter(
    observed,
    desired.resources,
    planned.operations,
    execution.results,
  );
  return { desired, before: observed, planned, execution, after: resources, certain };
}

/** The operations that may be run, without those that need another that may not. */
export function runnable(planned: Plan, only: NonNullable<RoundOptions["only"]>): Plan["operations"] {
  const left = new Map<string, Operation>();
  for (const operation of planned.operations) {
    const isReady = operation.after.every((key) => left.has(key));
    if (only(operation) && isReady) left.set(operation.key, operation);
  }
  return [...left.values()];
}

export interface LiveMember {
  readonly lb: LoadBalancer;
  readonly member: Member;
}

export interface Served {
  /** The last round, for those who are served. */
  readonly round: Round;
  readonly served: readonly LiveMember[];
  /** Left out because the cloud rejects what they want, each with the round that showed it; its `after` is that of the last. */
  readonly rejected: readonly Rejected[];
}

interface Rejected {
  readonly member: LiveMember;
  readonly round: Round;
}

export interface RoundsOptions extends StandingOptions {
  /** Others wait for their resources to be taken away. */
  readonly isLeft: boolean;
}

/** `may`: the operations that this round may run. */
type Run = (members: readonly LiveMember[], may: (operation: Operation) => boolean) => Promise<Round>;

/**
 * Runs rounds until nobody is to blame: a member with nothing to lose, whose wishes the cloud rejects and so holds up others, is
 * left out. The culprit is whom the error names, or the only one whom the operation serves, or is found by halving. Nobody is left out where
 * nobody else would have anything of it, and no round that leaves members out takes away what stood before the first one.
 */
export async function runRounds(
  live: readonly LiveMember[],
  options: RoundsOptions,
  run: Run,
): Promise<Served> {
  const { isLeft } = options;
  const first = await run(live, () => true);
  const rounds = [first];
  const runFor = async (members: readonly LiveMember[]): Promise<Round> => {
    const isWhole = members.length === live.length;
    const round = await run(members, isWhole ? () => true : sparesWhatStood(first, rounds, options));
    rounds.push(round);
    return round;
  };
  const rejected: Rejected[] = [];
  const ended = (round: Round, served: readonly LiveMember[], more: readonly Rejected[] = []): Served => {
    const all = [...rejected, ...more];
    const { after } = round;
    return { round, served, rejected: all.map((each) => ({ ...each, round: { ...each.round, after } })) };
  };

  let served = live;
  let round = first;
  for (;;) {
    const blamed = blame(served, round);
    if (blamed.do === "nothing") return ended(round, served);
    if (blamed.do === "halve") {
      const halved = await halve(served, blamed.candidates, { run: runFor, isLeft });
      return ended(halved.round, halved.served, halved.rejected);
    }
    const now = round;
    const out = blamed.culprits;
    const others = served.filter(({ lb }) => !out.has(lb));
    if (others.length === 0 && !isLeft) return ended(round, served);
    rejected.push(...served.filter(({ lb }) => out.has(lb)).map((member) => ({ member, round: now })));
    served = others;
    round = await runFor(served);
  }
}

type Blame =
  | { readonly do: "nothing" }
  | { readonly do: "leave-out"; readonly culprits: ReadonlySet<LoadBalancer> }
  | { readonly do: "halve"; readonly candidates: readonly LiveMember[] };

/**
 * One that is served already is never left out, for that would take away what it has; nor one that takes over what others made, which may be
 * serving people though no status of ours says so.
 */
function mayBeLeftOut({ lb, member }: LiveMember): boolean {
  return !isHeld(lb) && member.lb.spec.adopt === undefined;
}

function blame(live: readonly LiveMember[], { planned, execution }: Round): Blame {
  const culprits = new Set<LoadBalancer>();
  const candidates = new Set<LiveMember>();
  const newcomers = live.filter(mayBeLeftOut);
  let isNamedAmongOthers = false;
  for (const operation of planned.operations) {
    const result = execution.results.get(operation.key);
    if (result?.ended !== "failed" || !isCloudError(result.error) || result.error.class !== "invalid")
      continue;
    const [only, ...others] = together(planned, result.together) ?? operation.members;
    const uid = result.error.member ?? (others.length === 0 ? only : undefined);
    if (uid === undefined) {
      const concerned = newcomers.filter(({ lb }) => [only, ...others].includes(lb.metadata.uid ?? ""));
      for (const member of concerned) candidates.add(member);
      continue;
    }
    const culprit = newcomers.find(({ lb }) => lb.metadata.uid === uid);
    if (culprit === undefined) continue;
    culprits.add(culprit.lb);
    if (others.length > 0) isNamedAmongOthers = true;
  }
  if (culprits.size > 0) {
    const isHarmful = isNamedAmongOthers || holdsUpOthers(culprits, { planned, execution });
    return isHarmful ? { do: "leave-out", culprits } : { do: "nothing" };
  }
  // Alone in the stack, there is nobody whom it could hold up.
  if (candidates.size === 0 || live.length < 2) return { do: "nothing" };
  return { do: "halve", candidates: [...candidates] };
}

/** What serves nobody in particular may be another's. */
function holdsUpOthers(
  culprits: ReadonlySet<LoadBalancer>,
  { planned, execution }: Pick<Round, "planned" | "execution">,
): boolean {
  const uids = new Set([...culprits].map(({ metadata }) => metadata.uid ?? ""));
  return planned.operations.some(
    ({ key, members }) =>
      execution.results.get(key)?.ended === "blocked" &&
      (members.length === 0 || !members.every((uid) => uids.has(uid))),
  );
}

/** The members of all operations of one write: any of them may be the culprit. */
function together(planned: Plan, keys: readonly string[] | undefined): readonly string[] | undefined {
  if (keys === undefined) return undefined;
  const all = new Set(keys);
  const members = planned.operations.flatMap((operation) =>
    all.has(operation.key) ? operation.members : [],
  );
  return [...new Set(members)];
}

/** Adds the candidates in ever smaller groups to those who are served; who alone makes the cloud reject it all is a culprit. */
async function halve(
  live: readonly LiveMember[],
  candidates: readonly LiveMember[],
  { run, isLeft }: { readonly run: (members: readonly LiveMember[]) => Promise<Round>; isLeft: boolean },
): Promise<Served> {
  const suspects = new Set(candidates);
  const accepted = new Set(live.filter((member) => !suspects.has(member)));
  const rejected: Rejected[] = [];
  const having = (more: readonly LiveMember[]) =>
    live.filter((member) => accepted.has(member) || more.includes(member));
  const withAll = async (): Promise<Served> => ({ round: await run(live), served: live, rejected: [] });
  // Without anybody all would be taken away that was begun for those who are not to blame.
  let last = accepted.size === 0 ? undefined : await run(having([]));
  // It is not the newcomers' doing.
  if (last !== undefined && isRejected(last)) return withAll();

  const admit = async (group: readonly LiveMember[]): Promise<void> => {
    if (group.length === 0) return;
    const round = await run(having(group));
    if (!isRejected(round)) {
      for (const member of group) accepted.add(member);
      last = round;
      return;
    }
    const [only, ...others] = group;
    if (only !== undefined && others.length === 0) {
      rejected.push({ member: only, round });
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await admit(group.slice(0, middle));
    await admit(group.slice(middle));
  };
  await admit(candidates);
  // Nobody is better off without them.
  if (accepted.size === 0 && !isLeft) return withAll();
  if (rejected.length > 0 || last === undefined) last = await run(having([]));
  return { round: last, served: having([]), rejected };
}

function isRejected({ execution }: Round): boolean {
  return [...execution.results.values()].some(
    (result) => result.ended === "failed" && isCloudError(result.error) && result.error.class === "invalid",
  );
}
