/** The addresses that are given out on bare metal, each once, with all who have it. Pure. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import { compareText } from "../../core/compare-text.ts";
import { formatAddress, type IPFamily, parseAddress } from "../../core/ip/address.ts";

/** `provider` of the classes whose addresses are announced from nodes. */
const BARE_METAL = "bare-metal";

export interface Sharer {
  readonly namespace: string;
  /** Of the LoadBalancer. */
  readonly name: string;
  /** Undefined for one that was written by hand. */
  readonly service: string | undefined;
  readonly policy: "Cluster" | "Local";
  readonly labels: Readonly<Record<string, string>> | undefined;
}

export interface GivenAddress {
  /** Canonical (RFC 5952). */
  readonly address: string;
  readonly family: IPFamily;
  /** As recorded with the address; it may be gone. Undefined: it is in none. */
  readonly pool: string | undefined;
  /** By namespace and name; at least one. */
  readonly sharers: readonly Sharer[];
}

/** `namespace/name` of the Service, for look-ups. */
export function serviceKey({ namespace, service }: Sharer): string | undefined {
  return service === undefined ? undefined : `${namespace}/${service}`;
}

/** By address. An address that the status of several LoadBalancers has is one that they share; a pool is taken from the first that names one. */
export function givenAddresses(
  loadBalancers: readonly LoadBalancer[],
  classes: readonly LoadBalancerClass[],
): GivenAddress[] {
  const providers = new Map(classes.map(({ metadata, spec }) => [metadata.name, spec.provider]));
  const found = new Map<string, { family: IPFamily; pool: string | undefined; sharers: Sharer[] }>();
  for (const lb of loadBalancers) {
    const provider = providers.get(lb.spec.className);
    if (provider !== undefined && provider !== BARE_METAL) continue;
    for (const { ip, pool } of lb.status?.addresses ?? []) {
      // Only bare metal gives addresses from pools: enough to go on by while a class is missing.
      if (ip === undefined || (provider === undefined && pool === undefined)) continue;
      const parsed = parseAddress(ip);
      if (!parsed.ok) continue;
      const address = formatAddress(parsed.address);
      const entry = found.get(address) ?? { family: parsed.address.family, pool: undefined, sharers: [] };
      entry.pool = smaller(entry.pool, pool);
      entry.sharers.push(sharerOf(lb));
      found.set(address, entry);
    }
  }
  return [...found]
    .map(([address, { family, pool, sharers }]) => ({
      address,
      family,
      pool,
      sharers: sharers.sort((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name)),
    }))
    .sort((a, b) => compareText(a.address, b.address));
}

/** Every agent has to come to the same, whatever the order of the objects. */
function smaller(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function sharerOf({ metadata, spec }: LoadBalancer): Sharer {
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name ?? "",
    service: spec.serviceRef?.name,
    policy: spec.externalTrafficPolicy ?? "Cluster",
    labels: metadata.labels,
  };
}
