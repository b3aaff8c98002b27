/** Which advertisements are for an address, as far as the cluster's objects say. Pure. */
import type { BGPAdvertisement } from "../../api/bgp-advertisement.ts";
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import type { L2Advertisement } from "../../api/l2-advertisement.ts";
import {
  type NodeSelection,
  type PoolSelection,
  type ServiceSelection,
  selectsPool,
  selectsService,
} from "../../core/advertising/selects.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";

export interface AdvertisingInForce {
  readonly pools: ReadonlyMap<string, IPAddressPool>;
  readonly advertisements: readonly NamedAdvertisement[];
}

export interface NamedAdvertisement {
  /** With its kind. */
  readonly title: string;
  readonly spec: PoolSelection & NodeSelection & ServiceSelection;
  readonly protocol: "Layer2" | "BGP";
}

export type Advertised =
  /** Empty selection: by the pool itself, from all nodes. */
  | { readonly how: "advertised"; readonly by: readonly NamedAdvertisement[] }
  /** As the pool says itself. */
  | { readonly how: "left-out" }
  /** Advertisements select the pool, and not the Services, or not all that share the address. */
  | { readonly how: "not-for-service" | "not-for-all"; readonly by: readonly NamedAdvertisement[] }
  | { readonly how: "not-advertised" }
  /** The pool is gone, and nothing names it. */
  | { readonly how: "no-pool" };

export function advertisingInForce(o: {
  readonly pools: readonly IPAddressPool[];
  readonly l2Advertisements: readonly L2Advertisement[];
  readonly bgpAdvertisements: readonly BGPAdvertisement[];
}): AdvertisingInForce {
  const named = <T extends L2Advertisement | BGPAdvertisement>(
    kind: string,
    protocol: NamedAdvertisement["protocol"],
    objects: readonly T[],
  ) =>
    objects.flatMap((object): NamedAdvertisement[] => {
      const spec = specInForce<T["spec"]>(object);
      return spec === undefined ? [] : [{ title: `${kind} ${object.metadata.name ?? ""}`, spec, protocol }];
    });
  return {
    pools: new Map(o.pools.map((pool) => [pool.metadata.name ?? "", pool])),
    advertisements: [
      ...named("L2Advertisement", "Layer2", o.l2Advertisements),
      ...named("BGPAdvertisement", "BGP", o.bgpAdvertisements),
    ].sort((a, b) => (a.title < b.title ? -1 : 1)),
  };
}

type Labels = Readonly<Record<string, string>> | undefined;

/** `sharers`: the labels of each Service that has the address, or of a LoadBalancer that was written by hand. */
export function advertisedBy(
  poolName: string | undefined,
  sharers: readonly Labels[],
  { pools, advertisements }: AdvertisingInForce,
): Advertised {
  const pool = poolName === undefined ? undefined : pools.get(poolName);
  const about = { name: poolName, labels: pool?.metadata.labels };
  const selecting = advertisements.filter(({ spec }) => selectsPool(spec, about));
  if (selecting.length > 0) {
    const some = selecting.filter(({ spec }) => sharers.some((labels) => selectsService(spec, labels)));
    // On layer 2 all who share an address have one neighbour entry, so that selecting some of them selects none.
    const by = some.filter(
      ({ spec, protocol }) => protocol === "BGP" || sharers.every((labels) => selectsService(spec, labels)),
    );
    if (by.length > 0) return { how: "advertised", by };
    return some.length > 0 ? { how: "not-for-all", by: some } : { how: "not-for-service", by: selecting };
  }
  if (pool === undefined) return { how: "no-pool" };
  if (pool.status?.advertised === true) return { how: "not-advertised" };
  const { advertise } = specInForce(pool) ?? pool.spec;
  return advertise === "None" ? { how: "left-out" } : { how: "advertised", by: [] };
}
