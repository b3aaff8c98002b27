/** What the desire is made from: objects as the API server has them, in the parts that count. */

import type { Announcer } from "../../api/announcer.ts";
import type { BGPAdvertisement } from "../../api/bgp-advertisement.ts";
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import type { EndpointSlice, Node } from "../../api/kubernetes.ts";
import type { L2Advertisement } from "../../api/l2-advertisement.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";

export interface ClusterObjects {
  readonly loadBalancers: readonly LoadBalancer[];
  readonly classes: readonly LoadBalancerClass[];
  readonly pools: readonly IPAddressPool[];
  readonly l2Advertisements: readonly L2Advertisement[];
  readonly bgpAdvertisements: readonly BGPAdvertisement[];
  readonly nodes: readonly Node[];
  readonly announcers: readonly Announcer[];
  /** Labels of the Service of that key (`namespace/name`). Asked for only where an advertisement selects by them. */
  serviceLabels(key: string): Readonly<Record<string, string>> | undefined;
  /** The EndpointSlices of the Service of that key. Asked for only where they count. */
  endpointSlices(key: string): readonly EndpointSlice[];
}

export interface NodeRules {
  /** Announce also from nodes that have the label `node.kubernetes.io/exclude-from-external-load-balancers`. */
  readonly ignoreExcludeLabel: boolean;
  /** Keys of taints by which a node is known to be about to go. */
  readonly drainTaints: readonly string[];
}
