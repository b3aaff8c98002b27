import { expect, test } from "@jest/globals";
import { unableTo } from "../../../../src/agent/thread/unable.ts";
import type { World } from "../../../../src/agent/world.ts";

const link = {
  name: "eth0",
  index: 2,
  mac: "02:00:00:00:00:01",
  up: true,
  addresses: [],
  networks: [],
  own: [],
  ipv6: true,
};
const candidates = ["a", "b"].map((node) => ({ node, interfaces: undefined, preference: 0 }));
const world: World = {
  cluster: "c",
  node: "a",
  nodes: [],
  addresses: [
    { address: "10.0.0.1", mode: "Respond", candidates },
    { address: "10.0.0.2", mode: "Bind", candidates },
  ],
};
const able = (RawSockets: boolean, BindAddresses: boolean) =>
  unableTo([
    { name: "RawSockets", available: RawSockets },
    { name: "BindAddresses", available: BindAddresses },
  ]);

test("a node with all capabilities takes part in everything", () => {
  expect(able(true, true).links([link])).toEqual([link]);
  expect(able(true, true).world(world)).toEqual(world);
});

test("without raw sockets nothing is announced on any interface, and those skipped before keep their reason", () => {
  const lo = { ...link, name: "lo", skipped: "is a loopback interface" };
  expect(able(false, true).links([link, lo])).toEqual([
    { ...link, skipped: "can't be listened on without raw sockets" },
    lo,
  ]);
});

test("without the capability to bind addresses, those to be bound are for other nodes", () => {
  const nodes = able(true, false)
    .world(world)
    .addresses.map((each) => each.candidates.map(({ node }) => node));
  expect(nodes).toEqual([["a", "b"], ["b"]]);
});
