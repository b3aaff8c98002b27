/** Which nodes may announce which address, and what is said of the others. */
import { describe, expect, test } from "@jest/globals";
import {
  announcer,
  bgp,
  candidates,
  classOf,
  cluster,
  desired,
  l2,
  lb,
  node,
  pool,
  slice,
} from "./objects.ts";

const byName = (name: string) => [{ matchLabels: { name } }];
const nodeVerdict = (objects: ReturnType<typeof cluster>, name: string, o = {}) => {
  const found = desired(objects, o).verdicts.get("192.0.2.1");
  return found?.nodes.find((each) => each.node === name);
};
const verdict = (objects: ReturnType<typeof cluster>, o = {}) =>
  desired(objects, o).verdicts.get("192.0.2.1");

describe("the pool and its advertisements", () => {
  test("a pool alone is announced by all nodes that have an agent", () => {
    const objects = cluster({ nodes: ["a", "b", "c", "d"].map((name) => node(name)) });
    expect(candidates(objects)).toEqual(["a", "b", "c"]);
    expect(nodeVerdict(objects, "d")).toMatchObject({ word: "NoAgent" });
  });

  test("a pool that says None is announced by nobody", () => {
    const objects = cluster({ pools: [pool("edge", { spec: { advertise: "None" } })] });
    expect(candidates(objects)).toBeUndefined();
    expect(verdict(objects)).toMatchObject({ word: "PoolNotAdvertised" });
  });

  test("nothing starts to be announced because the last advertisement was removed", () => {
    const objects = cluster({ pools: [pool("edge", { advertised: true })] });
    expect(candidates(objects)).toBeUndefined();
    expect(verdict(objects)?.message).toContain("spec.advertise does not count any more");
  });

  test("a pool that is advertised by BGP alone is not announced on layer 2", () => {
    const objects = cluster({ bgpAdvertisements: [bgp("routes", { ipAddressPools: ["edge"] })] });
    expect(candidates(objects)).toBeUndefined();
    const other = cluster({ bgpAdvertisements: [bgp("routes", { ipAddressPools: ["other"] })] });
    expect(candidates(other)).toEqual(["a", "b", "c"]);
  });

  test("an advertisement that was not accepted does not count", () => {
    const refused = { ...l2("half", { nodeSelectors: byName("a") }), status: {} };
    expect(candidates(cluster({ l2Advertisements: [refused] }))).toEqual(["a", "b", "c"]);
  });

  test("pools are selected by name and by label, and the nodes of all advertisements are united", () => {
    const objects = cluster({
      pools: [pool("edge", { labels: { zone: "dmz" } })],
      l2Advertisements: [
        l2("by-name", { ipAddressPools: ["edge"], nodeSelectors: byName("a") }),
        l2("by-label", {
          ipAddressPoolSelectors: [{ matchLabels: { zone: "dmz" } }],
          nodeSelectors: byName("c"),
        }),
        l2("of-another", { ipAddressPools: ["other"], nodeSelectors: byName("b") }),
      ],
    });
    expect(candidates(objects)).toEqual(["a", "c"]);
    expect(nodeVerdict(objects, "b")).toMatchObject({ word: "NotSelected" });
    expect(verdict(objects)?.advertisements).toEqual(["by-label", "by-name"]);
  });

  test("interfaces are united, and one advertisement without a list means all", () => {
    const interfacesOf = (...lists: (string[] | undefined)[]) => {
      const l2Advertisements = lists.map((interfaces, at) => l2(`ad-${at}`, { interfaces }));
      return desired(cluster({ l2Advertisements })).world.addresses[0]?.candidates[0]?.interfaces;
    };
    expect(interfacesOf(["eth1"], ["eth0", "eth1"])).toEqual(["eth0", "eth1"]);
    expect(interfacesOf(["eth1"], undefined)).toBeUndefined();
  });

  test("interfaces of an advertisement count only on the nodes that it selects", () => {
    const objects = cluster({
      l2Advertisements: [
        l2("one", { interfaces: ["eth0"], nodeSelectors: byName("a") }),
        l2("two", { interfaces: ["eth1"], nodeSelectors: byName("b") }),
      ],
    });
    const found = desired(objects).world.addresses[0]?.candidates;
    expect(found).toEqual([
      { node: "a", interfaces: ["eth0"], preference: 0 },
      { node: "b", interfaces: ["eth1"], preference: 0 },
    ]);
  });

  test("weights of preferences add up over advertisements", () => {
    const prefer = (weight: number) => ({
      preferredNodeSelectors: [{ weight, preference: byName("b")[0] ?? {} }],
    });
    const objects = cluster({ l2Advertisements: [l2("one", prefer(30)), l2("two", prefer(40))] });
    const found = desired(objects).world.addresses[0]?.candidates;
    expect(found?.map(({ preference }) => preference)).toEqual([0, 70, 0]);
  });

  test("the mode is that of the pool", () => {
    const objects = cluster({ pools: [pool("edge", { spec: { layer2Mode: "Bind" } })] });
    expect(desired(objects).world.addresses[0]?.mode).toBe("Bind");
  });
});

describe("a pool that is gone", () => {
  test("what was announced goes on, from all nodes, in its mode", () => {
    const held = announcer("b", [{ address: "192.0.2.1", epoch: 5, mode: "Bind" }]);
    const objects = cluster({ pools: [], announcers: [announcer("a"), held, announcer("c")] });
    expect(candidates(objects)).toEqual(["a", "b", "c"]);
    expect(desired(objects).world.addresses[0]?.mode).toBe("Bind");
    expect(verdict(objects)).toMatchObject({ word: "PoolGone" });
  });

  test("what was not announced does not begin", () => {
    expect(candidates(cluster({ pools: [] }))).toBeUndefined();
  });

  test("it goes on while the claim is between two nodes and no Announcer has it", () => {
    const { world } = desired(cluster());
    expect(candidates(cluster({ pools: [] }), { before: world })).toEqual(["a", "b", "c"]);
  });

  test("an advertisement that names it still says where", () => {
    const l2Advertisements = [l2("by-name", { ipAddressPools: ["edge"], nodeSelectors: byName("b") })];
    expect(candidates(cluster({ pools: [], l2Advertisements }))).toEqual(["b"]);
  });
});

describe("those who share an address", () => {
  const loadBalancers = [lb("web", "192.0.2.1"), lb("dns", "192.0.2.1")];
  const l2Advertisements = [l2("gold", { serviceSelectors: [{ matchLabels: { tier: "gold" } }] })];

  test("one entry for all of them", () => {
    expect(desired(cluster({ loadBalancers })).world.addresses).toHaveLength(1);
  });

  test("an advertisement that selects all of them counts", () => {
    const labels = { "shop/web": { tier: "gold" }, "shop/dns": { tier: "gold" } };
    expect(candidates(cluster({ loadBalancers, l2Advertisements, labels }))).toEqual(["a", "b", "c"]);
  });

  test("one that selects only some counts for none, and it is said whom it misses", () => {
    const labels = { "shop/web": { tier: "gold" }, "shop/dns": {} };
    const objects = cluster({ loadBalancers, l2Advertisements, labels });
    expect(candidates(objects)).toBeUndefined();
    expect(verdict(objects)).toMatchObject({ word: "PartlySelected" });
    expect(verdict(objects)?.message).toContain("selects shop/web and not shop/dns");
  });

  test("one that selects none of them leaves them without", () => {
    const objects = cluster({ loadBalancers, l2Advertisements });
    expect(verdict(objects)).toMatchObject({ word: "ServiceNotSelected" });
  });

  test("a load balancer written by hand is selected by its own labels", () => {
    const own = { ...lb("web", "192.0.2.1", { byHand: true }) };
    own.metadata.labels = { tier: "gold" };
    expect(candidates(cluster({ loadBalancers: [own], l2Advertisements }))).toEqual(["a", "b", "c"]);
  });
});

describe("nodes that may not", () => {
  const label = "node.kubernetes.io/exclude-from-external-load-balancers";

  test.each([
    ["ExcludedByLabel", node("b", { labels: { [label]: "" } })],
    ["NetworkUnavailable", node("b", { networkUnavailable: true })],
    ["Draining", node("b", { taints: ["leaving"] })],
  ])("%s", (word, b) => {
    const objects = cluster({ nodes: [node("a"), b, node("c")] });
    expect(candidates(objects)).toEqual(["a", "c"]);
    expect(nodeVerdict(objects, "b")).toMatchObject({ word });
  });

  test("the label is ignored if the agent is told so", () => {
    const objects = cluster({ nodes: [node("a"), node("b", { labels: { [label]: "" } }), node("c")] });
    expect(candidates(objects, { ignoreExcludeLabel: true })).toEqual(["a", "b", "c"]);
  });

  test("a node that is not in the cluster any more", () => {
    const objects = cluster({ nodes: [node("a"), node("b")] });
    expect(nodeVerdict(objects, "c")).toMatchObject({ word: "NodeGone" });
  });

  test("where only nodes are left that are about to go, they keep it", () => {
    const nodes = ["a", "b", "c"].map((name) => node(name, { taints: ["leaving"] }));
    const objects = cluster({ nodes });
    expect(candidates(objects)).toEqual(["a", "b", "c"]);
    expect(nodeVerdict(objects, "a")).toMatchObject({ word: "LastResort" });
  });

  test("where every node is unfit the address stays in the world without candidates", () => {
    const nodes = ["a", "b", "c"].map((name) => node(name, { networkUnavailable: true }));
    expect(candidates(cluster({ nodes }))).toEqual([]);
    expect(verdict(cluster({ nodes }))).toMatchObject({ word: "NoFitNode" });
  });
});

describe("externalTrafficPolicy: Local", () => {
  const loadBalancers = [lb("web", "192.0.2.1", { policy: "Local" })];
  const going = { ready: false, serving: true, terminating: true };

  test("only nodes with an endpoint that takes traffic", () => {
    const slices = { "shop/web": [slice([["a"], ["b", { ready: false }]]), slice([["c"]])] };
    const objects = cluster({ loadBalancers, slices });
    expect(candidates(objects)).toEqual(["a", "c"]);
    expect(nodeVerdict(objects, "b")).toMatchObject({ word: "NoLocalEndpoint" });
  });

  test("endpoints of the other family do not count", () => {
    const slices = { "shop/web": [slice([["a"]]), slice([["b"]], "IPv6")] };
    expect(candidates(cluster({ loadBalancers, slices }))).toEqual(["a"]);
  });

  test("a node whose endpoints are going gives way to one with ready ones", () => {
    const slices = { "shop/web": [slice([["a", going], ["b"]])] };
    const objects = cluster({ loadBalancers, slices });
    expect(candidates(objects)).toEqual(["b"]);
    expect(nodeVerdict(objects, "a")).toMatchObject({ word: "EndpointsTerminating" });
  });

  test("endpoints that are going and serve still are used where nothing is ready", () => {
    const slices = {
      "shop/web": [
        slice([
          ["a", going],
          ["b", { ...going, serving: false }],
        ]),
      ],
    };
    expect(candidates(cluster({ loadBalancers, slices }))).toEqual(["a"]);
  });

  test("an endpoint that says nothing of itself is ready", () => {
    const slices = { "shop/web": [slice([["a", {}]])] };
    expect(candidates(cluster({ loadBalancers, slices }))).toEqual(["a"]);
  });

  test("without endpoints nobody, and that is the reason", () => {
    const objects = cluster({ loadBalancers });
    expect(candidates(objects)).toEqual([]);
    expect(verdict(objects)).toMatchObject({ word: "NoEndpoints" });
  });

  test("of those who share an address, one without any endpoint does not keep it from the others", () => {
    const shared = [...loadBalancers, lb("idle", "192.0.2.1", { policy: "Local" })];
    const slices = { "shop/web": [slice([["b"]])] };
    expect(candidates(cluster({ loadBalancers: shared, slices }))).toEqual(["b"]);
  });
});

describe("what is given out", () => {
  test("addresses of other providers are not ours to announce", () => {
    const objects = cluster({
      loadBalancers: [lb("cloud", "198.51.100.1", { className: "aws", pool: null })],
      classes: [classOf("aws", "aws")],
    });
    expect(desired(objects).world.addresses).toEqual([]);
  });

  test("an address from a pool is announced though its class is not to be seen", () => {
    expect(candidates(cluster({ classes: [] }))).toEqual(["a", "b", "c"]);
  });

  test("both addresses of a dual-stack Service, in canonical form", () => {
    const objects = cluster({ loadBalancers: [lb("web", ["192.0.2.1", "2001:DB8:0::1"])] });
    expect(desired(objects).world.addresses.map(({ address }) => address)).toEqual([
      "192.0.2.1",
      "2001:db8::1",
    ]);
  });
});
