/** The IPAddressPools of a cluster as the allocator takes them: which are in force, and whom they serve. Pure. */
import type { IPAddressPool, IPAddressPoolSpec } from "../../api/ip-address-pool.ts";
import type { Namespace } from "../../api/kubernetes.ts";
import { acceptPools, type PoolVerdict } from "../../core/allocator/accept-pools.ts";
import type { PoolAllocation, PoolConfig } from "../../core/allocator/contract.ts";
import { matchesLabelSelector } from "../../core/label-selector.ts";

export interface PoolsInForce {
  readonly configs: readonly PoolConfig[];
  /** By name of the pool. */
  readonly verdicts: ReadonlyMap<string, PoolVerdict>;
}

/**
 * A pool whose edit is refused (it overlaps another, say) keeps everything that was accepted before, from `status.acceptedSpec`. A pool
 * that is being deleted gives nothing out any more, though what it gave stays with its holders.
 */
export function poolsInForce(
  pools: readonly IPAddressPool[],
  namespaces: readonly Namespace[],
): PoolsInForce {
  const living = pools.filter((pool) => pool.metadata.deletionTimestamp === undefined);
  const verdicts = new Map(acceptPools(living.map(candidate)).map((verdict) => [verdict.name, verdict]));
  const configs = living.flatMap((pool) => {
    const name = pool.metadata.name ?? "";
    const verdict = verdicts.get(name);
    const spec = verdict?.accepted === true ? pool.spec : acceptedSpec(pool);
    if (verdict === undefined || spec === undefined || verdict.ranges.length === 0) return [];
    return [config(name, spec, verdict, namespaces)];
  });
  return { configs, verdicts };
}

function acceptedSpec(pool: IPAddressPool): IPAddressPoolSpec | undefined {
  return pool.status?.acceptedSpec as IPAddressPoolSpec | undefined;
}

function candidate(pool: IPAddressPool) {
  const { name = "", creationTimestamp = "", uid = "" } = pool.metadata;
  return {
    name,
    createdAt: creationTimestamp,
    uid,
    addresses: pool.spec.addresses,
    inForce: acceptedSpec(pool)?.addresses,
  };
}

function config(
  name: string,
  spec: IPAddressPoolSpec,
  verdict: PoolVerdict,
  namespaces: readonly Namespace[],
): PoolConfig {
  return {
    name,
    ranges: verdict.ranges,
    autoAssign: spec.autoAssign,
    avoidBuggyIPs: spec.avoidBuggyIPs,
    priority: spec.serviceAllocation?.priority ?? 0,
    allocation:
      spec.serviceAllocation === undefined ? undefined : allocation(spec.serviceAllocation, namespaces),
  };
}

function allocation(
  rule: NonNullable<IPAddressPoolSpec["serviceAllocation"]>,
  namespaces: readonly Namespace[],
): PoolAllocation {
  const serviceSelectors = rule.serviceSelectors ?? [];
  if (rule.namespaces === undefined && rule.namespaceSelectors === undefined) return { serviceSelectors };
  const selected = namespaces.filter((namespace) =>
    rule.namespaceSelectors?.some((selector) =>
      matchesLabelSelector(selector, namespace.metadata.labels ?? {}),
    ),
  );
  const names = [...(rule.namespaces ?? []), ...selected.map((namespace) => namespace.metadata.name ?? "")];
  return { namespaces: new Set(names), serviceSelectors };
}
