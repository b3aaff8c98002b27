/** The sentences of the allocator that take more than a line to say. */

import type { IPFamily } from "../ip/address.ts";
import { someOf } from "../some-of.ts";
import type { AllocationRequest, PendingReason, PoolConfig, Problem } from "./contract.ts";
import { allowsPool, serves, slicesOf } from "./pool-book.ts";
import type { View } from "./search.ts";
import { usageOf } from "./usage.ts";

/** More pools than this are counted, not named. */
const mostPoolsNamed = 8;

export function nameOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

/** More nodes than this are counted, not named. */
const mostNodesNamed = 3;

/** `node "a"`, or several. */
export function nodesText(nodes: readonly string[]): string {
  const quoted = nodes.map((node) => `"${node}"`);
  return `${nodes.length === 1 ? "node" : "nodes"} ${someOf(quoted, mostNodesNamed)}`;
}

/** Why automatic choice came back with nothing: each pool with its reason, and what to do. */
export function explainNoAddress(
  view: View,
  request: AllocationRequest,
  family: IPFamily,
): Problem<PendingReason> {
  const pools =
    request.pool === undefined ? view.book.pools : [view.book.get(request.pool)].filter((p) => !!p);
  if (pools.length === 0) {
    return { reason: "NoPools", message: "There is no accepted IPAddressPool; create one" };
  }
  const verdicts = pools.map((pool) => verdictOn(view, request, family, pool));
  // The pool that came closest to serving gives the reason.
  const { reason, remedy } =
    closest.find((step) => verdicts.some((verdict) => verdict.stage === step.stage)) ?? last;
  const named = verdicts.slice(0, mostPoolsNamed).map((verdict) => verdict.text);
  const more = verdicts.length - named.length;
  const list = more > 0 ? [...named, `and ${more} more`] : named;
  return { reason, message: `No ${family} address for ${nameOf(request)}: ${list.join("; ")}. ${remedy}` };
}

type Stage = "full" | "range" | "family" | "policy" | "manual" | "other";

const last = { stage: "other", reason: "NoPools", remedy: "Create a pool that serves it" } as const;
const closest: readonly { readonly stage: Stage; readonly reason: PendingReason; readonly remedy: string }[] =
  [
    { stage: "full", reason: "PoolExhausted", remedy: "Enlarge a pool, or free an address" },
    { stage: "range", reason: "AddressNotAllowed", remedy: "Have the policy of the class allow more ranges" },
    { stage: "family", reason: "FamilyUnavailable", remedy: "Add a range of that family to a pool" },
    { stage: "policy", reason: "PoolNotAllowed", remedy: "Have the policy of the class allow a pool" },
    { stage: "manual", reason: "NoPools", remedy: "Ask for a pool by name, or set autoAssign on one" },
    last,
  ];

function verdictOn(
  view: View,
  request: AllocationRequest,
  family: IPFamily,
  pool: PoolConfig,
): { readonly stage: Stage; readonly text: string } {
  const name = `pool "${pool.name}"`;
  if (!serves(pool, request)) return { stage: "other", text: `${name} is for others` };
  if (!pool.autoAssign && request.pool === undefined)
    return { stage: "manual", text: `${name} has autoAssign off` };
  if (!allowsPool(request.limits, pool.name))
    return { stage: "policy", text: `${name} is not allowed by the class` };
  if (!pool.ranges.some((range) => range.family === family))
    return { stage: "family", text: `${name} has no ${family}` };
  if (slicesOf(pool, family, request.limits).length === 0) {
    return { stage: "range", text: `${name} has no range that the class allows` };
  }
  const usage = usageOf(view, pool);
  const assigned = family === "IPv4" ? usage.assignedIPv4 : usage.assignedIPv6;
  const ranges = pool.ranges.filter((range) => range.family === family);
  const { count } = view.nodes.in(ranges, 0);
  const ofNodes = count > 0n ? `, ${count} of nodes` : "";
  return { stage: "full", text: `${name} has none left (${assigned} in use${ofNodes})` };
}
