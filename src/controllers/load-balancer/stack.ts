/** Runs the five steps for one stack of a provider with a resource graph: desire, observe, plan, apply, and what came of it. */

import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { fieldManagers, finalizer } from "../../api/names.ts";
import type { GraphProvider, Member, Outcome } from "../../providers/provider.ts";
import type { ReconcileResult } from "../../runtime/controller.ts";
import { addFinalizer } from "../../runtime/patch/finalizers.ts";
import type { KnownClass } from "../classes.ts";
import { execute } from "./execute.ts";
import { asQueueError, problemOf } from "./failure.ts";
import { isHeld, type Judgement, judge } from "./judge.ts";
import { keyOfLoadBalancer, memberOf } from "./members.ts";
import { acknowledgements, planStack } from "./plan-stack.ts";
import { dropFinalizer, type LoadBalancerDependencies, NOTHING, recordedOutcome } from "./serving.ts";
import { outcomeOf, problemsOf } from "./stack-outcome.ts";
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
    await writeStatus(deps, { lb, outcome, refusal, previousInForce: false, signal: input.signal });
  }
  // Without an accepted class nothing is known of where to look: everything stays as it is.
  if (input.cls.force.state !== "accepted") return;
  try {
    return await applyStack(deps, input, sorted);
  } catch (error) {
    input.signal.throwIfAborted();
    for (const { lb, judgement } of sorted.live) {
      await record(deps, input, lb, judgement, {
        ...recordedOutcome(lb),
        problems: [problemOf(error, isHeld(lb))],
      });
    }
    throw asQueueError(error);
  }
}

async function sortMembers(
  deps: LoadBalancerDependencies,
  { cls, members, signal }: StackInput,
): Promise<Sorted> {
  const sorted: Sorted = { live: [], refused: [], leaving: [] };
  for (const key of members) {
    let lb = deps.informers.loadBalancers.get(key);
    if (lb === undefined) continue;
    const judgement = judge(lb, cls, {
      namespaceLabels: deps.informers.namespaces.get(lb.metadata.namespace ?? "")?.metadata.labels,
      room: () =>
        cls.force.state === "accepted" ? deps.room.enter(cls.name, key, cls.force.spec) : { free: true },
    });
    if (lb.metadata.deletionTimestamp === undefined && judgement.serve === "yes")
      lb = await withFinalizer(deps, lb, signal);
    if (lb === undefined) continue;
    if (lb.metadata.deletionTimestamp !== undefined) sorted.leaving.push(lb);
    else if (judgement.serve === "yes")
      sorted.live.push({ lb, judgement, member: memberOf(lb, judgement.spec, cls, deps.informers) });
    else sorted.refused.push({ lb, judgement });
  }
  return sorted;
}

/** Before the first write to the cloud (law 2). A LoadBalancer made for a Service has it from its creation. */
async function withFinalizer(
  deps: LoadBalancerDependencies,
  lb: LoadBalancer,
  signal: AbortSignal,
): Promise<LoadBalancer | undefined> {
  if (lb.metadata.finalizers?.includes(finalizer) === true) return lb;
  const { client, informers } = deps;
  const added = await addFinalizer({
    client,
    resource: loadBalancers,
    object: lb,
    finalizer,
    fieldManager: fieldManagers.finalizer,
    signal,
  });
  if (added.result === "gone") return undefined;
  informers.loadBalancers.observe(added.object);
  return added.object;
}

async function applyStack(
  deps: LoadBalancerDependencies,
  input: StackInput,
  { live, leaving }: Sorted,
): Promise<ReconcileResult> {
  const { provider, signal } = input;
  const members = live.map(({ member }) => member);
  const stack = { key: input.stack, cls: members[0]?.cls ?? input.cls.object, members };
  const acknowledged = live.flatMap(({ lb }) => acknowledgements(deps.informers, lb));
  const { desired, observed, plan: planned } = await planStack(provider, stack, acknowledged, signal);
  const execution = await execute(planned, provider.actions, {
    signal,
    ...(provider.documents === undefined ? {} : { documents: provider.documents }),
  });
  signal.throwIfAborted();
  const after = planned.operations.length === 0 ? observed : await provider.observe(stack, signal);
  for (const { lb, member, judgement } of live) {
    const problems = problemsOf(lb, member, desired, planned, execution);
    await record(deps, input, lb, judgement, outcomeOf(provider, lb, member, after, problems));
  }
  if (execution.complete) {
    for (const lb of leaving) {
      deps.wake(deps.room.leave(keyOfLoadBalancer(lb)));
      await dropFinalizer(deps, lb, signal);
    }
  }
  const failed = [...execution.results.values()].find(
    (result) => result.ended === "failed" || result.ended === "stopped",
  );
  if (failed !== undefined && "error" in failed) throw asQueueError(failed.error);
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
