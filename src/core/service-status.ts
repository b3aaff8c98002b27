/** What the status of a Service should say, from the LoadBalancers that serve it. Pure. */
import { type ConditionType, serviceConditionTypes } from "../api/conditions.ts";
import type { ServiceIngress } from "../api/kubernetes.ts";
import type { LoadBalancer } from "../api/load-balancer.ts";
import type { Condition } from "../api/meta.ts";
import { compareOrder } from "./order.ts";

export interface DesiredServiceStatus {
  readonly ingress: readonly ServiceIngress[];
  /** Under our own types; times are left to the writer. */
  readonly conditions: readonly Omit<Condition, "lastTransitionTime">[];
}

/**
 * The addresses of all frontends, in the order of the frontends, and what their conditions come to: `Programmed` is true when all are;
 * of several that are not, the first one's reason is told. `Degraded` is told only while it is true.
 *
 * The addresses are those in the LoadBalancers' status, where they appear when first programmed and leave on release alone
 * (design §2, step 5): trouble after that shows in conditions, never as a blank status.
 */
export function desiredServiceStatus(lbs: readonly LoadBalancer[]): DesiredServiceStatus {
  const sorted = [...lbs].sort((a, b) => compareOrder(rank(a), rank(b)));
  return {
    ingress: sorted.flatMap((lb) => (lb.status?.addresses ?? []).map(ingressOf)),
    conditions: [programmed(sorted), ...degraded(sorted)],
  };
}

function rank(lb: LoadBalancer): string {
  const place = { default: 0, internal: 1, external: 2 }[lb.spec.frontend ?? "default"];
  return `${place}${lb.metadata.name ?? ""}`;
}

function ingressOf(
  address: NonNullable<NonNullable<LoadBalancer["status"]>["addresses"]>[number],
): ServiceIngress {
  if (address.ip === undefined) return { hostname: address.hostname };
  // The API server fills in VIP beside an ip: sending it makes what we read back equal to what we wrote.
  const both = { ip: address.ip, ipMode: address.ipMode ?? "VIP" };
  return address.hostname === undefined ? both : { ...both, hostname: address.hostname };
}

type Untimed = Omit<Condition, "lastTransitionTime">;

function programmed(lbs: readonly LoadBalancer[]): Untimed {
  const type = serviceConditionTypes.Programmed;
  for (const lb of lbs) {
    const condition = conditionOf(lb, "Programmed");
    if (condition?.status === "True") continue;
    const refused = conditionOf(lb, "Accepted");
    const told = refused?.status === "False" ? refused : condition;
    if (told === undefined) return { type, status: "False", reason: "Pending", message: "not looked at yet" };
    return { type, status: "False", reason: told.reason, message: named(lb, lbs, told.message) };
  }
  return { type, status: "True", reason: "Programmed", message: "" };
}

function degraded(lbs: readonly LoadBalancer[]): Untimed[] {
  for (const lb of lbs) {
    const condition = conditionOf(lb, "Degraded");
    if (condition?.status !== "True") continue;
    return [
      {
        type: serviceConditionTypes.Degraded,
        status: "True",
        reason: condition.reason,
        message: named(lb, lbs, condition.message),
      },
    ];
  }
  return [];
}

function named(lb: LoadBalancer, lbs: readonly LoadBalancer[], message: string): string {
  return lbs.length > 1 ? `${lb.spec.frontend} frontend: ${message}` : message;
}

export function conditionOf(lb: LoadBalancer, type: ConditionType): Condition | undefined {
  return lb.status?.conditions?.find((condition) => condition.type === type);
}
