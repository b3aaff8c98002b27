/** Objects in memory behind the informers that the controllers read: a cluster that nobody else changes. */
import { announcers } from "../../api/announcer.ts";
import { type BFDProfile, bfdProfiles } from "../../api/bfd-profile.ts";
import { type BGPAdvertisement, bgpAdvertisements } from "../../api/bgp-advertisement.ts";
import { type BGPPeer, bgpPeers } from "../../api/bgp-peer.ts";
import { type Community, communities } from "../../api/community.ts";
import { type IPAddressPool, ipAddressPools } from "../../api/ip-address-pool.ts";
import {
  type EndpointSlice,
  type Namespace,
  type Node,
  namespaces,
  nodes,
  type Service,
  services,
} from "../../api/kubernetes.ts";
import { type L2Advertisement, l2Advertisements } from "../../api/l2-advertisement.ts";
import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { type LoadBalancerClass, loadBalancerClasses } from "../../api/load-balancer-class.ts";
import type { KubeObject, Resource } from "../../api/meta.ts";
import { allNamespaces, LocalInformer } from "../../runtime/cache/informer.ts";
import { keyOf } from "../../runtime/cache/key.ts";
import { silentLogger } from "../../runtime/logger.ts";
import type { Informers } from "../dependencies.ts";
import { addIndexes } from "../indexes.ts";

export interface Objects {
  readonly services: readonly Service[];
  readonly namespaces: readonly Namespace[];
  readonly classes: readonly LoadBalancerClass[];
  readonly pools: readonly IPAddressPool[];
  readonly loadBalancers: readonly LoadBalancer[];
  /** For providers that follow them, and so that no address of theirs is given out. */
  readonly nodes?: readonly Node[] | undefined;
  readonly endpointSlices?: readonly EndpointSlice[] | undefined;
  /** What says how and where addresses are announced: nothing that is planned depends on it. */
  readonly l2Advertisements?: readonly L2Advertisement[] | undefined;
  readonly bgpAdvertisements?: readonly BGPAdvertisement[] | undefined;
  readonly bgpPeers?: readonly BGPPeer[] | undefined;
  readonly bfdProfiles?: readonly BFDProfile[] | undefined;
  readonly communities?: readonly Community[] | undefined;
}

export interface ObjectStore {
  readonly informers: Informers;
  put(lb: LoadBalancer): void;
  remove(lb: LoadBalancer): void;
  putService(service: Service): void;
  removeService(service: Service): void;
}

export function objectStore(objects: Objects): ObjectStore {
  const informers = {
    services: filled(services, objects.services),
    loadBalancers: filled(loadBalancers, objects.loadBalancers),
    classes: filled(loadBalancerClasses, objects.classes),
    pools: filled(ipAddressPools, objects.pools),
    namespaces: filled(namespaces, objects.namespaces),
    l2Advertisements: filled(l2Advertisements, objects.l2Advertisements ?? []),
    bgpAdvertisements: filled(bgpAdvertisements, objects.bgpAdvertisements ?? []),
    bgpPeers: filled(bgpPeers, objects.bgpPeers ?? []),
    bfdProfiles: filled(bfdProfiles, objects.bfdProfiles ?? []),
    communities: filled(communities, objects.communities ?? []),
    announcers: filled(announcers, []),
    nodes: filled(nodes, objects.nodes ?? []),
  } satisfies Informers;
  addIndexes(informers);
  const sinks = {
    lbs: informers.loadBalancers.sink(allNamespaces),
    services: informers.services.sink(allNamespaces),
  };
  let version = 1;
  const versioned = <T extends KubeObject>(object: T): T => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  };
  return {
    informers,
    put: (lb) => sinks.lbs.apply("ADDED", versioned(lb)),
    remove: (lb) => sinks.lbs.apply("DELETED", versioned(lb)),
    putService: (service) => sinks.services.apply("ADDED", versioned(service)),
    removeService: (service) => sinks.services.apply("DELETED", versioned(service)),
  };
}

function filled<T extends KubeObject>(resource: Resource<T>, objects: readonly T[]): LocalInformer<T> {
  const informer = new LocalInformer<T>(
    resource,
    {
      namespaces: undefined,
      strip: (object) => object,
      metadataOnly: false,
      selective: false,
    },
    { logger: silentLogger },
  );
  const versioned = objects.map(
    (object): T => ({ ...object, metadata: { ...object.metadata, resourceVersion: "1" } }),
  );
  informer.sink(allNamespaces).replace(new Map(versioned.map((object) => [keyOf(object), object])), "1");
  return informer;
}
