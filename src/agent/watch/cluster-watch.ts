/** Watches what announcing is decided by: a few kinds always, Services and EndpointSlices only where they count. */
import { announcers } from "../../api/announcer.ts";
import { type BFDProfile, bfdProfiles } from "../../api/bfd-profile.ts";
import { bgpAdvertisements } from "../../api/bgp-advertisement.ts";
import { bgpPeers } from "../../api/bgp-peer.ts";
import { type Community, communities } from "../../api/community.ts";
import { ipAddressPools } from "../../api/ip-address-pool.ts";
import { nodes, type Service, services } from "../../api/kubernetes.ts";
import { l2Advertisements } from "../../api/l2-advertisement.ts";
import { loadBalancers } from "../../api/load-balancer.ts";
import { loadBalancerClasses } from "../../api/load-balancer-class.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { Cache } from "../../runtime/cache/cache.ts";
import type { Informer } from "../../runtime/cache/informer.ts";
import type { BgpInput } from "../bgp/input.ts";
import type { Needs } from "../desire/needs.ts";
import type { ClusterObjects } from "../desire/objects.ts";
import type { EndpointWatch } from "./endpoint-watch.ts";
import {
  saysTheSame,
  stripAnnouncer,
  stripClass,
  stripJudged,
  stripLoadBalancer,
  stripNode,
  stripService,
} from "./strip.ts";

export interface ClusterWatch {
  readonly informers: ReturnType<typeof informersOf>;
  /** As they are now. */
  objects(): ClusterObjects;
  ofBgp(): Pick<BgpInput, "peers" | "profiles" | "communities">;
  /** From now on also what is needed in addition. Services are never let go of again. */
  need(needs: Needs): void;
  /** Whether all that is needed in addition has been read once. */
  readonly isComplete: boolean;
  /** Resolves when all that is needed now has been read once. */
  whenComplete(): Promise<void>;
}

export interface ClusterWatchOptions {
  readonly cache: Cache;
  readonly endpoints: EndpointWatch;
  /** Something that counts has changed. */
  readonly changed: () => void;
}

/** Informers are asked for at once, and run with the cache. */
export function createClusterWatch({ cache, endpoints, changed }: ClusterWatchOptions): ClusterWatch {
  const informers = informersOf(cache);
  let labels: Informer<Service> | undefined;
  /** What BGPPeers refer to: not looked at where there are none. */
  let ofPeers: { profiles: Informer<BFDProfile>; communities: Informer<Community> } | undefined;
  const more = <T extends KubeObject>(informer: Informer<T>): Informer<T> => {
    listen(informer);
    void informer.whenSynced.then(changed);
    return informer;
  };
  const additional = (): readonly Pick<Informer<KubeObject>, "hasSynced" | "whenSynced">[] => [
    ...(labels === undefined ? [] : [labels]),
    ...(ofPeers === undefined ? [] : [ofPeers.profiles, ofPeers.communities]),
  ];
  const listen = <T extends KubeObject>(informer: Informer<T>) => {
    informer.on({
      add: changed,
      update: (before, after) => {
        if (!saysTheSame(before, after)) changed();
      },
      delete: changed,
    });
  };
  for (const informer of Object.values(informers)) listen(informer as unknown as Informer<KubeObject>);
  return {
    informers,
    need(needs) {
      endpoints.want(needs.endpoints);
      if (needs.serviceLabels)
        labels ??= more(cache.informer(services, { metadataOnly: true, strip: stripService }));
      if (informers.peers.size > 0)
        ofPeers ??= {
          profiles: more(cache.informer(bfdProfiles, { strip: stripJudged })),
          communities: more(cache.informer(communities, { strip: stripJudged })),
        };
    },
    get isComplete() {
      return endpoints.isComplete && additional().every(({ hasSynced }) => hasSynced);
    },
    async whenComplete() {
      await Promise.all([endpoints.whenComplete(), ...additional().map(({ whenSynced }) => whenSynced)]);
    },
    ofBgp: () => ({
      peers: informers.peers.list(),
      profiles: ofPeers?.profiles.list() ?? [],
      communities: ofPeers?.communities.list() ?? [],
    }),
    objects: () => ({
      loadBalancers: informers.loadBalancers.list(),
      classes: informers.classes.list(),
      pools: informers.pools.list(),
      l2Advertisements: informers.l2Advertisements.list(),
      bgpAdvertisements: informers.bgpAdvertisements.list(),
      nodes: informers.nodes.list(),
      announcers: informers.announcers.list(),
      serviceLabels(key) {
        const service = labels?.get(key);
        return service === undefined ? undefined : (service.metadata.labels ?? {});
      },
      endpointSlices: endpoints.slices,
    }),
  };
}

function informersOf(cache: Cache) {
  return {
    loadBalancers: cache.informer(loadBalancers, { strip: stripLoadBalancer }),
    classes: cache.informer(loadBalancerClasses, { strip: stripClass }),
    pools: cache.informer(ipAddressPools, { strip: stripJudged }),
    l2Advertisements: cache.informer(l2Advertisements, { strip: stripJudged }),
    bgpAdvertisements: cache.informer(bgpAdvertisements, { strip: stripJudged }),
    peers: cache.informer(bgpPeers, { strip: stripJudged }),
    nodes: cache.informer(nodes, { strip: stripNode }),
    announcers: cache.informer(announcers, { strip: stripAnnouncer }),
  };
}
