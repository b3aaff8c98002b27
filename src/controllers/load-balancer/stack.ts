/** Runs the five steps for one stack of a provider with a resource graph: desire, observe, plan, apply, and what came of it. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { CloudError } from "../../core/plan/cloud-error.ts";
import type { ObservedResource, Plan } from "../../core/plan/types.ts";
import type { Desired, GraphProvider, Member, Outcome, Problem } from "../../providers/provider.ts";
import type { ReconcileResult } from "../../runtime/controller.ts";
import type { KnownClass } from "../classes.ts";
import { type Execution, execute } from "./execute.ts";
import { asQueueError, mostHopeful, problemOf } from "./failure.ts";
import { isHeld, type Judgement } from "./judge.ts";
import { keyOfLoadBalancer, memberOf } from "./members.ts";
import { acknowledgements, observeOne, planStack } from "./plan-stack.ts";
import { secure } from "./secure.ts";
import { judgeHere, standsInLine } from "./serve-one.ts";
import { dropFinalizer, type LoadBalancerDependencies, NOTHING, recordedOutcome } from "./serving.ts";
import { leftBehind, membersToLeaveOut, outcomeOf, problemsOf } from "./stack-outcome.ts";
import { writeStatus } from "./status.ts";

export interface StackInput {
  readonly cls: KnownClass;
  readonly provider: GraphProvider;
  readonly stack: string;
  /** `namespace/name`. */
  readonly members: readonly string[];
  readonly signal: AbortSignal;
}

interface Sorted {
  readonly live: {
    readonly lb: LoadBalancer;
    readonly member: Member;
    readonly judgement: Judgement & { serve: "yes" };
  }[];
  readonly refused: { readonly lb: LoadBalancer; readonly judgement: Judgement }[];
  readonly leaving: LoadBalancer[];
}

/**
 * The stack is planned from one reading of the cloud that began after its own last write ended: one worker has the key.
 * Members that are refused or on their way out are left out of what is desired, so the plan takes back what served them.
 */
export async function reconcileStack(
  deps: LoadBalancerDependencies,
  input: StackInput,
): Promise<ReconcileResult> {
  const sorted = await sortMembers(deps, input);
  for (const { lb, judgement } of sorted.refused) {
    if (judgement.serve === "elsewhere") continue;
    const outcome = judgement.serve === "keep" ? recordedOutcome(lb) : NOTHING;
    const refusal = "refusal" in judgement ? judgement.refusal : undefined;
    if (judgement.serve === "no" && !standsInLine(judgement))
      deps.wake(deps.room.leave(keyOfLoadBalancer(lb)));
    await writeStatus(deps, { lb, outcome, refusal, previousInForce: false, signal: input.signal });
  }
  // Without an accepted class nothing is known of where to look: everything stays as it is.
  if (input.cls.force.state !== "accepted") return;
  let failures: readonly unknown[];
  try {
    failures = await applyStack(deps, input, sorted);
  } catch (error) {
    input.signal.throwIfAborted();
    await tellAll(deps, input, sorted, error);
    failures = [error];
  }
  if (failures.length > 0) throw asQueueError(mostHopeful(failures));
}

async function sortMembers(
  deps: LoadBalancerDependencies,
  { cls, members, signal }: StackInput,
): Promise<Sorted> {
  const sorted: Sorted = { live: [], refused: [], leaving: [] };
  for (const key of members) {
    const lb = deps.informers.loadBalancers.get(key);
    if (lb === undefined) continue;
    if (lb.metadata.deletionTimestamp !== undefined) {
      sorted.leaving.push(lb);
      continue;
    }
    const judgement = judgeHere(deps, lb, cls);
    if (judgement.serve !== "yes") {
      sorted.refused.push({ lb, judgement });
      continue;
    }
    const secured = await secure(deps, lb, signal);
    if (secured === undefined) continue;
    const member = memberOf(secured, judgement.spec, cls, deps.informers);
    sorted.live.push({ lb: secured, judgement, member });
  }
  return sorted;
}

/** Returns what failed; each failure is told to the members that it concerns. */
async function applyStack(
  deps: LoadBalancerDependencies,
  input: StackInput,
  { live, leaving }: Sorted,
): Promise<readonly unknown[]> {
  const { provider, signal } = input;
  let served = live;
  let round = await runOnce(deps, input, served);
  const failures: unknown[] = [];
  for (;;) {
    const blamed = membersToLeaveOut(served, round);
    if (blamed.size === 0) break;
    // The rest is planned again without them, for what they wanted may have held up others.
    for (const each of served) if (blamed.has(each.lb)) await recordMember(each, round);
    failures.push(...errorsOf(round.execution));
    served = served.filter(({ lb }) => !blamed.has(lb));
    round = await runOnce(deps, input, served);
  }
  failures.push(...errorsOf(round.execution));
  for (const each of served) await recordMember(each, round);
  const uids = new Set(served.map(({ lb }) => lb.metadata.uid ?? ""));
  for (const lb of leaving) {
    const left = leftBehind(lb, { ...round, live: uids });
    if (left === undefined) {
      deps.wake(deps.room.leave(keyOfLoadBalancer(lb)));
      await dropFinalizer(deps, lb, signal);
    } else {
      await tellLeaving(deps, input, lb, left);
      failures.push(new CloudError("retry", left.message));
    }
  }
  return failures;

  async function recordMember(
    { lb, member, judgement }: Sorted["live"][number],
    { desired, planned, execution, after }: Round,
  ): Promise<void> {
    const problems = problemsOf(lb, member, desired, planned, execution);
    await record(deps, input, lb, judgement, outcomeOf(provider, lb, member, after, problems));
  }
}

/** One plan for these members and what came of it. */
interface Round {
  readonly desired: Desired;
  readonly planned: Plan;
  readonly execution: Execution;
  /** What was observed after the work. */
  readonly after: readonly ObservedResource[];
}

async function runOnce(
  deps: LoadBalancerDependencies,
  { cls, provider, stack: key, signal }: StackInput,
  live: Sorted["live"],
): Promise<Round> {
  const members = live.map(({ member }) => member);
  const stack = {
    key,
    cls: members[0]?.cls ?? cls.object,
    members,
    leader: members[0]?.key,
    nodes: [],
    endpointSlices: new Map(),
  };
  const acknowledged = live.flatMap(({ lb }) => acknowledgements(deps.informers, lb));
  const { desired, observed, plan: planned } = await planStack(provider, stack, acknowledged, signal);
  const execution = await execute(planned, provider.actions, {
    signal,
    stack: key,
    cls: stack.cls,
    guard: deps.guard,
    ...(provider.documents === undefined ? {} : { documents: provider.documents }),
  });
  signal.throwIfAborted();
  const after = planned.operations.length === 0 ? observed : await observeOne(provider, stack, signal);
  return { desired, planned, execution, after };
}

function errorsOf(execution: Execution): unknown[] {
  return [...execution.results.values()].flatMap((result) =>
    result.ended === "failed" || result.ended === "stopped" ? [result.error] : [],
  );
}

/** The cloud could not be asked, or the provider could not say what it wants. */
async function tellAll(
  deps: LoadBalancerDependencies,
  input: StackInput,
  { live, leaving }: Sorted,
  error: unknown,
): Promise<void> {
  for (const { lb, judgement } of live) {
    const problems = [problemOf(error, isHeld(lb))];
    await record(deps, input, lb, judgement, { ...recordedOutcome(lb), problems });
  }
  for (const lb of leaving) await tellLeaving(deps, input, lb, problemOf(error, isHeld(lb)));
}

/** Its finalizer stays, and its condition says what holds it up. */
async function tellLeaving(
  deps: LoadBalancerDependencies,
  { signal }: StackInput,
  lb: LoadBalancer,
  problem: Problem,
): Promise<void> {
  const problems = [{ ...problem, message: `It can't be deleted yet: ${problem.message}` }];
  const outcome = { ...recordedOutcome(lb), problems };
  await writeStatus(deps, { lb, outcome, refusal: undefined, previousInForce: false, signal });
}

async function record(
  deps: LoadBalancerDependencies,
  { signal }: StackInput,
  lb: LoadBalancer,
  judgement: Judgement & { serve: "yes" },
  outcome: Outcome,
): Promise<void> {
  const { refusal, previousInForce } = judgement;
  await writeStatus(deps, { lb, outcome, refusal, previousInForce, signal });
}
