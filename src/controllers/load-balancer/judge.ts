/** Whether a LoadBalancer is served, by which spec, and what stands against the spec it has now. Pure but for taking room. */
import type { LoadBalancer, LoadBalancerSpec } from "../../api/load-balancer.ts";
import type { LoadBalancerClassSpec } from "../../api/load-balancer-class.ts";
import { checkAbility } from "../../core/ability.ts";
import { checkEdit, checkPolicy, type PolicyFacts } from "../../core/policy.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { Provider } from "../../providers/provider.ts";
import { type KnownClass, refusalOfDeleted } from "../classes.ts";

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
  if (cls.force.state === "external") return { serve: "elsewhere" };
  if (cls.force.state !== "accepted" || cls.provider === undefined) {
    const refusal: Finding = {
      reason: "ClassNotAccepted",
      message: `LoadBalancerClass "${className}" is not accepted; see its conditions`,
    };
    return { serve: held ? "keep" : "no", refusal };
  }
  const late = isTooLate(lb, cls) ? refusalOfDeleted(cls) : undefined;
  if (late !== undefined) return { serve: "no", refusal: late };
  const known: Known = { lb, cls: cls.force.spec, provider: cls.provider, facts: { className, ...facts } };
  return lb.spec.serviceRef === undefined ? judgeHandWritten(known) : judgeOwned(known);
}

/** Written by hand after its class was deleted. For one of a Service that is asked before it is made: it may stand for one that was lost. */
function isTooLate(lb: LoadBalancer, { object }: KnownClass): boolean {
  const { creationTimestamp = "" } = lb.metadata;
  const { deletionTimestamp } = object.metadata;
  if (lb.spec.serviceRef !== undefined || deletionTimestamp === undefined || isBegun(lb)) return false;
  return Date.parse(creationTimestamp) > Date.parse(deletionTimestamp);
}

interface Known {
  readonly lb: LoadBalancer;
  readonly cls: LoadBalancerClassSpec;
  readonly provider: Provider;
  readonly facts: PolicyFacts;
}

/** The settings of one that a Service made were checked when it was translated. */
function judgeOwned({ lb, cls, facts }: Known): Judgement {
  const told = lb.spec.refusal;
  if (told?.previousInForce === false) return { serve: "no", refusal: toldRefusal(told) };
  const policy = told !== undefined && isHeld(lb) ? undefined : checkPolicy(lb, cls, facts);
  // The spec of before a bad edit is no way round the policy for one that was never served.
  if (policy !== undefined && !isHeld(lb)) return { serve: "no", refusal: policy };
  const refusal = told === undefined ? policy : toldRefusal(told);
  return { serve: "yes", spec: lb.spec, refusal, previousInForce: told !== undefined };
}

function toldRefusal(told: NonNullable<LoadBalancerSpec["refusal"]>): Finding {
  return { reason: told.reason, message: told.message } as Finding;
}

/** What a Service's edit is asked in translation, an edit by hand is asked here, against the spec that was accepted last. */
function judgeHandWritten({ lb, cls, provider, facts }: Known): Judgement {
  const accepted = isHeld(lb) ? (lb.status?.acceptedSpec as LoadBalancerSpec | undefined) : undefined;
  const [bad] = lb.spec.settings === undefined ? [] : provider.checkSettings(lb.spec.settings, cls.settings);
  const able = checkAbility(lb.spec, provider);
  const edit = bad ?? able ?? (accepted === undefined ? undefined : checkEdit(lb, accepted, cls, facts));
  if (edit !== undefined) {
    if (accepted === undefined) return { serve: "no", refusal: edit };
    return { serve: "yes", spec: accepted, refusal: edit, previousInForce: true };
  }
  const refusal = checkPolicy(lb, cls, facts);
  if (refusal !== undefined && !isHeld(lb)) return { serve: "no", refusal };
  return { serve: "yes", spec: lb.spec, refusal, previousInForce: false };
}

/** It has, or had until now, an address of its own. */
export function isHeld(lb: LoadBalancer): boolean {
  return (lb.status?.addresses?.length ?? 0) > 0;
}

/** Whether anything was made for it outside the cluster, as far as that is recorded. */
export function isBegun({ status }: LoadBalancer): boolean {
  const { addresses = [], resources = [], stack } = status ?? {};
  return addresses.length > 0 || resources.length > 0 || stack !== undefined;
}
