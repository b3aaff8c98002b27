/** Plans how what exists becomes what is desired. Pure: the same input in any order gives the same plan. */

import { compareText } from "../compare-text.ts";
import { takeOver, withoutUnfit } from "./adoption.ts";
import { type Decisions, decide, rulesOf, type World } from "./decide.ts";
import { arrange, freeze, heldByFreezing, refusals } from "./hold.ts";
import { canonical } from "./json.ts";
import { legible } from "./legible.ts";
import type { Node } from "./nodes.ts";
import type {
  DesiredResource,
  HeldOperation,
  KindRules,
  ObservedResource,
  Operation,
  Plan,
  PlanPolicy,
} from "./types.ts";

/**
 * Guarantees: a plan that was carried out in full leaves nothing to run (if something is held: plan once
 * more, for what stood in the way may have let go); a plan that was interrupted anywhere is taken up
 * again by planning from what exists then; nothing that is not ours is changed or deleted, unless it was named for adoption and may
 * be taken (`adoption.ts`); while a replacement is held, the
 * resource stays as it is and everything that does not need the new one goes on.
 * Throws on mistakes of the provider: a circle of dependencies, an id desired twice, a kind without rules.
 */
export function plan(
  desired: readonly DesiredResource[],
  observed: readonly ObservedResource[],
  rules: Readonly<Record<string, KindRules>>,
  policy: PlanPolicy,
): Plan {
  const taken = takeOver(desired, sortedCopies(observed));
  const { world, wanted } = withFitting({ desired, observed: taken.observed, rules, policy });
  const frozen = freeze(world, wanted);
  const possible = frozen.size === 0 ? wanted : decide(world, frozen);
  const refused = [...taken.refused, ...refusals(world, possible)];
  const { order, holds } = arrange(world, possible, refused);

  const run = order.filter(({ operation }) => !holds.has(operation.key));
  const held = order.flatMap((node) => {
    const waitsFor = holds.get(node.operation.key);
    return waitsFor === undefined ? [] : [{ node, waitsFor }];
  });
  if (frozen.size > 0) held.push(...heldByFreezing(world, wanted, frozen, order));

  const runs = new Set(run.map(({ operation }) => operation.key));
  const shown = held.filter(({ node }) => !node.placeholder);
  const known = new Set([...runs, ...shown.map(({ node }) => node.operation.key)]);
  const operations = run.map((node) => finished(world, node, runs));
  const waiting = shown.map(
    ({ node, waitsFor }): HeldOperation => ({ operation: finished(world, node, known), waitsFor }),
  );
  const id = planId([...operations, ...waiting.map(({ operation }) => operation)]);
  return { id, operations, held: waiting, refused };
}

/** What a member writes into the acknowledgement to allow everything in the plan that destroys an address of its own. */
export function acknowledgementFor(plan: Plan, member: string): string {
  const all = [...plan.operations, ...plan.held.map(({ operation }) => operation)];
  return planId(all.filter(({ members }) => members.includes(member)));
}

/** What is taken over is never replaced: where that would be needed, it is left alone. */
function withFitting(world: World): { world: World; wanted: Decisions } {
  const wanted = decide(world, new Set());
  const observed = withoutUnfit(world, wanted);
  if (observed === undefined) return { world, wanted };
  const other = { ...world, observed };
  return { world: other, wanted: decide(other, new Set()) };
}

function finished(world: World, { operation, after }: Node, keys: ReadonlySet<string>): Operation {
  const rules = rulesOf(world, operation.kind);
  return {
    ...operation,
    changes: operation.changes.map((change) => legible(rules, change)),
    after: [...after].filter((key) => keys.has(key)).sort(compareText),
  };
}

function planId(operations: readonly Operation[]): string {
  const parts = new Set(operations.flatMap(({ acknowledge }) => acknowledge ?? []));
  return [...parts].sort(compareText).join(".");
}

/** What is listed twice counts once; where the listings disagree about whose it is, it is not ours. */
function sortedCopies(observed: readonly ObservedResource[]): ObservedResource[] {
  const name = ({ kind, id, cloudId }: ObservedResource): string => canonical([kind, id, cloudId]);
  const whole = ({ fields, dependsOn, incarnation = "" }: ObservedResource): string =>
    canonical([incarnation, fields, [...dependsOn].sort(compareText)]);
  const ordered = [...observed].sort(
    (a, b) =>
      compareText(name(a), name(b)) || Number(a.ours) - Number(b.ours) || compareText(whole(a), whole(b)),
  );
  const first = new Map<string, ObservedResource>();
  for (const resource of ordered) if (!first.has(name(resource))) first.set(name(resource), resource);
  return [...first.values()];
}
