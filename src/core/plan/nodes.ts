/** Turns decisions into operations, each with its fields, its reason and what may hold it. Edges are drawn in edges.ts. */

import { compareText } from "../compare-text.ts";
import { isTaken } from "./adoption.ts";
import { isSame } from "./compare.ts";
import type { Decision, Decisions, Superseded, World } from "./decide.ts";
import { knownFrom, rulesOf } from "./decide.ts";
import { type Known, referencesIn, resolveFields } from "./reference.ts";
import type {
  DesiredResource,
  FieldChange,
  Fields,
  HeldOperation,
  Json,
  ObservedResource,
  Operation,
} from "./types.ts";

export type Hold = HeldOperation["waitsFor"];

export interface Node {
  readonly operation: Operation;
  /** Keys of nodes that must end first. */
  readonly after: Set<string>;
  /** Keys of nodes that would end first if that were no circle: if one is held, so is this. */
  readonly withheldBy: Set<string>;
  hold?: Hold;
  /** Stands for what is refused, so that what needs it is held; never shown. */
  readonly placeholder: boolean;
}

export interface Nodes {
  readonly byKey: ReadonlyMap<string, Node>;
  /** The creation or (first) update of a resource. */
  readonly main: ReadonlyMap<string, Node>;
  /** The second half of an update, where there is one. */
  readonly narrow: ReadonlyMap<string, Node>;
  readonly deletes: readonly {
    readonly node: Node;
    readonly observed: ObservedResource;
    readonly fate: Fate;
  }[];
}

/** Why a resource goes: unwanted; replaced by a new one; a further copy; replaced, and gone before the new one comes. */
export type Fate = "unwanted" | "replaced" | "superseded" | "restarted";

interface Gone extends Superseded {
  readonly fate: Fate;
  readonly because: string;
  readonly changes?: readonly FieldChange[];
  readonly members?: readonly string[] | undefined;
  readonly hold?: Hold | undefined;
}

type Unordered<T> = T extends unknown ? Omit<T, "after"> : never;
type Draft = Unordered<Operation>;

export function buildNodes(world: World, decisions: Decisions): Nodes {
  const byKey = new Map<string, Node>();
  const main = new Map<string, Node>();
  const narrow = new Map<string, Node>();
  const deletes: { node: Node; observed: ObservedResource; fate: Fate }[] = [];

  const add = (draft: Draft, hold?: Hold): Node => {
    const operation: Operation = { ...draft, after: [] };
    const node: Node = {
      operation,
      after: new Set(),
      withheldBy: new Set(),
      placeholder: hold === "Refused",
    };
    if (hold !== undefined) node.hold = hold;
    byKey.set(draft.key, node);
    return node;
  };
  const remove = (gone: Gone): void => {
    const {
      observed,
      acknowledge,
      fate,
      because,
      changes = [],
      members = observed.members ?? [],
      hold,
    } = gone;
    const { id, kind, cloudId, document, fields } = observed;
    const base = { key: `delete ${id} ${cloudId}`, id, kind, cloudId, document, members };
    const draft = {
      ...base,
      do: "delete",
      observed: fields,
      replaced: fate !== "unwanted",
      changes,
      because,
    } as const;
    deletes.push({ node: add({ ...draft, acknowledge }, hold), observed, fate });
  };
  const known = knownFrom(decisions.byId);

  for (const [id, decision] of decisions.byId) {
    const { desired } = decision;
    if (decision.do === "keep") continue;
    if (decision.do === "update") {
      const [first, second] = updateDrafts(world, decision, known);
      const hold = isDrift(world, desired, decision.changes) ? "Drift" : undefined;
      if (first) main.set(id, add(first, hold));
      if (second) narrow.set(id, add(second, hold));
      continue;
    }
    const drifted = decision.do === "create" && isDrift(world, desired, []);
    const hold = decision.do === "refuse" ? "Refused" : drifted ? "Drift" : undefined;
    main.set(id, add(createDraft(world, decision, known), hold));
    if (decision.do === "replace") {
      const fate = decision.mode === "delete-first" ? "restarted" : "replaced";
      const because = replacementReason(world, decision);
      remove({ ...decision, fate, because, members: desired.members });
    }
  }
  for (const gone of decisions.superseded) {
    const members = decisions.byId.get(gone.observed.id)?.desired.members;
    remove({ ...gone, fate: "superseded", because: "another copy of it is in use", members });
  }
  for (const observed of decisions.unwanted) {
    const hold = world.policy.deletion === "Retain" ? "Deletion" : undefined;
    const because = isTaken(observed) ? "comes with what is taken over; not wanted" : "no longer wanted";
    remove({ observed, acknowledge: undefined, fate: "unwanted", because, hold });
  }
  return { byKey, main, narrow, deletes };
}

/** A difference that nobody asked for, while the policy wants it reported only. What follows from a reference was asked for. */
export function isDrift(world: World, desired: DesiredResource, changes: readonly FieldChange[]): boolean {
  return (
    world.policy.drift === "Report" &&
    (world.policy.unchanged?.(desired) ?? false) &&
    changes.every(({ field }) => referencesIn(desired.fields[field] ?? null).length === 0)
  );
}

function createDraft(
  world: World,
  decision: Exclude<Decision, { do: "keep" | "update" }>,
  known: (id: string) => Known | undefined,
): Draft {
  const { id, kind, members, document, note } = decision.desired;
  const replaced = decision.do === "replace" ? decision.observed : undefined;
  const fields = resolveFields(decision.desired.fields, known);
  const changes =
    decision.do === "replace"
      ? decision.changes
      : Object.keys(fields)
          .sort(compareText)
          .map((field): FieldChange => ({ field, to: fields[field] as Json }));
  return {
    do: "create",
    key: `create ${id}`,
    id,
    kind,
    document,
    members,
    fields,
    changes,
    replaces: replaced === undefined ? [] : [replaced.cloudId],
    because:
      decision.do === "replace"
        ? `takes the place of ${decision.observed.cloudId}: ${replacementReason(world, decision)}`
        : (note ?? "does not exist yet"),
    acknowledge: decision.do === "replace" ? decision.acknowledge : undefined,
  };
}

function replacementReason(world: World, decision: Extract<Decision, { do: "replace" }>): string {
  const rules = rulesOf(world, decision.desired.kind);
  const fixed = decision.changes
    .map(({ field }) => field)
    .filter((field) => rules.change(field) === "replace");
  // What follows from another replacement is not the reason.
  const own = fixed.filter((field) => referencesIn(decision.desired.fields[field] ?? null).length === 0);
  if (own.length > 0) return `${own.join(", ")} can't be changed in place`;
  if (decision.causes.length > 0) return `uses ${decision.causes.join(", ")}, which is replaced`;
  return fixed.length > 0 ? `${fixed.join(", ")} can't be changed in place` : "belongs in another document";
}

/** One update, or two where a value has to serve old and new users in between; the first is missing if it only narrows. */
function updateDrafts(
  world: World,
  decision: Extract<Decision, { do: "update" }>,
  known: (id: string) => Known | undefined,
): [Draft | undefined, Draft | undefined] {
  const { desired, observed, changes } = decision;
  const rules = rulesOf(world, desired.kind);
  const { id, kind, members } = desired;
  const { document } = observed;
  const target: Record<string, Json> = { ...resolveFields(desired.fields, known) };
  // A whole-object write must not touch what we hold back or do not compare.
  for (const field of Object.keys(target)) {
    const value = observed.fields[field];
    if (rules.change(field) !== "update" && value !== undefined) target[field] = value;
  }
  const widened = changes.map(({ field, from, to }): FieldChange => {
    const both = from === undefined ? undefined : rules.widen?.(field, from, to);
    return { field, from, to: both ?? to };
  });
  const between: Fields = { ...target, ...Object.fromEntries(widened.map(({ field, to }) => [field, to])) };
  const now = widened.filter(({ field, from, to }) => from === undefined || !isSame(rules, field, to, from));
  const later = changes.flatMap(({ field, to }): FieldChange[] =>
    isSame(rules, field, to, between[field] as Json) ? [] : [{ field, from: between[field], to }],
  );
  const held = decision.frozen ? ({ replacementHeld: true } as const) : {};
  const common = { do: "update", id, kind, document, members, cloudId: observed.cloudId, ...held } as const;
  const because = isTaken(observed)
    ? `takes over ${observed.cloudId}`
    : (desired.note ?? "differs from what is wanted");
  const first: Draft = {
    ...common,
    key: `update ${id}`,
    fields: between,
    observed: observed.fields,
    changes: now,
    because,
    step: later.length > 0 ? "widen" : "whole",
  };
  const second: Draft = {
    ...common,
    key: `narrow ${id}`,
    fields: target,
    observed: between,
    changes: later,
    because,
    step: "narrow",
  };
  return [now.length > 0 ? first : undefined, later.length > 0 ? second : undefined];
}
