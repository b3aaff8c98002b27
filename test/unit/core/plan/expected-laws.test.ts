/** Laws of what is expected after own work, on worlds made up at random. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { expectedAfter } from "../../../../src/core/plan/expected.ts";
import { canonical } from "../../../../src/core/plan/json.ts";
import { plan } from "../../../../src/core/plan/plan.ts";
import type { ObservedResource } from "../../../../src/core/plan/types.ts";
import { allow, apply, ask, built, scene, settle, strangers } from "./worlds.ts";

const byId = (resources: readonly ObservedResource[]) =>
  resources
    .map(({ id, cloudId, fields, ours }) => JSON.stringify([id, cloudId, ours, canonical(fields)]))
    .sort();

test("what is expected after a plan was carried out is what there is, and planning from it gives nothing to do", async () => {
  const property = fc.asyncProperty(
    scene,
    strangers,
    fc.constantFrom(allow, ask),
    async (made, foreign, policy) => {
      // An order alone is no use in this cloud, which is not for the expectation to know.
      const world = { ...made, after: made.after.map((resource) => ({ ...resource, dependsOn: [] })) };
      const cloud = await built(world);
      settle(cloud, foreign);
      const before = cloud.observe();
      const applied = await apply(cloud, world, world.after, policy);
      const { operations } = applied.made;
      const { resources, certain } = expectedAfter(
        before,
        world.after,
        operations,
        applied.execution.results,
      );
      expect(certain).toBe(true);
      expect(byId(resources)).toEqual(byId(cloud.observe()));
      expect(plan(world.after, resources, world.rules, policy).operations).toEqual(
        plan(world.after, cloud.observe(), world.rules, policy).operations,
      );
      if (applied.made.held.length === 0)
        expect(plan(world.after, resources, world.rules, policy).operations).toEqual([]);
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test("after a failure nothing is certain", async () => {
  const property = fc.asyncProperty(scene, fc.nat(10), async (world, index) => {
    const cloud = await built(world);
    const before = cloud.observe();
    let seen = 0;
    const { made, execution } = await apply(cloud, world, world.after, allow, (moment) => {
      if (moment === "after") seen += 1;
      if (seen > index) throw new Error("the answer is lost");
    });
    const { certain } = expectedAfter(before, world.after, made.operations, execution.results);
    expect(certain).toBe(seen <= index);
  });
  await fc.assert(property, { numRuns: 200 });
});
