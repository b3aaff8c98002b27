/** Objects of a small cluster on bare metal, for tests of what is to be announced. */

import { givenAddresses } from "../../../../src/agent/desire/given-addresses.ts";
import type { ClusterObjects } from "../../../../src/agent/desire/objects.ts";
import { type DesireInput, desire } from "../../../../src/agent/desire/world.ts";
import type { AnnouncedAddress, Announcer } from "../../../../src/api/announcer.ts";
import type { BGPAdvertisement } from "../../../../src/api/bgp-advertisement.ts";
import type { IPAddressPool } from "../../../../src/api/ip-address-pool.ts";
import type { Endpoint, EndpointSlice, Node } from "../../../../src/api/kubernetes.ts";
import type { L2Advertisement, L2AdvertisementSpec } from "../../../../src/api/l2-advertisement.ts";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import type { LoadBalancerClass } from "../../../../src/api/load-balancer-class.ts";

export interface ClusterInput extends Partial<Omit<ClusterObjects, "serviceLabels" | "endpointSlices">> {
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly slices?: Readonly<Record<string, readonly EndpointSlice[]>>;
}

/** Three nodes with agents, one pool, one address. */
export function cluster(o: ClusterInput = {}): ClusterObjects {
  const { labels = {}, slices = {}, ...given } = o;
  return {
    loadBalancers: [lb("web", "192.0.2.1")],
    classes: [classOf("metal", "bare-metal")],
    pools: [pool("edge")],
    l2Advertisements: [],
    bgpAdvertisements: [],
    nodes: ["a", "b", "c"].map((name) => node(name)),
    announcers: ["a", "b", "c"].map((name) => announcer(name)),
    ...given,
    serviceLabels: (key) => labels[key],
    endpointSlices: (key) => slices[key] ?? [],
  };
}

export function desired(objects: ClusterObjects, o: Partial<DesireInput> = {}) {
  return desire({
    cluster: "uid",
    node: "a",
    objects,
    given: givenAddresses(objects.loadBalancers, objects.classes),
    incarnation: 1,
    recorded: undefined,
    before: undefined,
    ignoreExcludeLabel: false,
    drainTaints: ["leaving"],
    ...o,
  });
}

/** Which nodes may announce the address; undefined: it is not in the world. */
export function candidates(objects: ClusterObjects, o: Partial<DesireInput> = {}, address = "192.0.2.1") {
  const { world } = desired(objects, o);
  return world.addresses.find((each) => each.address === address)?.candidates.map((each) => each.node);
}

export function lb(
  name: string,
  ip: string | readonly string[],
  o: { policy?: "Cluster" | "Local"; pool?: string | null; className?: string; byHand?: boolean } = {},
): LoadBalancer {
  const pool = o.pool === undefined ? "edge" : (o.pool ?? undefined);
  return {
    metadata: { name, namespace: "shop" },
    spec: {
      className: o.className ?? "metal",
      ...(o.byHand ? {} : { serviceRef: { name, uid: name } }),
      externalTrafficPolicy: o.policy ?? "Cluster",
    },
    status: { addresses: [ip].flat().map((each) => ({ ip: each, ...(pool === undefined ? {} : { pool }) })) },
  } as unknown as LoadBalancer;
}

export function classOf(name: string, provider: string): LoadBalancerClass {
  return { metadata: { name }, spec: { provider } } as unknown as LoadBalancerClass;
}

export function pool(
  name: string,
  o: { spec?: Partial<IPAddressPool["spec"]>; labels?: Record<string, string>; advertised?: boolean } = {},
): IPAddressPool {
  const spec = { addresses: [], advertise: "Layer2", layer2Mode: "Respond", ...o.spec };
  const status = { acceptedSpec: spec, advertised: o.advertised };
  return { metadata: { name, labels: o.labels }, spec, status } as unknown as IPAddressPool;
}

export function l2(name: string, spec: Partial<L2AdvertisementSpec> = {}): L2Advertisement {
  return { metadata: { name }, spec, status: { acceptedSpec: spec } } as unknown as L2Advertisement;
}

export function bgp(name: string, spec: object = {}): BGPAdvertisement {
  return { metadata: { name }, spec, status: { acceptedSpec: spec } } as unknown as BGPAdvertisement;
}

export function node(
  name: string,
  o: {
    labels?: Record<string, string>;
    taints?: string[];
    networkUnavailable?: boolean;
    ips?: string[];
  } = {},
): Node {
  return {
    metadata: { name, labels: { name, ...o.labels } },
    spec: { taints: o.taints?.map((key) => ({ key, effect: "NoSchedule" })) },
    status: {
      addresses: o.ips?.map((address) => ({ type: "InternalIP", address })),
      conditions: o.networkUnavailable ? [{ type: "NetworkUnavailable", status: "True" }] : [],
    },
  };
}

export function announcer(
  name: string,
  addresses: readonly Partial<AnnouncedAddress>[] = [],
  incarnation = 1,
  macs: readonly string[] = [],
): Announcer {
  const interfaces = macs.map((mac, at) => ({ name: `eth${at}`, mac, up: true }));
  return { metadata: { name }, status: { incarnation, addresses, interfaces } } as unknown as Announcer;
}

/** One whose interfaces have addresses in these networks. */
export function attached(
  name: string,
  interfaces: Readonly<Record<string, readonly string[]>>,
  skipped: readonly string[] = [],
): Announcer {
  const status = {
    incarnation: 1,
    addresses: [],
    interfaces: Object.entries(interfaces).map(([each, networks]) => ({
      name: each,
      up: true,
      networks,
      ...(skipped.includes(each) ? { skipped: "left alone" } : {}),
    })),
  };
  return { metadata: { name }, status } as unknown as Announcer;
}

export function slice(
  endpoints: readonly (readonly [node: string, conditions?: Endpoint["conditions"]])[],
  addressType: "IPv4" | "IPv6" = "IPv4",
): EndpointSlice {
  return {
    metadata: {},
    addressType,
    endpoints: endpoints.map(([nodeName, conditions]) => ({
      addresses: ["10.0.0.1"],
      nodeName,
      conditions: conditions ?? { ready: true },
    })),
  };
}
