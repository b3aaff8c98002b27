/** What the status of an IPAddressPool should say. Pure. */
import type { IPAddressPool, IPAddressPoolStatus } from "../../api/ip-address-pool.ts";
import type { PoolState } from "../../providers/bare-metal/index.ts";
import type { ConditionUpdate } from "../../runtime/patch/conditions.ts";
import { withConditions } from "../own-status.ts";

export function poolStatus(pool: IPAddressPool, state: PoolState, nowMs: number): IPAddressPoolStatus {
  const observedGeneration = pool.metadata.generation ?? 0;
  const { verdict } = state;
  const accepted: ConditionUpdate = {
    type: "Accepted",
    observedGeneration,
    ...(verdict.accepted
      ? { status: "True" as const, reason: "Accepted", message: "" }
      : { status: "False" as const, reason: verdict.problem.reason, message: refusalText(state) }),
  };
  return {
    ...pool.status,
    observedGeneration,
    conditions: withConditions(pool.status?.conditions, [accepted], nowMs),
    ...countsOf(state),
    ...(verdict.accepted ? { acceptedSpec: { ...pool.spec } } : {}),
  };
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
