/** The world that agents are told of. */
import { expect, test } from "@jest/globals";
import { recordedBy, sameWorld } from "../../../../src/agent/desire/world.ts";
import { announcer, cluster, desired, lb, node } from "./objects.ts";

test("every agent makes the same of the same objects, in whatever order they come", () => {
  const loadBalancers = [
    lb("web", "192.0.2.1"),
    lb("dns", "192.0.2.1", { pool: "other" }),
    lb("mail", "192.0.2.2"),
  ];
  const one = cluster({ loadBalancers });
  const other = cluster({
    loadBalancers: loadBalancers.toReversed(),
    nodes: one.nodes.toReversed(),
    announcers: one.announcers.toReversed(),
  });
  expect(desired(one)).toEqual(desired(other));
});

test("nodes are those with an Announcer, with where they are reached and what they recorded", () => {
  const objects = cluster({
    nodes: [node("a"), node("b", { ips: ["10.0.0.2", "10.0.0.3", "fd00::2"] }), node("c")],
    announcers: [
      announcer(
        "b",
        [
          { address: "192.0.2.1", epoch: 7 },
          { address: "192.0.2.2", epoch: 0 },
        ],
        4,
        ["02:00:00:00:00:0b"],
      ),
    ],
  });
  expect(desired(objects).world.nodes).toEqual([
    { name: "a", internalIPs: [], incarnation: 1, macs: [], recorded: [] },
    {
      name: "b",
      internalIPs: ["10.0.0.2", "fd00::2"],
      incarnation: 4,
      macs: ["02:00:00:00:00:0b"],
      recorded: [{ address: "192.0.2.1", epoch: 7 }],
    },
  ]);
});

test("of this node its own process knows better than the cache", () => {
  const objects = cluster({ announcers: [announcer("a", [], 3)] });
  const recorded = [{ address: "192.0.2.1", epoch: 9 }];
  const [self] = desired(objects, { incarnation: 4, recorded }).world.nodes;
  expect(self).toEqual({ name: "a", internalIPs: [], incarnation: 4, macs: [], recorded });
});

test("addresses that are only asked for, or in conflict, are not recorded as announced", () => {
  expect(recordedBy(announcer("a", [{ address: "192.0.2.1" }]))).toEqual([]);
});

test("an unchanged world is told from a changed one", () => {
  const objects = cluster();
  const first = desired(objects).world;
  expect(sameWorld(first, desired(cluster(), { before: first }).world)).toBe(true);
  const drained = cluster({ nodes: [node("a"), node("b", { taints: ["leaving"] }), node("c")] });
  expect(sameWorld(first, desired(drained, { before: first }).world)).toBe(false);
  const restarted = cluster({ announcers: [announcer("a"), announcer("b", [], 2), announcer("c")] });
  expect(sameWorld(first, desired(restarted, { before: first }).world)).toBe(false);
});

test("addresses that the same nodes may announce have one list of them, so that a big world is small", () => {
  const loadBalancers = ["192.0.2.1", "192.0.2.2"].map((ip) => lb(ip.replaceAll(".", "-"), ip));
  const [one, two] = desired(cluster({ loadBalancers })).world.addresses;
  expect(one?.candidates).toBe(two?.candidates);
});
