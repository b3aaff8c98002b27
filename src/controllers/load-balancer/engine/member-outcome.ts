/** What the plan and the work on a stack came to for each of its members. Pure. */
import type { LoadBalancer, LoadBalancerStatus } from "../../../api/load-balancer.ts";
import { annotations } from "../../../api/names.ts";
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import { acknowledgementFor } from "../../../core/plan/plan.ts";
import type { ObservedResource, Plan } from "../../../core/plan/types.ts";
import type { Desired, GraphProvider, Member, Outcome, Problem } from "../../../providers/provider.ts";
import type { Execution } from "../execute.ts";
import { problemOf } from "../failure.ts";
import { isHeld } from "../judge.ts";
import { recordedOutcome } from "../serving.ts";
import { recordedIds } from "./contested.ts";

/** What is recorded of a member of a stack, besides what every load balancer has. */
export interface MemberOutcome extends Outcome {
  /** Of what was applied in full; undefined while something is left to do. */
  readonly appliedHash?: string | undefined;
  readonly stack?: string | undefined;
  /** Undefined: as recorded. */
  readonly formerStacks?: readonly string[] | undefined;
  readonly leads?: boolean | undefined;
  readonly drift?: LoadBalancerStatus["drift"];
  readonly released?: boolean | undefined;
}

/** As it stands in status. */
export function recordedMemberOutcome(lb: LoadBalancer): MemberOutcome {
  const { appliedHash, stack, leads, drift, released } = lb.status ?? {};
  return { ...recordedOutcome(lb), appliedHash, stack, leads, drift, released };
}

/** What one member has, from what was observed after the work. `retryAfterMs`: the cloud is still at it. */
export function outcomeOf(
  provider: GraphProvider,
  lb: LoadBalancer,
  member: Member,
  observed: readonly ObservedResource[],
  problems: readonly Problem[],
): MemberOutcome {
  const result = provider.result(member, observed);
  const { addresses: found, retryAfterMs } = result;
  const recorded = recordedOutcome(lb);
  // An address leaves status on release alone: while the cloud does not show it, it is told as a flaw.
  const addresses = found.length > 0 ? found : recorded.addresses;
  const resources = observed
    .filter((resource) => isOwn(resource, lb, member))
    .map(({ kind, cloudId }) => ({ kind, id: cloudId }));
  const asked = member.lb.spec.ports.map(({ port, protocol }) => ({ port, protocol }));
  const inForce = found.length > 0 ? (result.ports ?? asked) : recorded.ports;
  const ports = addresses.length > 0 ? inForce : [];
  const told = result.problems ?? [];
  return {
    addresses,
    ports,
    resources,
    problems: [...problems, ...told],
    ...(retryAfterMs && { retryAfterMs }),
  };
}

/** What lost its mark is its own as long as it exists: else another one would be made. What is named for adoption is taken over again. */
function isOwn(
  { ours, cloudId, members }: ObservedResource,
  lb: LoadBalancer,
  { lb: { spec } }: Member,
): boolean {
  if (ours) return members?.includes(lb.metadata.uid ?? "") !== false;
  return recordedIds([lb]).includes(cloudId) && spec.adopt !== cloudId;
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
  for (const { kind: what, cloudId, because, adoption } of planned.refused.filter(concerns)) {
    const message = adoption
      ? `${what} "${cloudId}" is not adopted, for it ${because}`
      : `${what} "${cloudId}" is in the way and is left as it is, for it ${because}`;
    problems.push({ kind, reason: adoption ? "AdoptionRefused" : "Conflict", message });
  }
  const id = acknowledgementFor(planned, uid);
  if (id !== "" && planned.held.some((each) => concerns(each.operation))) {
    const made = planned.held.map(({ operation }) => operation).filter(concerns);
    const why = made.find(({ acknowledge, do: what }) => acknowledge !== undefined && what === "create");
    const what = why === undefined ? "" : ` (${why.id} ${why.because})`;
    problems.push({
      kind,
      reason: "ReplacementNotAcknowledged",
      message: `a change needs a new load balancer, which may have another address${what}; fairlead plan shows all that is done then; to go on, set ${annotations.acknowledgeReplacement}: ${id}`,
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

/** What single operations failed of. */
export function errorsOf(execution: Execution): unknown[] {
  return [...execution.results.values()].flatMap((result) =>
    result.ended === "failed" || result.ended === "stopped" ? [result.error] : [],
  );
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
 * use is not its own, nor what the class wants kept. Where a resource is not marked with its members, an incomplete execution leaves in doubt whether it was freed.
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
  const kept = new Set(
    planned.held.flatMap(({ operation, waitsFor }) =>
      waitsFor === "Deletion" && operation.do === "delete" ? [operation.cloudId] : [],
    ),
  );
  const own = after.filter((resource) => isOwn(resource) && !kept.has(resource.cloudId));
  if (own.length === 0) return undefined;
  const [failure] = failuresOf(planned, execution);
  if (failure !== undefined) return problemOf(failure.error, isHeld(lb));
  const [first] = own;
  const held = planned.refused.find(({ cloudId }) => own.some((each) => each.cloudId === cloudId));
  const why = held === undefined ? "still exists" : held.because;
  return {
    kind: isHeld(lb) ? "degraded" : "pending",
    reason: "Conflict",
    message: `${held?.kind ?? first?.kind} "${held?.cloudId ?? first?.cloudId}" ${why}`,
  };
}
