/** Steps 4 and 5 for one stack: plans, runs the plan, and finds out whom the cloud rejects. */
import type { LoadBalancer } from "../../../api/load-balancer.ts";
import type { LoadBalancerClass } from "../../../api/load-balancer-class.ts";
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import { expectedAfter } from "../../../core/plan/expected.ts";
import { plan } from "../../../core/plan/plan.ts";
import type { ObservedResource, Plan, PlanPolicy } from "../../../core/plan/types.ts";
import type { Desired, GraphProvider, Member } from "../../../providers/provider.ts";
import { type Execution, execute } from "../execute.ts";
import { isHeld } from "../judge.ts";

export interface Round {
  readonly desired: Desired;
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
  return { desired, planned, execution, after: resources, certain };
}

/** The operations that may be run, without those that need another that may not. */
export function runnable(planned: Plan, only: NonNullable<RoundOptions["only"]>): Plan["operations"] {
  const left = new Map<string, Plan["operations"][number]>();
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
  /** Left out because the cloud rejects what they want, each with the round that showed it. */
  readonly rejected: readonly { readonly member: LiveMember; readonly round: Round }[];
}

/**
 * Runs rounds until nobody is to blame: a member with nothing to lose, whose wishes the cloud rejects and so holds up others, is
 * left out. The culprit is whom the error names, or the only one whom the operation serves, or is found by halving.
 */
export async function runRounds(
  live: readonly LiveMember[],
  run: (members: readonly LiveMember[]) => Promise<Round>,
): Promise<Served> {
  const rejected: { member: LiveMember; round: Round }[] = [];
  let served = live;
  let round = await run(served);
  for (;;) {
    const blamed = blame(served, round);
    if (blamed.do === "nothing") return { round, served, rejected };
    if (blamed.do === "halve") {
      const halved = await halve(served, blamed.candidates, run);
      rejected.push(...halved.rejected);
      return { round: halved.round, served: halved.served, rejected };
    }
    const now = round;
    const out = blamed.culprits;
    rejected.push(...served.filter(({ lb }) => out.has(lb)).map((member) => ({ member, round: now })));
    served = served.filter(({ lb }) => !out.has(lb));
    round = await run(served);
  }
}

type Blame =
  | { readonly do: "nothing" }
  | { readonly do: "leave-out"; readonly culprits: ReadonlySet<LoadBalancer> }
  | { readonly do: "halve"; readonly candidates: readonly LiveMember[] };

/** One that is served already is never left out, for that would take away what it has. */
function blame(live: readonly LiveMember[], { planned, execution }: Round): Blame {
  const culprits = new Set<LoadBalancer>();
  const candidates = new Set<LiveMember>();
  let isHarmful = [...execution.results.values()].some(({ ended }) => ended === "blocked");
  for (const operation of planned.operations) {
    const result = execution.results.get(operation.key);
    if (result?.ended !== "failed" || !isCloudError(result.error) || result.error.class !== "invalid")
      continue;
    const [only, ...others] = together(planned, result.together) ?? operation.members;
    const uid = result.error.member ?? (others.length === 0 ? only : undefined);
    const newcomers = live.filter(({ lb }) => !isHeld(lb));
    if (uid === undefined) {
      const concerned = newcomers.filter(({ lb }) => [only, ...others].includes(lb.metadata.uid ?? ""));
      for (const member of concerned) candidates.add(member);
      continue;
    }
    const culprit = newcomers.find(({ lb }) => lb.metadata.uid === uid);
    if (culprit === undefined) continue;
    culprits.add(culprit.lb);
    if (others.length > 0) isHarmful = true;
  }
  if (culprits.size > 0) return isHarmful ? { do: "leave-out", culprits } : { do: "nothing" };
  // Alone in the stack, there is nobody whom it could hold up.
  if (candidates.size === 0 || live.length < 2) return { do: "nothing" };
  return { do: "halve", candidates: [...candidates] };
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
  run: (members: readonly LiveMember[]) => Promise<Round>,
): Promise<Served> {
  const suspects = new Set(candidates);
  const accepted = new Set(live.filter((member) => !suspects.has(member)));
  const rejected: { member: LiveMember; round: Round }[] = [];
  const having = (more: readonly LiveMember[]) =>
    live.filter((member) => accepted.has(member) || more.includes(member));
  // Without anybody all would be taken away that was begun for those who are not to blame.
  let last = accepted.size === 0 ? undefined : await run(having([]));
  // It is not the newcomers' doing.
  if (last !== undefined && isRejected(last)) return { round: await run(live), served: live, rejected };

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
  if (rejected.length > 0 || last === undefined) last = await run(having([]));
  return { round: last, served: having([]), rejected };
}

function isRejected({ execution }: Round): boolean {
  return [...execution.results.values()].some(
    (result) => result.ended === "failed" && isCloudError(result.error) && result.error.class === "invalid",
  );
}
