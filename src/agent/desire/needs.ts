/** Which Services have to be looked at more closely: all others cost nothing. Pure. */
import { selectsPool } from "../../core/advertising/selects.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import { type GivenAddress, serviceKey } from "./given-addresses.ts";
import type { ClusterObjects } from "./objects.ts";

export interface Needs {
  /** Labels of Services count. */
  readonly serviceLabels: boolean;
  /** The Services whose endpoints count: `namespace/name`. */
  readonly endpoints: ReadonlySet<string>;
}

/**
 * Endpoints count where the policy is Local, for only nodes that have any take traffic then; and where an address is a route of BGP, for a
 * route that leads to nobody is withdrawn.
 */
export function needs(
  given: readonly GivenAddress[],
  objects: Pick<ClusterObjects, "pools" | "l2Advertisements" | "bgpAdvertisements">,
): Needs {
  const routes = objects.bgpAdvertisements.flatMap((each) => specInForce(each) ?? []);
  const segments = objects.l2Advertisements.flatMap((each) => specInForce(each) ?? []);
  const labels = new Map(objects.pools.map(({ metadata }) => [metadata.name, metadata.labels]));
  const isRoute = ({ pool }: GivenAddress) =>
    routes.some((spec) => selectsPool(spec, { name: pool, labels: labels.get(pool) }));
  const endpoints = new Set<string>();
  for (const each of given) {
    const all = isRoute(each);
    for (const sharer of each.sharers) {
      const key = serviceKey(sharer);
      if (key !== undefined && (all || sharer.policy === "Local")) endpoints.add(key);
    }
  }
  const bySelector = [...routes, ...segments].some(
    ({ serviceSelectors = [] }) => serviceSelectors.length > 0,
  );
  return { serviceLabels: bySelector, endpoints };
}
