/** Matches what is desired with what exists and decides, resource by resource, what has to happen. No order yet. */
import { canonical, compareText, fingerprint } from "./json.ts";
import { type Known, referencesIn, resolve } from "./reference.ts";
import type { DesiredResource, FieldChange, Json, KindRules, ObservedResource, PlanPolicy } from "./types.ts";

export type Decision = { readonly desired: DesiredResource; readonly dependsOn: readonly string[] } & (
  | { readonly do: "create" }
  | { readonly do: "refuse"; readonly foreign: ObservedResource }
  | { readonly do: "keep"; readonly observed: ObservedResource; readonly frozen: boolean }
  | {
      readonly do: "update";
      readonly observed: ObservedResource;
      readonly changes: readonly FieldChange[];
      readonly frozen: boolean;
    }
  | {
      readonly do: "replace";
      readonly observed: ObservedResource;
      readonly changes: readonly FieldChange[];
      readonly mode: KindRules["replace"];
      /** Replaced resources that force this one to be replaced. */
      readonly causes: readonly string[];
      readonly acknowledge: string | undefined;
    }
);

/** A further copy of a resource, or what another kind left under its id. */
export interface Superseded {
  readonly observed: ObservedResource;
  readonly acknowledge: string | undefined;
}

export interface Decisions {
  /** By id, dependencies first. */
  readonly byId: ReadonlyMap<string, Decision>;
  readonly superseded: readonly Superseded[];
  readonly unwanted: readonly ObservedResource[];
  /** Replacements that can't be done as long as the frozen stay: to be frozen too. */
  readonly inTheWay: ReadonlySet<string>;
}

export interface World {
  readonly desired: readonly DesiredResource[];
  readonly observed: readonly ObservedResource[];
  readonly rules: Readonly<Record<string, KindRules>>;
  readonly policy: PlanPolicy;
}

/** Decides for all. Resources in `frozen` are not replaced: their fields that would ask for it stay as observed. */
export function decide(world: World, frozen: ReadonlySet<string>): Decisions {
  const { desired, observed, policy } = world;
  const copies = Map.groupBy(observed, (resource) => resource.id);
  const observedUses = transitiveUses(observed);
  const byId = new Map<string, Decision>();
  const superseded: Superseded[] = [];
  const inTheWay = new Set<string>();
  /** Per id: delete-first replacements among all it depends on. */
  const restarted = new Map<string, ReadonlySet<string>>();

  const known = (id: string): Known | undefined => {
    const decision = byId.get(id);
    return decision?.do === "keep" || decision?.do === "update" ? decision.observed : undefined;
  };

  for (const [resource, dependsOn] of inDependencyOrder(desired)) {
    const rules = rulesOf(world, resource.kind);
    const below = union(dependsOn.map((id) => restarted.get(id)));
    restarted.set(resource.id, below);
    const here = (copies.get(resource.id) ?? []).filter((copy) => copy.kind === resource.kind);
    const ours = here.filter((copy) => copy.ours);
    const foreign = here.find((copy) => !copy.ours);
    if (ours.length === 0) {
      byId.set(
        resource.id,
        foreign
          ? { do: "refuse", desired: resource, dependsOn, foreign }
          : { do: "create", desired: resource, dependsOn },
      );
      continue;
    }
    const ranked = ours
      .map((copy) => ({ copy, changes: differences(rules, resource, copy, known) }))
      .map((row) => ({
        ...row,
        replacing: row.changes.filter((change) => rules.change(change.field) === "replace"),
      }))
      .sort(
        (a, b) =>
          Number(a.replacing.length > 0) - Number(b.replacing.length > 0) ||
          Number(isRecorded(policy, b.copy)) - Number(isRecorded(policy, a.copy)) ||
          a.changes.length - b.changes.length ||
          compareText(a.copy.cloudId, b.copy.cloudId),
      );
    const [best, ...others] = ranked as [(typeof ranked)[number], ...typeof ranked];
    for (const { copy, replacing } of others) {
      const served = policy.recorded === undefined ? replacing.length > 0 : policy.recorded.has(copy.cloudId);
      const acknowledge =
        served && addressChanges(rules, copy, resource) ? tokenOf(resource, copy, replacing) : undefined;
      superseded.push({ observed: copy, acknowledge });
    }

    const observedBelow = observedUses(best.copy.id);
    const forcedBy = [...below].filter((id) => observedBelow.has(id));
    const moved = best.replacing.flatMap((change) =>
      referencesIn(resource.fields[change.field] ?? null).filter((id) => byId.get(id)?.do === "replace"),
    );
    const causes = [...new Set([...forcedBy, ...moved])].sort(compareText);
    const wantsReplacement = best.replacing.length > 0 || forcedBy.length > 0;
    const common = { desired: resource, dependsOn, observed: best.copy };
    if (wantsReplacement && !frozen.has(resource.id)) {
      const mode = forcedBy.length > 0 ? "delete-first" : rules.replace;
      if (mode === "delete-first") restarted.set(resource.id, new Set([...below, resource.id]));
      const acknowledge = addressChanges(rules, best.copy, resource)
        ? tokenOf(resource, best.copy, best.replacing)
        : undefined;
      byId.set(resource.id, { do: "replace", ...common, changes: best.changes, mode, causes, acknowledge });
      continue;
    }
    if (wantsReplacement) for (const cause of causes) inTheWay.add(cause);
    const changes = best.changes.filter((change) => rules.change(change.field) === "update");
    byId.set(
      resource.id,
      changes.length > 0
        ? { do: "update", ...common, changes, frozen: wantsReplacement }
        : { do: "keep", ...common, frozen: wantsReplacement },
    );
  }

  const wanted = new Map(desired.map((resource) => [resource.id, resource.kind]));
  const unwanted = observed.filter(
    (resource) => resource.ours && wanted.get(resource.id) !== resource.kind && world.rules[resource.kind],
  );
  return { byId, superseded, unwanted, inTheWay };
}

export function rulesOf(world: Pick<World, "rules">, kind: string): KindRules {
  const rules = world.rules[kind];
  if (rules === undefined) throw new Error(`No rules for resources of kind "${kind}"`);
  return rules;
}

/** Fields that we own and that differ, sorted. */
function differences(
  rules: KindRules,
  desired: DesiredResource,
  observed: ObservedResource,
  known: (id: string) => Known | undefined,
): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const field of Object.keys(desired.fields).sort(compareText)) {
    if (rules.change(field) === "ignore") continue;
    const to = resolve(desired.fields[field] as Json, known);
    const from = observed.fields[field];
    if (from === undefined) changes.push({ field, to });
    else if (!isSame(rules, field, to, from)) changes.push({ field, from, to });
  }
  return changes;
}

export function isSame(rules: KindRules, field: string, desired: Json, observed: Json): boolean {
  return rules.equal?.(field, desired, observed) ?? canonical(desired) === canonical(observed);
}

/** Hashes what is lost and what was asked for; references unresolved, so that it survives an interruption. */
function tokenOf(
  desired: DesiredResource,
  observed: ObservedResource,
  replacing: readonly FieldChange[],
): string {
  return fingerprint({
    kind: observed.kind,
    id: observed.id,
    cloudId: observed.cloudId,
    incarnation: observed.incarnation ?? null,
    changes: replacing.map(({ field, from }) => [field, from ?? null, desired.fields[field] ?? null]),
  });
}

function addressChanges(rules: KindRules, observed: ObservedResource, desired: DesiredResource): boolean {
  return typeof rules.changesAddress === "boolean"
    ? rules.changesAddress
    : rules.changesAddress(observed, desired);
}

function isRecorded(policy: PlanPolicy, observed: ObservedResource): boolean {
  return policy.recorded?.has(observed.cloudId) ?? false;
}

function union(sets: readonly (ReadonlySet<string> | undefined)[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => (set === undefined ? [] : [...set])));
}

/** All ids that the copies of an id use in the cloud, through others as well. */
function transitiveUses(observed: readonly ObservedResource[]): (id: string) => ReadonlySet<string> {
  const direct = new Map<string, string[]>();
  for (const { id, dependsOn, ours } of observed)
    if (ours) direct.set(id, [...(direct.get(id) ?? []), ...dependsOn]);
  return (id) => {
    const seen = new Set<string>();
    const open = [...(direct.get(id) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(direct.get(next) ?? []));
    }
    return seen;
  };
}

/** Desired resources with all their dependencies (references included), dependencies first. Throws on a cycle, naming it. */
function inDependencyOrder(desired: readonly DesiredResource[]): [DesiredResource, readonly string[]][] {
  const byId = new Map<string, DesiredResource>();
  for (const resource of desired) {
    if (byId.has(resource.id)) throw new Error(`"${resource.id}" is desired twice`);
    byId.set(resource.id, resource);
  }
  const done = new Map<string, [DesiredResource, readonly string[]]>();
  const path: string[] = [];
  const visit = (resource: DesiredResource): void => {
    const { id, fields } = resource;
    if (done.has(id)) return;
    if (path.includes(id)) {
      throw new Error(`Dependencies in a circle: ${[...path.slice(path.indexOf(id)), id].join(" -> ")}`);
    }
    path.push(id);
    const dependsOn = [...new Set([...resource.dependsOn, ...referencesIn(fields)])].sort(compareText);
    for (const dependency of dependsOn) {
      const found = byId.get(dependency);
      if (found === undefined) throw new Error(`"${id}" depends on "${dependency}", which is not desired`);
      visit(found);
    }
    path.pop();
    done.set(id, [resource, dependsOn]);
  };
  for (const id of [...byId.keys()].sort(compareText)) visit(byId.get(id) as DesiredResource);
  return [...done.values()];
}
