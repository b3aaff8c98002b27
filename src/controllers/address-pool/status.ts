/** What the status of an IPAddressPool should say. Pure. */
import type { IPAddressPool, IPAddressPoolStatus } from "../../api/ip-address-pool.ts";
import type { NodeAddresses } from "../../core/allocator/node-book.ts";
import { nodesText } from "../../core/allocator/wording.ts";
import { formatAddress } from "../../core/ip/address.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { PoolState } from "../../providers/bare-metal/index.ts";
import type { ConditionUpdate } from "../../runtime/patch/conditions.ts";
import { withConditions } from "../own-status.ts";

/** `isSelected`: whether an advertisement in force selects it; `undefined`: that is not known, and nothing is said of it. */
export function poolStatus(
  pool: IPAddressPool,
  state: PoolState,
  { isSelected, nowMs }: { readonly isSelected: boolean | undefined; readonly nowMs: number },
): IPAddressPoolStatus {
  const observedGeneration = pool.metadata.generation ?? 0;
  const { verdict } = state;
  const accepted: ConditionUpdate = {
    type: "Accepted",
    observedGeneration,
    ...(verdict.accepted
      ? { status: "True" as const, reason: "Accepted", message: "" }
      : { status: "False" as const, reason: verdict.problem.reason, message: refusalText(state) }),
  };
  const degraded = degradation(pool, state, isSelected);
  const wanted = degraded === undefined ? [accepted] : [accepted, degraded];
  return {
    ...pool.status,
    observedGeneration,
    conditions: withConditions(pool.status?.conditions, wanted, nowMs),
    // Once and for all: nothing begins to be announced because an advertisement was deleted.
    ...(isSelected === true ? { advertised: true } : {}),
    ...countsOf(state),
    ...(verdict.accepted ? { acceptedSpec: { ...pool.spec } } : {}),
  };
}

/** `undefined`: nothing can be said. Of two flaws the one that hurts more gives the reason. */
function degradation(
  pool: IPAddressPool,
  { ofNodes }: PoolState,
  isSelected: boolean | undefined,
): ConditionUpdate | undefined {
  const flaws = [unadvertised(pool, isSelected), nodesInside(ofNodes)].filter((flaw) => flaw !== undefined);
  const [first] = flaws;
  if (first === undefined && isSelected === undefined) return undefined;
  const observedGeneration = pool.metadata.generation ?? 0;
  if (first === undefined) {
    return { type: "Degraded", status: "False", reason: "AsExpected", message: "", observedGeneration };
  }
  const message = flaws.map((flaw) => flaw.message).join("; and ");
  return { type: "Degraded", status: "True", reason: first.reason, message, observedGeneration };
}

/** One that never was advertised is announced as it says itself, or by nobody if it says so. */
function unadvertised(pool: IPAddressPool, isSelected: boolean | undefined): Finding | undefined {
  if (isSelected !== false || pool.status?.advertised !== true) return undefined;
  const message =
    "no advertisement selects it any more, so that nobody announces its addresses; spec.advertise does not count since one has";
  return { reason: "PoolNotAdvertised", message };
}

function nodesInside(ofNodes: NodeAddresses | undefined): Finding | undefined {
  if (ofNodes === undefined || ofNodes.count === 0n) return undefined;
  const { count, some } = ofNodes;
  const named = some.map(({ address, nodes }) => `${formatAddress(address)} of ${nodesText(nodes)}`);
  const more = count - BigInt(some.length);
  const list = more > 0n ? [...named, `and ${more} more`] : named;
  const message = `it holds own addresses of nodes, which are not given out: ${list.join(", ")}; take them out of spec.addresses`;
  return { reason: "AddressOfNode", message };
}

function refusalText({ verdict }: PoolState): string {
  if (verdict.accepted) return "";
  const tail = verdict.ranges.length > 0 ? "; what was accepted before stays in force" : "";
  return `${verdict.problem.message}${tail}`;
}

/** JSON numbers are exact up to 2^53-1: an IPv6 pool with more is counted as that many. */
function countsOf({
  usage,
}: PoolState): Pick<
  IPAddressPoolStatus,
  "assignedIPv4" | "assignedIPv6" | "availableIPv4" | "availableIPv6"
> {
  const count = (value: bigint | undefined) => Number(value === undefined ? 0n : value < MOST ? value : MOST);
  return {
    assignedIPv4: count(usage?.assignedIPv4),
    assignedIPv6: count(usage?.assignedIPv6),
    availableIPv4: count(usage?.availableIPv4),
    availableIPv6: count(usage?.availableIPv6),
  };
}

const MOST = BigInt(Number.MAX_SAFE_INTEGER);
