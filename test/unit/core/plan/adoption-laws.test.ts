/** Laws of adoption, on worlds made up at random that somebody else has built. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { execute } from "../../../../src/controllers/load-balancer/execute.ts";
import type { ResourceActions } from "../../../../src/core/plan/actions.ts";
import { plan } from "../../../../src/core/plan/plan.ts";
import type {
  DesiredResource,
  KindRules,
  ObservedResource,
  Operation,
} from "../../../../src/core/plan/types.ts";
import { type Hook, picture, type ToyCloud } from "./toy-cloud.ts";
import { allow, built, expectDone, type Scene, scene, signal, where } from "./worlds.ts";

/** All resources have a mark, which can be changed. */
const marked = (rules: Scene["rules"]): Record<string, KindRules> =>
  Object.fromEntries(
    Object.entries(rules).map(([kind, each]) => [
      kind,
      { ...each, change: (field: string) => (field === "mark" ? ("update" as const) : each.change(field)) },
    ]),
  );

/** The world before, made by somebody else without any mark. */
async function foreignWorld(world: Scene): Promise<ToyCloud> {
  const cloud = await built(world);
  for (const [cloudId, thing] of cloud.things) cloud.things.set(cloudId, { ...thing, ours: false });
  return cloud;
}

function look(cloud: ToyCloud): ObservedResource[] {
  return cloud.observe().map((each) => (each.ours ? each : { ...each, adoption: "allowed" }));
}

/** An update that marks makes a thing ours; what is not marked can be deleted by whoever is told to. */
function actionsOf(cloud: ToyCloud, hook?: Hook): Record<string, ResourceActions> {
  const setOurs = (cloudId: string, ours: boolean) => {
    const thing = cloud.things.get(cloudId);
    if (thing !== undefined) cloud.things.set(cloudId, { ...thing, ours });
  };
  const asOurs = async <T>(cloudId: string, work: () => Promise<T>): Promise<T> => {
    setOurs(cloudId, true);
    try {
      return await work();
    } finally {
      setOurs(cloudId, cloud.things.get(cloudId)?.fields.mark === "ours");
    }
  };
  return Object.fromEntries(
    Object.entries(cloud.actions(hook)).map(([kind, actions]): [string, ResourceActions] => [
      kind,
      {
        create: actions.create,
        update: (operation, context) => asOurs(operation.cloudId, () => actions.update(operation, context)),
        delete: (operation, context) => asOurs(operation.cloudId, () => actions.delete(operation, context)),
      },
    ]),
  );
}

async function applyTo(
  cloud: ToyCloud,
  target: readonly DesiredResource[],
  rules: Record<string, KindRules>,
  hook?: Hook,
) {
  const made = plan(target, look(cloud), rules, allow);
  return { made, execution: await execute(made, actionsOf(cloud, hook), { ...where, signal }) };
}

const withMarks = (world: Scene): DesiredResource[] =>
  world.after.map((each) => ({ ...each, fields: { ...each.fields, mark: "ours" } }));

/** The first thing that is wanted and there is named. */
function naming(world: Scene, cloud: ToyCloud, turn: number): DesiredResource[] {
  const wanted = withMarks(world);
  const there = [...cloud.things.values()].filter(({ id }) => wanted.some((each) => each.id === id));
  const named = there[turn % Math.max(1, there.length)];
  return wanted.map((each) => (each.id === named?.id ? { ...each, adopt: named.cloudId } : each));
}

const theirs = (cloud: ToyCloud): string[] => picture(cloud).filter((line) => line.includes(",false,"));
const touches = ({ do: what }: Operation): boolean => what !== "create";

test("without a name nothing of others is touched, whatever may be taken", async () => {
  const property = fc.asyncProperty(scene, async (world) => {
    const cloud = await foreignWorld(world);
    const before = theirs(cloud);
    const { made, execution } = await applyTo(cloud, withMarks(world), marked(world.rules));
    expectDone(execution);
    expect(made.operations.filter(touches)).toEqual([]);
    expect(theirs(cloud)).toEqual(before);
  });
  await fc.assert(property, { numRuns: 200 });
});

describe("what is named", () => {
  test("is taken as it stands or left alone; taken, it is as wanted and nothing is left to do", async () => {
    let taken = 0;
    const property = fc.asyncProperty(scene, fc.nat(5), async (world, turn) => {
      const cloud = await foreignWorld(world);
      const target = naming(world, cloud, turn);
      const before = theirs(cloud);
      const lives = new Map([...cloud.things.values()].map(({ id, incarnation }) => [id, incarnation]));
      const { made, execution } = await applyTo(cloud, target, marked(world.rules));
      expectDone(execution);
      if (made.refused.length > 0 || !target.some(({ adopt }) => adopt !== undefined)) {
        expect(theirs(cloud)).toEqual(before);
        return;
      }
      taken += 1;
      expect(plan(target, look(cloud), marked(world.rules), allow)).toEqual({
        id: "",
        operations: [],
        held: [],
        refused: [],
      });
      expect([...cloud.things.values()].map(({ id }) => id).sort()).toEqual(
        target.map(({ id }) => id).sort(),
      );
      for (const { id, incarnation } of cloud.things.values())
        if (lives.has(id)) expect(incarnation).toBe(lives.get(id));
    });
    await fc.assert(property, { numRuns: 1500 });
    expect(taken).toBeGreaterThan(30);
  });

  test("is taken in the end, whatever call it is interrupted at", async () => {
    const property = fc.asyncProperty(scene, fc.constantFrom("before", "after"), async (world, moment) => {
      const rules = marked(world.rules);
      const undisturbed = await foreignWorld(world);
      const first = undisturbed.calls.length;
      await applyTo(undisturbed, naming(world, undisturbed, 0), rules);
      for (let index = 0; index < undisturbed.calls.length - first; index += 1) {
        const cloud = await foreignWorld(world);
        const target = naming(world, cloud, 0);
        let seen = 0;
        await applyTo(cloud, target, rules, (now) => {
          if (now === moment) seen += 1;
          if (seen > index) throw new Error("crashed");
        });
        expectDone((await applyTo(cloud, target, rules)).execution);
        expect(picture(cloud)).toEqual(picture(undisturbed));
      }
    });
    await fc.assert(property, { numRuns: 150 });
  });
});
