/** What the reconcilers share: the client, the cache, the clock, and who to tell. */
import type { IPAddressPool } from "../api/ip-address-pool.ts";
import type { Namespace, Service } from "../api/kubernetes.ts";
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
/** LoadBalancers by namespace. */
export const BY_NAMESPACE = "namespace";
