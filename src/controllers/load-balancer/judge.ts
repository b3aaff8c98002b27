/** Whether a LoadBalancer is served, by which spec, and what stands against the spec it has now. Pure but for taking room. */
import type { LoadBalancer, LoadBalancerSpec } from "../../api/load-balancer.ts";
import { checkPolicy, type PolicyFacts } from "../../core/policy.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { KnownClass } from "../classes.ts";

export type Judgement =
  /** Somebody else reconciles this class: nothing is written. */
  | { readonly serve: "elsewhere" }
  /** `refusal` tells why the spec of now is not (wholly) what is served, where that is so. */
  | {
      readonly serve: "yes";
      readonly spec: LoadBalancerSpec;
      readonly refusal: Finding | undefined;
      readonly previousInForce: boolean;
    }
  | { readonly serve: "no"; readonly refusal: Finding }
  /** It can't be judged now; what it has, it keeps. */
  | { readonly serve: "keep"; readonly refusal: Finding };

/**
 * What was accepted once is served on, whatever its class's policy became and however its Service was edited since (laws 5 and 11):
 * an address in status is the sign that it was accepted.
 */
export function judge(
  lb: LoadBalancer,
  cls: KnownClass | undefined,
  facts: Pick<PolicyFacts, "namespaceLabels" | "room">,
): Judgement {
  const held = isHeld(lb);
  const { className } = lb.spec;
  if (cls === undefined) {
    const refusal: Finding = {
      reason: "ClassNotFound",
      message: `there is no LoadBalancerClass "${className}"; create it, or let the Service name another class`,
    };
    return { serve: held ? "keep" : "no", refusal };
  }
  if (cls.provider === undefined) return { serve: "elsewhere" };
  if (cls.force.state !== "accepted") {
    const refusal: Finding = {
      reason: "ClassNotAccepted",
      message: `LoadBalancerClass "${className}" is not accepted; see its conditions`,
    };
    return { serve: held ? "keep" : "no", refusal };
  }
  const told = lb.spec.refusal;
  if (told !== undefined) {
    const refusal = { reason: told.reason, message: told.message } as Finding;
    if (!told.previousInForce) return { serve: "no", refusal };
    return { serve: "yes", spec: lb.spec, refusal, previousInForce: true };
  }
  const refusal = checkPolicy(lb, cls.force.spec, { className, ...facts });
  if (refusal === undefined)
    return { serve: "yes", spec: lb.spec, refusal: undefined, previousInForce: false };
  if (!held) return { serve: "no", refusal };
  const accepted = lb.status?.acceptedSpec as LoadBalancerSpec | undefined;
  return { serve: "yes", spec: accepted ?? lb.spec, refusal, previousInForce: accepted !== undefined };
}

/** It has, or had until now, an address of its own. */
export function isHeld(lb: LoadBalancer): boolean {
  return (lb.status?.addresses?.length ?? 0) > 0;
}
