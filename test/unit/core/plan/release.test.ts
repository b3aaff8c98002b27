import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { planRelease } from "../../../../src/core/plan/release.ts";
import type { KindRules, ObservedResource } from "../../../../src/core/plan/types.ts";
import { built, scene } from "./worlds.ts";

const have = (
  id: string,
  dependsOn: string[] = [],
  more: Partial<ObservedResource> = {},
): ObservedResource => ({
  id,
  kind: "thing",
  cloudId: `${id}#1`,
  fields: {},
  dependsOn,
  ours: true,
  ...more,
});
const thing: KindRules = { change: () => "update", replace: "create-first", changesAddress: false };
const rules = { thing };
const order = (...observed: ObservedResource[]) => planRelease(observed, rules).map(({ cloudId }) => cloudId);

test("what uses is released before what it uses, copies alike", () => {
  const observed = [
    have("balancer", ["firewall"]),
    have("firewall"),
    have("listener", ["balancer", "group"]),
    have("group"),
    have("group", [], { cloudId: "group#2" }),
  ];
  expect(order(...observed)).toEqual(["listener#1", "balancer#1", "firewall#1", "group#1", "group#2"]);
});

test("what is not ours, or of a kind that nobody knows, is left alone", () => {
  expect(order(have("a", [], { ours: false }), have("b", ["a"]), have("c", [], { kind: "other" }))).toEqual([
    "b#1",
  ]);
});

test("every user comes before what it uses, in any order of the input, and nothing is left out", async () => {
  const property = fc.asyncProperty(scene, async (world) => {
    const observed = (await built(world)).observe();
    const told = planRelease(observed, world.rules);
    expect(planRelease(observed.toReversed(), world.rules)).toEqual(told);
    expect(told).toHaveLength(observed.length);
    const at = new Map(told.map(({ id }, index) => [id, index]));
    for (const [index, { dependsOn }] of told.entries())
      for (const used of dependsOn) expect(at.get(used)).toBeGreaterThan(index);
  });
  await fc.assert(property, { numRuns: 100 });
});

test("a circle in the cloud does not hold anything up", () => {
  expect(order(have("a", ["b"]), have("b", ["a"])).toSorted()).toEqual(["a#1", "b#1"]);
});
