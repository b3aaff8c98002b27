/** What the plan and the work on a stack came to for each of its members. Pure. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { annotations } from "../../api/names.ts";
import { acknowledgementFor } from "../../core/plan/plan.ts";
import type { ObservedResource, Operation, Plan } from "../../core/plan/types.ts";
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
  if (planned.held.some((each) => concerns(each.operation))) {
    const id = acknowledgementFor(planned, uid);
    problems.push({
      kind,
      reason: "ReplacementNotAcknowledged",
      message: `a change needs a new load balancer, which may have another address; to go on, set ${annotations.acknowledgeReplacement}: ${id}`,
    });
  }
  const failed = (operation: Operation) => {
    const result = execution?.results.get(operation.key);
    return result?.ended === "failed" && concerns(operation) ? [problemOf(result.error, isHeld(lb))] : [];
  };
  return [...problems, ...planned.operations.flatMap(failed)];
}
