/** A cloud in memory that refuses what clouds refuse: taken names, links to nothing, deletion of what is in use. */
import type { ResourceActions } from "../../../../src/core/plan/actions.ts";
import { CloudError } from "../../../../src/core/plan/cloud-error.ts";
import { referencesIn } from "../../../../src/core/plan/reference.ts";
import type { Fields, Json, KindRules, ObservedResource } from "../../../../src/core/plan/types.ts";

export interface Thing {
  readonly id: string;
  readonly kind: string;
  readonly cloudId: string;
  readonly incarnation: string;
  readonly ours: boolean;
  fields: Fields;
}

/** Called before and after the effect of every call; may throw or wait. */
export type Hook = (moment: "before" | "after", call: string) => void | Promise<void>;

export interface ToyCloud {
  readonly things: Map<string, Thing>;
  readonly calls: string[];
  put(thing: { id: string; kind: string; ours?: boolean; fields: Fields; cloudId?: string }): Thing;
  observe(): ObservedResource[];
  actions(hook?: Hook): Record<string, ResourceActions>;
}

/** Kinds that are deleted first have their id as name: two of one kind can't stand side by side. */
export function createToyCloud(rules: Record<string, KindRules>): ToyCloud {
  const things = new Map<string, Thing>();
  const calls: string[] = [];
  let serial = 0;

  const linksOf = (fields: Fields): string[] =>
    Object.entries(fields).flatMap(([name, value]) =>
      name.startsWith("link")
        ? [value].flat().filter((link): link is string => typeof link === "string")
        : [],
    );
  const check = (fields: Fields): void => {
    if (Object.values(fields).some((value) => referencesIn(value).length > 0)) {
      throw new CloudError("invalid", "an unresolved reference");
    }
    for (const link of linksOf(fields)) {
      if (!things.has(link)) throw new CloudError("missing", `nothing is called ${link}`);
    }
  };
  const put: ToyCloud["put"] = ({ id, kind, ours = true, fields, cloudId }) => {
    serial += 1;
    const name =
      cloudId ?? (rules[kind]?.replace === "delete-first" ? `name:${kind}/${id}` : `serial:${serial}`);
    if (things.has(name)) throw new CloudError("invalid", `${name} is taken`);
    const thing = { id, kind, cloudId: name, incarnation: String(serial), ours, fields };
    things.set(name, thing);
    return thing;
  };
  const observe = (): ObservedResource[] =>
    [...things.values()].map((thing) => ({
      ...thing,
      dependsOn: linksOf(thing.fields).flatMap((link) => things.get(link)?.id ?? []),
    }));
  const find = (cloudId: string): Thing => {
    const thing = things.get(cloudId);
    if (thing === undefined) throw new CloudError("gone", `${cloudId} is gone`);
    if (!thing.ours) throw new Error(`${cloudId} is not ours`);
    return thing;
  };

  const actions: ToyCloud["actions"] = (hook = () => {}) => {
    const around = async <T>(call: string, effect: () => T): Promise<T> => {
      await hook("before", call);
      calls.push(call);
      const result = effect();
      await hook("after", call);
      return result;
    };
    const all: ResourceActions = {
      create: ({ key, id, kind, fields }) =>
        around(key, () => {
          check(fields);
          return put({ id, kind, fields });
        }),
      update: ({ key, cloudId, changes }) =>
        around(key, () => {
          const thing = find(cloudId);
          const changed: Record<string, Json> = Object.fromEntries(
            changes.map(({ field, to }) => [field, to]),
          );
          check(changed);
          thing.fields = { ...thing.fields, ...changed };
          return undefined;
        }),
      delete: ({ key, cloudId }) =>
        around(key, () => {
          find(cloudId);
          const user = [...things.values()].find(({ fields }) => linksOf(fields).includes(cloudId));
          if (user !== undefined) throw new CloudError("conflict", `${cloudId} is used by ${user.cloudId}`);
          things.delete(cloudId);
        }),
    };
    return Object.fromEntries(Object.keys(rules).map((kind) => [kind, all]));
  };
  return { things, calls, put, observe, actions };
}

/** What is there, with links by id, so that two worlds can be compared whose serial numbers differ. */
export function picture(cloud: ToyCloud): string[] {
  const name = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(name);
    return typeof value === "string" && cloud.things.has(value) ? `-> ${cloud.things.get(value)?.id}` : value;
  };
  return [...cloud.things.values()]
    .map(({ id, ours, fields }) => {
      const names = Object.keys(fields).sort();
      return JSON.stringify([id, ours, names.map((field) => [field, name(fields[field] ?? null)])]);
    })
    .sort();
}
