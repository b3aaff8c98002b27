/** Where no advertisement names interfaces: an address is announced where its network is. */
import { describe, expect, test } from "@jest/globals";
import { attached, candidates, cluster, desired, l2, lb, node, slice } from "./objects.ts";

const clients = "192.0.2.0/24";
const management = "198.51.100.0/24";
/** Clients on eth0, everything else elsewhere. */
const usual = (name: string) => attached(name, { eth0: [clients, "2001:db8::/64"], mgmt0: [management] });
const managed = (name: string) => attached(name, { mgmt0: [management] });
const interfacesOf = (objects: ReturnType<typeof cluster>, address = "192.0.2.1") => {
  const found = desired(objects).world.addresses.find((each) => each.address === address);
  return Object.fromEntries(found?.candidates.map(({ node, interfaces }) => [node, interfaces]) ?? []);
};
const wordOf = (objects: ReturnType<typeof cluster>, name: string) =>
  desired(objects)
    .verdicts.get("192.0.2.1")
    ?.nodes.find((each) => each.node === name);

test("a node announces an address on the interfaces whose networks have it, of both families", () => {
  const loadBalancers = [lb("web", ["192.0.2.1", "2001:db8::5"])];
  const twoWires = attached("b", { eth0: [clients], eth1: [clients], mgmt0: [management] });
  const objects = cluster({ loadBalancers, announcers: [usual("a"), twoWires] });
  expect(interfacesOf(objects)).toEqual({ a: ["eth0"], b: ["eth0", "eth1"] });
  expect(interfacesOf(objects, "2001:db8::5")).toEqual({ a: ["eth0"] });
});

test("networks of any length count, and the address may be in several", () => {
  const announcers = [
    attached("a", { eth0: ["192.0.0.0/16"], eth1: ["192.0.2.0/30"], eth2: ["192.0.2.4/30"] }),
    attached("b", { eth0: ["192.0.2.0/23"], eth1: ["193.0.0.0/16"] }),
  ];
  expect(interfacesOf(cluster({ announcers }))).toEqual({ a: ["eth0", "eth1"], b: ["eth0"] });
});

test("a node without such an interface gives way to those that have one, and is told why", () => {
  const objects = cluster({ announcers: [usual("a"), managed("b"), usual("c")] });
  expect(interfacesOf(objects)).toEqual({ a: ["eth0"], c: ["eth0"] });
  expect(wordOf(objects, "b")).toMatchObject({
    word: "NotOnLink",
    why: "has no interface in the network of the address, and other nodes have",
  });
  expect(wordOf(objects, "a")).toMatchObject({ word: "MayAnnounce" });
});

test("where no node has one, all announce on all interfaces", () => {
  const objects = cluster({ announcers: [managed("a"), managed("b")] });
  expect(interfacesOf(objects)).toEqual({ a: undefined, b: undefined });
});

test("an interface that is left alone by its agent does not count", () => {
  const skipping = attached("a", { eth0: [clients], mgmt0: [management] }, ["eth0"]);
  expect(interfacesOf(cluster({ announcers: [skipping, managed("b")] }))).toEqual({
    a: undefined,
    b: undefined,
  });
});

test("an agent that told of no networks is asked where nobody tells of any, and gives way where somebody does", () => {
  const silent = attached("b", { eth0: [] });
  expect(interfacesOf(cluster({ announcers: [managed("a"), silent] }))).toEqual({
    a: undefined,
    b: undefined,
  });
  expect(candidates(cluster({ announcers: [usual("a"), silent] }))).toEqual(["a"]);
});

describe("interfaces that advertisements name", () => {
  const byName = (name: string) => [{ matchLabels: { name } }];

  test("count wherever they lead, and are all that counts", () => {
    const l2Advertisements = [l2("there", { interfaces: ["mgmt0"] })];
    const objects = cluster({ l2Advertisements, announcers: [usual("a"), managed("b")] });
    expect(interfacesOf(objects)).toEqual({ a: ["mgmt0"], b: ["mgmt0"] });
  });

  test("are united with those in the network where another advertisement names none", () => {
    const l2Advertisements = [l2("there", { interfaces: ["mgmt0"] }), l2("anywhere")];
    const objects = cluster({ l2Advertisements, announcers: [usual("a"), managed("b")] });
    expect(interfacesOf(objects)).toEqual({ a: ["eth0", "mgmt0"], b: ["mgmt0"] });
  });

  test("on one node make others give way only if they are in the network", () => {
    const of = (name: string) =>
      interfacesOf(
        cluster({
          l2Advertisements: [
            l2("some", { interfaces: [name], nodeSelectors: byName("a") }),
            l2("others", { nodeSelectors: byName("b") }),
          ],
          announcers: [usual("a"), managed("b")],
        }),
      );
    expect(of("mgmt0")).toEqual({ a: ["mgmt0"], b: undefined });
    expect(of("eth0")).toEqual({ a: ["eth0"] });
  });
});

test("only nodes that may announce it otherwise make others give way", () => {
  const loadBalancers = [lb("web", "192.0.2.1", { policy: "Local" })];
  const slices = { "shop/web": [slice([["b"]])] };
  const announcers = [usual("a"), managed("b")];
  expect(interfacesOf(cluster({ loadBalancers, slices, announcers }))).toEqual({ b: undefined });
});

test("a node that is about to go keeps it from those that reach none of the clients", () => {
  const nodes = [node("a", { taints: ["leaving"] }), node("b"), node("c")];
  const objects = cluster({ nodes, announcers: [usual("a"), managed("b"), managed("c")] });
  expect(interfacesOf(objects)).toEqual({ a: ["eth0"] });
  expect(wordOf(objects, "a")).toMatchObject({ word: "LastResort" });
});

test("addresses with the same nodes and interfaces have one list of them, for there may be thousands", () => {
  const loadBalancers = ["192.0.2.1", "192.0.2.2"].map((ip, at) => lb(`web-${at}`, ip));
  const { addresses } = desired(cluster({ loadBalancers, announcers: [usual("a"), usual("b")] })).world;
  expect(addresses[0]?.candidates).toBe(addresses[1]?.candidates);
});
