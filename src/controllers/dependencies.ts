/** What the reconcilers share: the client, the cache, the clock, and who to tell. */
import type { Announcer } from "../api/announcer.ts";
import type { BFDProfile } from "../api/bfd-profile.ts";
import type { BGPAdvertisement } from "../api/bgp-advertisement.ts";
import type { BGPPeer } from "../api/bgp-peer.ts";
import type { Community } from "../api/community.ts";
import type { IPAddressPool } from "../api/ip-address-pool.ts";
import type { Namespace, Node, Service } from "../api/kubernetes.ts";
import type { L2Advertisement } from "../api/l2-advertisement.ts";
import type { LoadBalancer } from "../api/load-balancer.ts";
import type { LoadBalancerClass } from "../api/load-balancer-class.ts";
import type { Informer } from "../runtime/cache/informer.ts";
import type { Clock } from "../runtime/clock.ts";
import type { EventRecorder } from "../runtime/events/recorder.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Classes } from "./classes.ts";

export interface Informers {
  readonly services: Informer<Service>;
  readonly loadBalancers: Informer<LoadBalancer>;
  readonly classes: Informer<LoadBalancerClass>;
  readonly pools: Informer<IPAddressPool>;
  readonly namespaces: Informer<Namespace>;
  readonly l2Advertisements: Informer<L2Advertisement>;
  readonly bgpAdvertisements: Informer<BGPAdvertisement>;
  readonly bgpPeers: Informer<BGPPeer>;
  readonly bfdProfiles: Informer<BFDProfile>;
  readonly communities: Informer<Community>;
  readonly announcers: Informer<Announcer>;
  /** Only where a direct provider reads them. */
  readonly nodes?: Informer<Node> | undefined;
}

export interface Dependencies {
  /** Guarded by the lease: it sends nothing after the lease may have passed to another. */
  readonly client: KubeClient;
  /** Throws once the lease may have passed to another: called before every request to a cloud. */
  readonly guard: () => void;
  readonly informers: Informers;
  readonly classes: Classes;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** LoadBalancers by `namespace/name` of the Service they were made for. */
export const BY_SERVICE = "service";
/** LoadBalancers by the name of their class. */
export const BY_CLASS = "class";
/** LoadBalancers by the addresses in their status; Announcers by the addresses that they have something to say of. */
export const BY_ADDRESS = "address";
/** LoadBalancers by namespace. */
export const BY_NAMESPACE = "namespace";
