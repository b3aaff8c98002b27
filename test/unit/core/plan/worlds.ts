/** Worlds made up at random: kinds of resources, what is wanted before and after, and a cloud in which it stands. */
import { expect } from "@jest/globals";
import fc from "fast-check";
import type { LoadBalancerClass } from "../../../../src/api/load-balancer-class.ts";
import { type Execution, execute } from "../../../../src/controllers/load-balancer/execute.ts";
import { compareText } from "../../../../src/core/compare-text.ts";
import { plan } from "../../../../src/core/plan/plan.ts";
import { reference } from "../../../../src/core/plan/reference.ts";
import type { DesiredResource, Json, KindRules, Plan, PlanPolicy } from "../../../../src/core/plan/types.ts";
import { aClass } from "../../../objects/build.ts";
import { createToyCloud, type Hook, type ToyCloud } from "./toy-cloud.ts";

export const where = { stack: "shop/web", cls: aClass() as unknown as LoadBalancerClass };

export const allow: PlanPolicy = { replacement: "Allow", drift: "Repair", deletion: "Delete" };
export const ask: PlanPolicy = { ...allow, replacement: "Acknowledge" };
export const signal = new AbortController().signal;
export const size = 6;

const kindRules = fc
  .record({
    replace: fc.constantFrom("create-first" as const, "delete-first" as const),
    changesAddress: fc.boolean(),
    removal: fc.constantFrom("last" as const, "any" as const),
    linkA: fc.constantFrom("update" as const, "replace" as const),
    linkB: fc.constantFrom("update" as const, "replace" as const),
  })
  .map(({ linkA, linkB, ...rest }): KindRules => {
    const changes = {
      fixed: "replace",
      free: "update",
      list: "update",
      first: "ignore",
      linkA,
      linkB,
    } as const;
    return {
      ...rest,
      change: (field) => changes[field as keyof typeof changes],
      equal: (_field, a, b) => spelling(a) === spelling(b),
      widen: (_field, from, to) => (Array.isArray(from) && Array.isArray(to) ? both(from, to) : undefined),
    };
  });

const byText = (a: Json, b: Json): number => compareText(JSON.stringify(a), JSON.stringify(b));

function both(from: readonly Json[], to: readonly Json[]): Json {
  return [...new Set([...from, ...to])].sort(byText);
}

/** A list is a set here: its order means nothing. */
function spelling(value: Json): string {
  return JSON.stringify(Array.isArray(value) ? [...value].sort(byText) : value);
}

/** Resource i links to resources below i only; its kind follows from i. */
const resourceAt = (index: number): fc.Arbitrary<DesiredResource> => {
  const below =
    index === 0 ? fc.constant(undefined) : fc.option(fc.nat(index - 1), { nil: undefined, freq: 3 });
  return fc
    .record({
      fixed: fc.nat(2),
      free: fc.nat(2),
      first: fc.nat(2),
      list: fc.uniqueArray(fc.nat(3), { maxLength: 3 }),
      linkA: below,
      linkB: below,
      orderOnly: below,
    })
    .map(({ linkA, linkB, orderOnly, list, ...fields }) => ({
      id: `r${index}`,
      kind: `k${index % 3}`,
      members: [`m${index % 2}`],
      fields: {
        ...fields,
        list: list.toSorted((a, b) => a - b),
        linkA: linkA === undefined ? null : reference(`r${linkA}`),
        linkB: linkB === undefined ? [] : [reference(`r${linkB}`)],
      },
      dependsOn: orderOnly === undefined ? [] : [`r${orderOnly}`],
    }));
};

/** Only those whose dependencies are in it as well. */
const desiredWorld = fc
  .tuple(
    ...Array.from({ length: size }, (_, index) => fc.option(resourceAt(index), { nil: undefined, freq: 4 })),
  )
  .map((all) => {
    const kept = new Map<string, DesiredResource>();
    for (const resource of all) {
      if (resource === undefined) continue;
      const text = JSON.stringify([resource.fields, resource.dependsOn]);
      const needs = [...text.matchAll(/"(r\d)"/g)].map((match) => match[1] as string);
      if (needs.every((id) => kept.has(id))) kept.set(resource.id, resource);
    }
    return [...kept.values()];
  });

const rulesOfKinds = fc.record({ k0: kindRules, k1: kindRules, k2: kindRules });
export const scene = fc.record({ rules: rulesOfKinds, before: desiredWorld, after: desiredWorld });
export type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

/** Plans from what is there and carries it out. */
export async function apply(
  cloud: ToyCloud,
  world: Scene,
  target: readonly DesiredResource[],
  policy: PlanPolicy = allow,
  hook?: Hook,
): Promise<{ made: Plan; execution: Execution }> {
  const made = plan(target, cloud.observe(), world.rules, policy);
  return { made, execution: await execute(made, cloud.actions(hook), { ...where, signal }) };
}

export function expectDone(execution: Execution): void {
  expect([...execution.results].filter(([, { ended }]) => ended !== "done")).toEqual([]);
}

/** A cloud in which the world before stands. */
export async function built(world: Scene): Promise<ToyCloud> {
  const cloud = createToyCloud(world.rules);
  expectDone((await apply(cloud, world, world.before)).execution);
  return cloud;
}

/** Things that are not ours, under ids of ours, some of which use what is ours. */
export const strangers = fc.array(
  fc.record({
    index: fc.nat(size - 1),
    link: fc.option(fc.nat(size - 1), { nil: undefined }),
  }),
  { maxLength: 3 },
);
export type Strangers = typeof strangers extends fc.Arbitrary<infer T> ? T : never;

export function settle(cloud: ToyCloud, foreign: Strangers): void {
  for (const [number, { index, link }] of foreign.entries()) {
    const used = [...cloud.things.values()].find(({ id, ours }) => ours && id === `r${link}`);
    const fields = { fixed: 9, linkA: used?.cloudId ?? null };
    const base = { id: `r${index}`, kind: `k${index % 3}`, ours: false, fields };
    cloud.put({ ...base, cloudId: `foreign:${number}` });
  }
}
