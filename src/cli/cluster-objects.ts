/** Reads from a cluster all that the controller decides by. */

import { ipAddressPools } from "../api/ip-address-pool.ts";
import { endpointSlices, namespaces, nodes, services } from "../api/kubernetes.ts";
import { loadBalancers } from "../api/load-balancer.ts";
import { loadBalancerClasses } from "../api/load-balancer-class.ts";
import type { Objects } from "../controllers/offline/plan-objects.ts";
import type { Provider } from "../providers/provider.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import { listAll } from "./cluster.ts";
import { UserError } from "./user-error.ts";

export interface ClusterObjects {
  readonly objects: Objects;
  /** UID of the namespace kube-system: the first half of every ownership mark. */
  readonly clusterUid: string;
}

/** @throws UserError where the user may not look: to leave something out would make what is decided wrong. */
export async function objectsOfCluster(
  client: KubeClient,
  providers: readonly Provider[],
): Promise<ClusterObjects> {
  const classes = await listAll(client, loadBalancerClasses);
  const watched = new Set<"nodes" | "endpointslices">(
    classes.flatMap(({ spec }) => providers.find(({ name }) => name === spec.provider)?.watches ?? []),
  );
  const [some, lbs, pools, spaces, machines, slices] = await Promise.all([
    listAll(client, services),
    listAll(client, loadBalancers),
    listAll(client, ipAddressPools),
    listAll(client, namespaces),
    watched.has("nodes") ? listAll(client, nodes) : [],
    watched.has("endpointslices") ? listAll(client, endpointSlices) : [],
  ]);
  const clusterUid = clusterUidIn({ namespaces: spaces });
  if (clusterUid === undefined) throw new UserError("The cluster has no namespace kube-system to know it by");
  const objects: Objects = {
    services: some,
    loadBalancers: lbs,
    classes,
    pools,
    namespaces: spaces,
    nodes: machines,
    endpointSlices: slices,
  };
  return { objects, clusterUid };
}

/** Undefined where the namespace kube-system is not among them, or has no UID. */
export function clusterUidIn({ namespaces: all }: Pick<Objects, "namespaces">): string | undefined {
  return all.find(({ metadata }) => metadata.name === "kube-system")?.metadata.uid;
}
