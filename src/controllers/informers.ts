/** The kinds that the controllers follow. EndpointSlices are not among them, and Nodes only where a direct provider reads them: else they are followed once somebody needs them. */
import { announcers } from "../api/announcer.ts";
import { bfdProfiles } from "../api/bfd-profile.ts";
import { bgpAdvertisements } from "../api/bgp-advertisement.ts";
import { bgpPeers } from "../api/bgp-peer.ts";
import { communities } from "../api/community.ts";
import { ipAddressPools } from "../api/ip-address-pool.ts";
import { type Namespace, namespaces, nodes, services } from "../api/kubernetes.ts";
import { l2Advertisements } from "../api/l2-advertisement.ts";
import { loadBalancers } from "../api/load-balancer.ts";
import { loadBalancerClasses } from "../api/load-balancer-class.ts";
import { stripNode } from "../core/backends/strip.ts";
import type { Cache } from "../runtime/cache/cache.ts";
import type { Informers } from "./dependencies.ts";
import { addIndexes } from "./indexes.ts";

/** With the indexes by which they are looked up. `withNodes`: whether a direct provider reads them. */
export function createInformers(
  cache: Pick<Cache, "informer">,
  { withNodes }: { readonly withNodes: boolean },
): Informers {
  const informers: Informers = {
    services: cache.informer(services),
    loadBalancers: cache.informer(loadBalancers),
    classes: cache.informer(loadBalancerClasses),
    pools: cache.informer(ipAddressPools),
    namespaces: cache.informer<Namespace>(namespaces, { metadataOnly: true }),
    l2Advertisements: cache.informer(l2Advertisements),
    bgpAdvertisements: cache.informer(bgpAdvertisements),
    bgpPeers: cache.informer(bgpPeers),
    bfdProfiles: cache.informer(bfdProfiles),
    communities: cache.informer(communities),
    announcers: cache.informer(announcers),
    ...(withNodes ? { nodes: cache.informer(nodes, { strip: stripNode }) } : {}),
  };
  addIndexes(informers);
  return informers;
}
