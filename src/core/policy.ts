/** What a class allows: an ordered list of checks on one LoadBalancer, whoever wrote it. Pure. */

import type { LoadBalancer, LoadBalancerSpec } from "../api/load-balancer.ts";
import type { LoadBalancerClassSpec } from "../api/load-balancer-class.ts";
import { globMatches } from "./glob.ts";
import { parseAddress } from "./ip/address.ts";
import { parseRange, rangeContains } from "./ip/range.ts";
import { ruleAllows } from "./namespace-rule.ts";
import { quote } from "./quote.ts";
import { someOf } from "./some-of.ts";
import type { Finding } from "./translate/annotations.ts";

export interface PolicyFacts {
  readonly className: string;
  readonly namespaceLabels: Readonly<Record<string, string>> | undefined;
  /** Whether the maximum counts of the class leave room for this one. Asked last, for the answer may take the room. */
  readonly room: () => Room;
}

export type Room =
  | { readonly free: true }
  | { readonly free: false; readonly limit: string; readonly maximum: number };

type Subject = Pick<LoadBalancer, "metadata" | "spec">;
type Check = (lb: Subject, cls: LoadBalancerClassSpec, facts: PolicyFacts) => Finding | undefined;

/** The checks in the order in which they are asked; the first that refuses gives the reason. */
const CHECKS: readonly Check[] = [handWritten, external, pool, ranges, adoption, counts];

/** The first refusal, or `undefined` where everything is allowed. */
export function checkPolicy(
  lb: Subject,
  cls: LoadBalancerClassSpec,
  facts: PolicyFacts,
): Finding | undefined {
  for (const check of CHECKS) {
    const refusal = check(lb, cls, facts);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/**
 * Refuses what an *edit* asks for anew. What was accepted before under a policy since tightened is not asked again: a
 * tightened policy flags what exists and revokes nothing, and does not get in the way of other edits.
 */
export function checkEdit(
  next: Subject,
  previous: LoadBalancerSpec,
  cls: LoadBalancerClassSpec,
  where: Omit<PolicyFacts, "room">,
): Finding | undefined {
  const facts: PolicyFacts = { ...where, room: () => ({ free: true }) };
  const changed = (field: "scheme" | "pool" | "addresses" | "adopt") =>
    JSON.stringify(next.spec[field]) !== JSON.stringify(previous[field]);
  return (
    (changed("scheme") ? external(next, cls, facts) : undefined) ??
    (changed("pool") ? pool(next, cls, facts) : undefined) ??
    (changed("addresses") ? ranges(next, cls, facts) : undefined) ??
    (changed("adopt") ? adoption(next, cls, facts) : undefined)
  );
}

/** Members with the same scope may share addresses, if their keys are equal too (law 12). */
export function sharingScope(
  namespace: string,
  className: string,
  cls: LoadBalancerClassSpec | undefined,
): string {
  const together = cls?.policy.sharing?.namespaces?.includes(namespace) === true;
  return together ? `class:${className}` : `namespace:${namespace}`;
}

function handWritten(lb: Subject, cls: LoadBalancerClassSpec, facts: PolicyFacts): Finding | undefined {
  if (lb.spec.serviceRef !== undefined) return undefined;
  const rule = cls.policy.handWritten;
  const namespace = lb.metadata.namespace ?? "";
  if (ruleAllows(rule, namespace, facts.namespaceLabels)) return undefined;
  return {
    reason: "HandWrittenNotAllowed",
    message: `class "${facts.className}" takes no LoadBalancer written by hand in namespace "${namespace}"; write a Service, or have spec.policy.handWritten of the class allow it`,
  };
}

function external(lb: Subject, cls: LoadBalancerClassSpec, facts: PolicyFacts): Finding | undefined {
  if (lb.spec.scheme !== "external") return undefined;
  const namespace = lb.metadata.namespace ?? "";
  if (ruleAllows(cls.policy.external, namespace, facts.namespaceLabels)) return undefined;
  return {
    reason: "PublicNotAllowed",
    message: `class "${facts.className}" allows no external load balancer in namespace "${namespace}"; use fairlead.io/scheme: internal (and take external out of fairlead.io/frontends), or have spec.policy.external of the class allow it`,
  };
}

function pool(lb: Subject, cls: LoadBalancerClassSpec, facts: PolicyFacts): Finding | undefined {
  const allowed = cls.policy.pools;
  if (lb.spec.pool === undefined || allowed === undefined || allowed.includes(lb.spec.pool)) return undefined;
  return {
    reason: "PoolNotAllowed",
    message: `class "${facts.className}" does not allow the pool "${lb.spec.pool}"; its spec.policy.pools are ${list(allowed)}`,
  };
}

function ranges(lb: Subject, cls: LoadBalancerClassSpec, facts: PolicyFacts): Finding | undefined {
  const allowed = cls.policy.ranges;
  if (allowed === undefined) return undefined;
  const parsed = allowed.flatMap((text) => {
    const range = parseRange(text);
    return range.ok ? [range.range] : [];
  });
  for (const text of lb.spec.addresses ?? []) {
    const address = parseAddress(text);
    if (!address.ok || parsed.some((range) => rangeContains(range, address.address))) continue;
    return {
      reason: "AddressNotAllowed",
      message: `class "${facts.className}" does not allow the address ${text}; its spec.policy.ranges are ${list(allowed)}`,
    };
  }
  return undefined;
}

function adoption(lb: Subject, cls: LoadBalancerClassSpec, facts: PolicyFacts): Finding | undefined {
  const { adopt } = lb.spec;
  if (adopt === undefined) return undefined;
  const refused = (why: string): Finding => ({
    reason: "AdoptionNotAllowed",
    message: `class "${facts.className}" does not allow ${quote(adopt)} to be adopted: ${why}`,
  });
  const rule = cls.policy.adoption;
  if (rule === undefined) return refused("it has no spec.policy.adoption");
  const namespace = lb.metadata.namespace ?? "";
  if (!ruleAllows(rule.namespaces, namespace, facts.namespaceLabels))
    return refused(`its spec.policy.adoption.namespaces leave namespace "${namespace}" out`);
  if (rule.ids.some((pattern) => globMatches(pattern, adopt))) return undefined;
  return refused(`its spec.policy.adoption.ids are ${list(rule.ids.map(quote))}`);
}

function counts(_lb: Subject, _cls: LoadBalancerClassSpec, facts: PolicyFacts): Finding | undefined {
  const room = facts.room();
  if (room.free) return undefined;
  return {
    reason: "TooManyLoadBalancers",
    message: `class "${facts.className}" has its ${room.limit} of ${room.maximum} load balancers; delete one, or raise the limit`,
  };
}

function list(names: readonly string[]): string {
  return someOf(names, 8);
}
