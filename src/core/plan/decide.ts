/** Matches what is desired with what exists and decides, resource by resource, what has to happen. No order yet. */

import { compareText } from "../compare-text.ts";
import { ranked, tokenOf } from "./compare.ts";
import { inDependencyOrder, transitiveUses } from "./dependencies.ts";
import { type Known, referencesIn } from "./reference.ts";
import type {
  DesiredResource,
  FieldChange,
  KindRules,
  ObservedResource,
  PlanPolicy,
  ReplaceMode,
} from "./types.ts";

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
      readonly mode: ReplaceMode;
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
  const copies = Map.groupBy(observed, ({ id }) => id);
  const uses = transitiveUses(observed);
  const byId = new Map<string, Decision>();
  const superseded: Superseded[] = [];
  const inTheWay = new Set<string>();
  /** Per id: delete-first replacements among all it depends on, itself included. */
  const restarted = new Map<string, ReadonlySet<string>>();
  const known = knownFrom(byId);

  for (const [resource, dependsOn] of inDependencyOrder(desired)) {
    const { id, kind } = resource;
    const rules = rulesOf(world, kind);
    const below = new Set(dependsOn.flatMap((dependency) => [...(restarted.get(dependency) ?? [])]));
    restarted.set(id, below);
    const here = (copies.get(id) ?? []).filter((copy) => copy.kind === kind);
    const [best, ...others] = ranked(rules, policy, resource, here, known);
    if (best === undefined) {
      const foreign = here.find(({ cloudId }) => cloudId === resource.adopt) ?? here[0];
      byId.set(id, {
        ...(foreign ? { do: "refuse", foreign } : { do: "create" }),
        desired: resource,
        dependsOn,
      });
      continue;
    }
    for (const { observed: copy, replacing } of others) {
      const served = policy.recorded === undefined ? replacing.length > 0 : policy.recorded.has(copy.cloudId);
      superseded.push({
        observed: copy,
        acknowledge: served ? tokenOf(rules, resource, copy, replacing) : undefined,
      });
    }

    // What uses the old one in the cloud, and will use the new one, has to go before it and come again after.
    const used = uses(id);
    const forcedBy = [...below].filter((restart) => used.has(restart));
    const movedTo = best.replacing.flatMap(({ field }) => referencesIn(resource.fields[field] ?? null));
    const moved = movedTo.filter((target) => byId.get(target)?.do === "replace");
    const causes = [...new Set([...forcedBy, ...moved])].sort(compareText);
    const wantsReplacement = best.replacing.length > 0 || forcedBy.length > 0;
    const common = { desired: resource, dependsOn, observed: best.observed };
    if (wantsReplacement && !frozen.has(id)) {
      const mode =
        forcedBy.length > 0
          ? "delete-first"
          : typeof rules.replace === "string"
            ? rules.replace
            : rules.replace(best.observed, resource);
      if (mode === "delete-first") restarted.set(id, new Set([...below, id]));
      const acknowledge = tokenOf(rules, resource, best.observed, best.replacing);
      byId.set(id, { do: "replace", ...common, changes: best.changes, mode, causes, acknowledge });
      continue;
    }
    if (wantsReplacement) for (const cause of causes) inTheWay.add(cause);
    const staysWhole = wantsReplacement && rules.heldWhole === true;
    const changes = staysWhole ? [] : best.changes.filter(({ field }) => rules.change(field) === "update");
    const existing = { ...common, frozen: wantsReplacement };
    byId.set(id, changes.length > 0 ? { do: "update", ...existing, changes } : { do: "keep", ...existing });
  }

  const wanted = new Map(desired.map(({ id, kind }) => [id, kind]));
  const unwanted = observed.filter(
    ({ id, kind, ours }) => ours && wanted.get(id) !== kind && world.rules[kind] !== undefined,
  );
  return { byId, superseded, unwanted, inTheWay };
}

/** References resolve to what stays, ours or not; what is created or replaced is not known before. */
export function knownFrom(byId: ReadonlyMap<string, Decision>): (id: string) => Known | undefined {
  return (id) => {
    const decision = byId.get(id);
    if (decision?.do === "refuse") return decision.foreign;
    return decision?.do === "keep" || decision?.do === "update" ? decision.observed : undefined;
  };
}

export function rulesOf(world: Pick<World, "rules">, kind: string): KindRules {
  const rules = world.rules[kind];
  if (rules === undefined) throw new Error(`No rules for resources of kind "${kind}"`);
  return rules;
}
