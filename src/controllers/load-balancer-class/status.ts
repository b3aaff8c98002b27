/** What the status of a LoadBalancerClass should say. Pure. */
import type { LoadBalancerClass, LoadBalancerClassStatus } from "../../api/load-balancer-class.ts";
import { aliasOwner, defaultOwner } from "../../core/claim.ts";
import type { ClassInForce } from "../../core/class-in-force.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { ConditionUpdate } from "../../runtime/patch/conditions.ts";
import type { Classes } from "../classes.ts";
import { withConditions } from "../own-status.ts";

/** `users`: how many LoadBalancers are of this class. */
export function classStatus(
  cls: LoadBalancerClass,
  users: number,
  classes: Classes,
  nowMs: number,
): LoadBalancerClassStatus {
  const known = classes.get(cls.metadata.name ?? "");
  if (known === undefined) return cls.status ?? {};
  const observedGeneration = cls.metadata.generation ?? 0;
  const accepted: ConditionUpdate = {
    type: "Accepted",
    observedGeneration,
    ...acceptance(cls, known.force),
  };
  const flaw = flawOf(cls, users, classes);
  const degraded: ConditionUpdate =
    flaw === undefined
      ? { type: "Degraded", status: "False", reason: "AsExpected", message: "", observedGeneration }
      : { type: "Degraded", status: "True", ...flaw, observedGeneration };
  return {
    ...cls.status,
    observedGeneration,
    conditions: withConditions(cls.status?.conditions, [accepted, degraded], nowMs),
    loadBalancers: users,
    ...(known.force.state === "accepted" ? { acceptedSpec: { ...known.force.spec } } : {}),
  };
}

function flawOf(cls: LoadBalancerClass, users: number, classes: Classes): Finding | undefined {
  const name = cls.metadata.name ?? "";
  if (cls.metadata.deletionTimestamp !== undefined && users > 0) {
    return {
      reason: "InUse",
      message: `deleted, but ${users === 1 ? "1 load balancer uses" : `${users} load balancers use`} it; it serves them until the last has gone, and goes then`,
    };
  }
  const claimable = classes.claimable();
  for (const alias of cls.spec.aliases ?? []) {
    const owner = aliasOwner(alias, claimable);
    if (owner !== undefined && owner !== name) {
      return {
        reason: "AliasConflict",
        message: `the alias "${alias}" belongs to the older class "${owner}"; remove it from one of them`,
      };
    }
  }
  const owner = defaultOwner(claimable);
  if (cls.spec.default && owner !== undefined && owner !== name) {
    return {
      reason: "DefaultClassConflict",
      message: `the older class "${owner}" is the default; set spec.default: false on one of them`,
    };
  }
  return undefined;
}

function acceptance(
  cls: LoadBalancerClass,
  force: ClassInForce,
): Pick<ConditionUpdate, "status" | "reason" | "message"> {
  switch (force.state) {
    case "external":
      return {
        status: "Unknown",
        reason: "ExternalController",
        message: `no provider "${cls.spec.provider}" runs in this controller: load balancers of this class are left to the controller that provides it`,
      };
    case "refused":
      return { status: "False", ...force.refusal };
    case "accepted":
      if (force.refusal === undefined) return { status: "True", reason: "Accepted", message: "" };
      return {
        status: "False",
        reason: force.refusal.reason,
        message: `${force.refusal.message}; what was accepted before stays in force`,
      };
    default:
      return force satisfies never;
  }
}
