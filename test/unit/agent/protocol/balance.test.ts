/** Load in whole clusters: when placed, after a node was lost, and after one joined and the slow moves are over. */
import { expect, test } from "@jest/globals";
import { type Lab, longest, startedLab } from "./model/lab.ts";

function counts(lab: Lab): Map<string, number> {
  const found = new Map<string, number>();
  for (const address of lab.api.addresses.keys()) {
    const answering = lab.answering(address);
    expect(answering).toHaveLength(1);
    for (const node of answering) found.set(node, (found.get(node) ?? 0) + 1);
  }
  return found;
}

function busiest(lab: Lab): number {
  return Math.max(...counts(lab).values());
}

test("a node that comes late gets its part, one address a second, and nobody notices", () => {
  const lab = startedLab({ nodes: 4, addresses: 40 });
  lab.host("node-d").leave();
  lab.run(4_000);
  lab.host("node-d").kill();
  lab.host("node-c").leave();
  lab.run(4_000);
  lab.host("node-c").kill();
  lab.run(2_000);
  expect(busiest(lab)).toBeLessThanOrEqual(25);
  lab.witness();
  lab.host("node-c").start();
  lab.host("node-d").start();
  lab.run(10_000);
  const soon = (counts(lab).get("node-c") ?? 0) + (counts(lab).get("node-d") ?? 0);
  expect(soon).toBeGreaterThan(0);
  expect(soon).toBeLessThanOrEqual(6);
  lab.run(30_000);
  expect(busiest(lab)).toBeLessThanOrEqual(12);
  const { dark, doubled } = lab.witness();
  expect(longest(dark)).toBe(0);
  expect(longest(doubled)).toBeLessThanOrEqual(10);
  const before = lab.story();
  lab.run(20_000);
  expect(lab.story()).toBe(before);
});

test("an address goes back to a preferred node that has come back", () => {
  const lab = startedLab({ nodes: 3, addresses: 0 });
  const candidates = lab.nodes.map((node) => ({
    node,
    interfaces: undefined,
    preference: node === "node-b" ? 10 : 0,
  }));
  lab.setAddress("10.0.0.1", { candidates });
  lab.run(3_000);
  expect(lab.answering("10.0.0.1")).toEqual(["node-b"]);
  lab.host("node-b").kill();
  lab.run(3_000);
  expect(lab.answering("10.0.0.1")).not.toContain("node-b");
  lab.host("node-b").start();
  lab.witness();
  lab.run(15_000);
  expect(lab.answering("10.0.0.1")).toEqual(["node-b"]);
  expect(longest(lab.witness().dark)).toBe(0);
});

test("an address that only some nodes or interfaces may announce stays with these", () => {
  const lab = startedLab({ nodes: 3, addresses: 0 });
  const at = (node: string, interfaces: readonly string[] | undefined) => ({
    node,
    interfaces,
    preference: 0,
  });
  lab.setAddress("10.0.0.1", {
    candidates: [at("node-a", ["eth1"]), at("node-b", undefined), at("node-c", ["eth1"])],
  });
  lab.setAddress("10.0.0.2", { candidates: [at("node-c", ["eth0"])] });
  lab.setAddress("10.0.0.3", { candidates: [] });
  lab.run(5_000);
  expect(["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((address) => lab.answering(address))).toEqual([
    ["node-b"],
    ["node-c"],
    [],
  ]);
  lab.host("node-b").kill();
  lab.run(5_000);
  expect(lab.answering("10.0.0.1")).toEqual([]);
});
