/** What is left out of objects in the cache makes no difference. */
import { describe, expect, test } from "@jest/globals";
import type { ClusterObjects } from "../../../../src/agent/desire/objects.ts";
import {
  saysTheSame,
  stripAnnouncer,
  stripClass,
  stripEndpointSlice,
  stripJudged,
  stripLoadBalancer,
  stripNode,
} from "../../../../src/agent/watch/strip.ts";
import type { EndpointSlice, Node } from "../../../../src/api/kubernetes.ts";
import {
  announcer,
  attached,
  bgp,
  classOf,
  cluster,
  desired,
  l2,
  lb,
  node,
  pool,
  slice,
} from "../desire/objects.ts";

const stripped = (objects: ClusterObjects): ClusterObjects => {
  const copy = structuredClone({ ...objects, serviceLabels: undefined, endpointSlices: undefined });
  return {
    loadBalancers: copy.loadBalancers.map(stripLoadBalancer),
    classes: copy.classes.map(stripClass),
    pools: copy.pools.map(stripJudged),
    l2Advertisements: copy.l2Advertisements.map(stripJudged),
    bgpAdvertisements: copy.bgpAdvertisements.map(stripJudged),
    nodes: copy.nodes.map(stripNode),
    announcers: copy.announcers.map(stripAnnouncer),
    serviceLabels: objects.serviceLabels,
    endpointSlices: (key) =>
      objects.endpointSlices(key).map((each) => stripEndpointSlice(structuredClone(each))),
  };
};

describe("the world made of what is kept is the same", () => {
  const byHand = lb("hand", "192.0.2.3", { byHand: true });
  byHand.metadata.labels = { tier: "gold" };
  const going = { ready: false, serving: true, terminating: true };
  test.each<[string, ClusterObjects]>([
    ["without advertisements", cluster()],
    ["of a class of another provider", cluster({ classes: [classOf("metal", "aws")] })],
    [
      "with pools, nodes and Services that are selected by labels",
      cluster({
        loadBalancers: [lb("web", "192.0.2.1"), byHand],
        pools: [pool("edge", { labels: { zone: "dmz" }, advertised: true })],
        l2Advertisements: [
          l2("gold", {
            ipAddressPoolSelectors: [{ matchLabels: { zone: "dmz" } }],
            nodeSelectors: [{ matchLabels: { name: "b" } }],
            serviceSelectors: [{ matchLabels: { tier: "gold" } }],
          }),
        ],
        labels: { "shop/web": { tier: "gold" } },
      }),
    ],
    ["with routes", cluster({ bgpAdvertisements: [bgp("routes")] })],
    [
      "with nodes that are tainted, excluded or without network",
      cluster({
        nodes: [
          node("a", { taints: ["leaving"], ips: ["10.0.0.1", "fd00::1"] }),
          node("b", { networkUnavailable: true }),
          node("c", { labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } }),
        ],
      }),
    ],
    [
      "with claims on record and a pool that is gone",
      cluster({
        pools: [],
        announcers: [
          announcer("a", [{ address: "192.0.2.1", epoch: 4, mode: "Bind" }], 3, ["02:00:00:00:00:0a"]),
        ],
      }),
    ],
    [
      "with interfaces in the network of the address, one of them left alone",
      cluster({
        announcers: [
          attached("a", { eth0: ["192.0.2.0/24"], mgmt0: ["198.51.100.0/24"] }),
          attached("b", { eth0: ["192.0.2.0/24"] }, ["eth0"]),
        ],
      }),
    ],
    [
      "with endpoints",
      cluster({
        loadBalancers: [lb("web", ["192.0.2.1", "2001:db8::1"], { policy: "Local" })],
        slices: {
          "shop/web": [
            slice([["a"], ["a", going], ["b", { ready: false }], ["b"]]),
            slice([["c", going]], "IPv6"),
          ],
        },
      }),
    ],
  ])("%s", (_, objects) => {
    expect(desired(stripped(objects))).toEqual(desired(objects));
  });
});

test("of many endpoints of a node one is kept for each state", () => {
  const many = slice(Array.from({ length: 100 }, () => ["a"] as const));
  expect(stripEndpointSlice(many).endpoints).toHaveLength(1);
});

test("a node's heartbeat is no news, and a taint is", () => {
  const heard = (at: string, taints: string[] = []): Node => {
    const made = node("a", { taints });
    made.metadata.resourceVersion = at;
    return stripNode({
      ...made,
      status: { ...made.status, conditions: [{ type: "Ready", status: "True" }] },
    });
  };
  expect(saysTheSame(heard("1"), heard("2"))).toBe(true);
  expect(saysTheSame(heard("1"), heard("2", ["leaving"]))).toBe(false);
});

test("the Service of a slice stays known, for slices are found by it", () => {
  const labels = { "kubernetes.io/service-name": "web", more: "x" };
  const full: EndpointSlice = { ...slice([["a"]]), metadata: { name: "web-1", namespace: "shop", labels } };
  expect(stripEndpointSlice(full).metadata).toMatchObject({
    namespace: "shop",
    labels: { "kubernetes.io/service-name": "web" },
  });
});
