/** What the status of an IPAddressPool should say. Pure. */
import type { IPAddressPool, IPAddressPoolStatus } from "../../api/ip-address-pool.ts";
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
  const wanted = isSelected === undefined ? [accepted] : [accepted, advertisement(pool, isSelected)];
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

/** One that never was advertised is announced as it says itself, or by nobody if it says so. */
function advertisement(pool: IPAddressPool, isSelected: boolean): ConditionUpdate {
  const observedGeneration = pool.metadata.generation ?? 0;
  if (isSelected || pool.status?.advertised !== true) {
    return { type: "Degraded", status: "False", reason: "AsExpected", message: "", observedGeneration };
  }
  const message =
    "no advertisement selects it any more, so that nobody announces its addresses; spec.advertise does not count since one has";
  return { type: "Degraded", status: "True", reason: "PoolNotAdvertised", message, observedGeneration };
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
