/** Reads from a cluster what decides who announces the addresses of a Service. What the user may not see is left out. */

import { stripEndpointSlice } from "../../agent/watch/strip.ts";
import { type Announcer, announcers } from "../../api/announcer.ts";
import { type BGPAdvertisement, bgpAdvertisements } from "../../api/bgp-advertisement.ts";
import { type BGPPeer, bgpPeers } from "../../api/bgp-peer.ts";
import {
  type EndpointSlice,
  endpointSlices,
  type Lease,
  leases,
  type Node,
  nodes,
  type Service,
  services,
} from "../../api/kubernetes.ts";
import { type L2Advertisement, l2Advertisements } from "../../api/l2-advertisement.ts";
import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { installation } from "../../api/names.ts";
import { isApiError } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import { listIfAllowed } from "../cluster.ts";

export interface AnnouncingObjects {
  readonly announcers: readonly Announcer[];
  readonly l2Advertisements: readonly L2Advertisement[];
  readonly bgpAdvertisements: readonly BGPAdvertisement[];
  readonly bgpPeers: readonly BGPPeer[];
  /** `undefined`: the user may not list them, and why other nodes do not announce an address is not known. */
  readonly nodes: readonly Node[] | undefined;
  readonly leases: readonly Lease[] | undefined;
  /** All that have one of the addresses, as far as they may be read; those that are explained among them. */
  readonly sharers: readonly LoadBalancer[];
  /** Of the sharers, by `namespace/name`. */
  readonly services: ReadonlyMap<string, Service>;
  /** As the agents keep them, so that the same is made of them. */
  readonly endpointSlices: ReadonlyMap<string, readonly EndpointSlice[]>;
}

/** `undefined`: there are no addresses, or no agent has ever said anything. */
export async function readAnnouncing(
  client: KubeClient,
  lbs: readonly LoadBalancer[],
): Promise<AnnouncingObjects | undefined> {
  const addresses = new Set(lbs.flatMap(addressesOf));
  if (addresses.size === 0) return undefined;
  const agents = await listIfAllowed(client, announcers);
  if (agents === undefined || agents.length === 0) return undefined;
  const [layer2, bgp, peers, machines, renewals, all] = await Promise.all([
    listIfAllowed(client, l2Advertisements),
    listIfAllowed(client, bgpAdvertisements),
    listIfAllowed(client, bgpPeers),
    listIfAllowed(client, nodes),
    listIfAllowed(client, leases, { namespace: installation.namespace }),
    listIfAllowed(client, loadBalancers),
  ]);
  const sharers = (all ?? lbs).filter((lb) => addressesOf(lb).some((address) => addresses.has(address)));
  const owners = await Promise.all(sharers.map((lb) => readOwner(client, lb)));
  const known = owners.filter((owner) => owner !== undefined);
  return {
    announcers: agents,
    l2Advertisements: layer2 ?? [],
    bgpAdvertisements: bgp ?? [],
    bgpPeers: peers ?? [],
    nodes: machines,
    leases: renewals,
    sharers,
    services: new Map(known.map(({ key, service }) => [key, service])),
    endpointSlices: new Map(known.map(({ key, slices }) => [key, slices])),
  };
}

function addressesOf({ status }: LoadBalancer): string[] {
  return (status?.addresses ?? []).flatMap(({ ip }) => ip ?? []);
}

async function readOwner(client: KubeClient, { metadata: { namespace = "" }, spec }: LoadBalancer) {
  const { name } = spec.serviceRef ?? {};
  if (name === undefined) return undefined;
  try {
    const [service, slices] = await Promise.all([
      client.get(services, { namespace, name }, { maxRetries: 1 }),
      listIfAllowed(client, endpointSlices, {
        namespace,
        labelSelector: `kubernetes.io/service-name=${name}`,
      }),
    ]);
    return { key: `${namespace}/${name}`, service, slices: (slices ?? []).map(stripEndpointSlice) };
  } catch (error) {
    if (isApiError(error)) return undefined;
    throw error;
  }
}
