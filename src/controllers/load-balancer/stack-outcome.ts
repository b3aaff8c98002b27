/** What the plan and the work on a stack came to for each of its members. Pure. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { annotations } from "../../api/names.ts";
import { isCloudError } from "../../core/plan/cloud-error.ts";
import { acknowledgementFor } from "../../core/plan/plan.ts";
import type { ObservedResource, Plan } from "../../core/plan/types.ts";
import type { Desired, GraphProvider, Member, Outcome, Problem } from "../../providers/provider.ts";
import type { Execution } from "./execute.ts";
import { problemOf } from "./failure.ts";
import { isHeld } from "./judge.ts";
import { recordedOutcome } from "./serving.ts";

/** What one member has, from what was observed after the work. */
export function outcomeOf(
  provider: GraphProvider,
  lb: LoadBalancer,
  member: Member,
  observed: readonly ObservedResource[],
  problems: readonly Problem[],
): Outcome {
  const { addresses: found } = provider.result(member, observed);
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

/** `execution`: of the plan; without one nothing was tried. */
export function problemsOf(
  lb: LoadBalancer,
  member: Member,
  desired: Desired,
  planned: Plan,
  execution?: Execution,
): Problem[] {
  const uid = lb.metadata.uid ?? "";
  const kind = isHeld(lb) ? "degraded" : "pending";
  const concerns = (operation: { readonly members: readonly string[] }) =>
    operation.members.length === 0 || operation.members.includes(uid);
  const problems: Problem[] = [...(desired.problems.get(member.key) ?? [])];
  for (const { kind: what, cloudId, because } of planned.refused.filter(concerns)) {
    problems.push({
      kind,
      reason: "Conflict",
      message: `${what} "${cloudId}" is in the way and is left as it is, for it ${because}; rename or remove it`,
    });
  }
  const id = acknowledgementFor(planned, uid);
  if (id !== "" && planned.held.some((each) => concerns(each.operation))) {
    problems.push({
      kind,
      reason: "ReplacementNotAcknowledged",
      message: `a change needs a new load balancer, which may have another address; to go on, set ${annotations.acknowledgeReplacement}: ${id}`,
    });
  }
  for (const { error, operation } of failuresOf(planned, execution)) {
    if (concerns(operation) && isToBlame(error, uid)) problems.push(problemOf(error, isHeld(lb)));
  }
  return problems;
}

/** Where the cloud named the member whose part it rejects, the others are not told of it. */
function isToBlame(error: unknown, uid: string): boolean {
  return !isCloudError(error) || error.member === undefined || error.member === uid;
}

function failuresOf(planned: Plan, execution: Execution | undefined) {
  return planned.operations.flatMap((operation) => {
    const result = execution?.results.get(operation.key);
    return result?.ended === "failed" ? [{ operation, error: result.error }] : [];
  });
}

/**
 * Members that the cloud rejects and that have nothing to lose, where their rejection held up somebody else: blamed by name, or as the
 * only one whom the rejected operation serves. One that is served already is never left out, for that would take away what it has.
 */
export function membersToLeaveOut(
  live: readonly { readonly lb: LoadBalancer }[],
  { planned, execution }: { readonly planned: Plan; readonly execution: Execution },
): ReadonlySet<LoadBalancer> {
  const blamed = new Set<LoadBalancer>();
  let isHarmful = [...execution.results.values()].some(({ ended }) => ended === "blocked");
  for (const { operation, error } of failuresOf(planned, execution)) {
    if (!isCloudError(error) || error.class !== "invalid") continue;
    const [only, ...others] = operation.members;
    const uid = error.member ?? (others.length === 0 ? only : undefined);
    const culprit = live.find(({ lb }) => lb.metadata.uid === uid && !isHeld(lb));
    if (culprit === undefined) continue;
    blamed.add(culprit.lb);
    if (others.length > 0) isHarmful = true;
  }
  return isHarmful ? blamed : new Set();
}

interface Aftermath {
  readonly planned: Plan;
  readonly execution: Execution;
  /** What was observed after the work. */
  readonly after: readonly ObservedResource[];
  /** UIDs of the members that the stack goes on serving. */
  readonly live: ReadonlySet<string>;
}

/**
 * Why a member that is on its way out can't go yet; `undefined` once nothing of it is left in the cloud. What others of the stack still
 * use is not its own. Where a resource is not marked with its members, an incomplete execution leaves in doubt whether it was freed.
 */
export function leftBehind(
  lb: LoadBalancer,
  { planned, execution, after, live }: Aftermath,
): Problem | undefined {
  const uid = lb.metadata.uid ?? "";
  const isOwn = ({ ours, members }: ObservedResource): boolean => {
    if (!ours || live.size === 0) return ours;
    if (members === undefined) return !execution.complete;
    return members.includes(uid) && !members.some((member) => live.has(member));
  };
  const own = after.filter(isOwn);
  if (own.length === 0) return undefined;
  const [failure] = failuresOf(planned, execution);
  if (failure !== undefined) return problemOf(failure.error, isHeld(lb));
  const [first] = own;
  const held = planned.refused.find(({ cloudId }) => own.some((each) => each.cloudId === cloudId));
  const why = held === undefined ? "still exists" : held.because;
  return {
    kind: isHeld(lb) ? "degraded" : "pending",
    reason: "Conflict",
    message: `${first?.kind} "${held?.cloudId ?? first?.cloudId}" ${why}`,
  };
}
