/** Tells of each IPAddressPool whether it is in force and how much of it is used. */
import type { IPAddressPoolStatus } from "../../api/ip-address-pool.ts";
import type { BareMetalProvider, PoolState } from "../../providers/bare-metal/index.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import type { ConditionUpdate } from "../../runtime/patch/conditions.ts";
import type { Dependencies } from "../dependencies.ts";
import { withConditions, writeOwnStatus } from "../own-status.ts";

export function createPoolReconciler(
  deps: Dependencies,
  provider: Pick<BareMetalProvider, "pool">,
): (name: string, context: ReconcileContext) => Promise<void> {
  const { client, informers, clock } = deps;

  return async (name, { signal }) => {
    const pool = informers.pools.get(name);
    const state = provider.pool(name);
    if (pool === undefined || state === undefined) return;
    const observedGeneration = pool.metadata.generation ?? 0;
    const { verdict } = state;
    const accepted: ConditionUpdate = {
      type: "Accepted",
      observedGeneration,
      ...(verdict.accepted
        ? { status: "True" as const, reason: "Accepted", message: "" }
        : { status: "False" as const, reason: verdict.problem.reason, message: refusalText(state) }),
    };
    const status: IPAddressPoolStatus = {
      ...pool.status,
      observedGeneration,
      conditions: withConditions(pool.status?.conditions, [accepted], clock.now()),
      ...countsOf(state),
      ...(verdict.accepted ? { acceptedSpec: { ...pool.spec } } : {}),
    };
    await writeOwnStatus({ client, informer: informers.pools, object: pool, status, signal });
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
