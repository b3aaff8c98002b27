/** Runs the five steps for one stack of a provider with a resource graph: desire, observe, plan, apply, and what came of it. */

import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { annotations, fieldManagers, finalizer } from "../../api/names.ts";
import { acknowledgementFor, plan } from "../../core/plan/plan.ts";
import type { ObservedResource, Operation, Plan } from "../../core/plan/types.ts";
import type { Desired, GraphProvider, Member, Outcome, Problem } from "../../providers/provider.ts";
import type { ReconcileResult } from "../../runtime/controller.ts";
import { addFinalizer } from "../../runtime/patch/finalizers.ts";
import type { KnownClass } from "../classes.ts";
import { type Execution, execute } from "./execute.ts";
import { asQueueError, problemOf } from "./failure.ts";
import { isHeld, type Judgement, judge } from "./judge.ts";
import { keyOfLoadBalancer, memberOf } from "./members.ts";
import { dropFinalizer, type LoadBalancerDependencies, NOTHING, recordedOutcome } from "./serving.ts";
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
  const cls = members[0]?.cls ?? input.cls.object;
  const stack = { key: input.stack, cls, members };
  const desired: Desired =
    members.length === 0
      ? { resources: [], problems: new Map() }
      : provider.desire(stack, await provider.facts(cls, signal));
  const before = await provider.observe(stack, signal);
  const planned = plan(desired.resources, before, provider.rules, {
    replacement: "Acknowledge",
    acknowledged: live.flatMap(({ lb }) => acknowledgements(deps, lb)),
    drift: "Repair",
    deletion: "Delete",
  });
  const execution = await execute(planned, provider.actions, {
    signal,
    ...(provider.documents === undefined ? {} : { documents: provider.documents }),
  });
  signal.throwIfAborted();
  const after = planned.operations.length === 0 ? before : await provider.observe(stack, signal);
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

function outcomeOf(
  provider: GraphProvider,
  lb: LoadBalancer,
  member: Member,
  observed: readonly ObservedResource[],
  problems: readonly Problem[],
): Outcome {
  const found = provider.addresses(member, observed);
  const recorded = recordedOutcome(lb);
  // An address leaves status on release alone: while the cloud does not show it, it is told as a flaw.
  const addresses = found.length > 0 ? found : recorded.addresses;
  const resources = observed
    .filter((resource) => resource.ours && resource.members?.includes(lb.metadata.uid ?? "") !== false)
    .map(({ kind, cloudId }) => ({ kind, id: cloudId }));
  const ports =
    addresses.length > 0 ? member.lb.spec.ports.map(({ port, protocol }) => ({ port, protocol })) : [];
  return { addresses, ports, resources, problems };
}

function problemsOf(
  lb: LoadBalancer,
  member: Member,
  desired: Desired,
  planned: Plan,
  execution: Execution,
): Problem[] {
  const uid = lb.metadata.uid ?? "";
  const kind = isHeld(lb) ? "degraded" : "pending";
  const concerns = (operation: { readonly members: readonly string[] }) =>
    operation.members.length === 0 || operation.members.includes(uid);
  const problems: Problem[] = [...(desired.problems.get(member.key) ?? [])];
  if (planned.held.some((each) => concerns(each.operation))) {
    const id = acknowledgementFor(planned, uid);
    problems.push({
      kind,
      reason: "ReplacementNotAcknowledged",
      message: `a change needs a new load balancer, which may have another address; to go on, set ${annotations.acknowledgeReplacement}: ${id}`,
    });
  }
  const failed = (operation: Operation) => {
    const result = execution.results.get(operation.key);
    return result?.ended === "failed" && concerns(operation) ? [problemOf(result.error, isHeld(lb))] : [];
  };
  return [...problems, ...planned.operations.flatMap(failed)];
}

/** The plan ids that a user has agreed to, on the Service or, where it was written by hand, on the LoadBalancer. */
function acknowledgements({ informers }: LoadBalancerDependencies, lb: LoadBalancer): string[] {
  const { serviceRef } = lb.spec;
  const carrier =
    serviceRef === undefined ? lb : informers.services.get(`${lb.metadata.namespace}/${serviceRef.name}`);
  const id = carrier?.metadata.annotations?.[annotations.acknowledgeReplacement]?.trim();
  return id === undefined || id === "" ? [] : [id];
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
