/** Compares one desired resource with its copies in the cloud, field by field, and picks the copy to keep. */

import { compareText } from "../compare-text.ts";
import { canonical, fingerprint } from "./json.ts";
import { type Known, resolve } from "./reference.ts";
import type { DesiredResource, FieldChange, Json, KindRules, ObservedResource, PlanPolicy } from "./types.ts";

export interface Comparison {
  readonly observed: ObservedResource;
  readonly changes: readonly FieldChange[];
  /** Those of the changes that can't be made in place. */
  readonly replacing: readonly FieldChange[];
}

/** Our copies, the one to keep first: one that needs no replacement, then one that serves users, then the nearest. */
export function ranked(
  rules: KindRules,
  policy: PlanPolicy,
  desired: DesiredResource,
  copies: readonly ObservedResource[],
  known: (id: string) => Known | undefined,
): Comparison[] {
  const serves = ({ observed }: Comparison): number => (policy.recorded?.has(observed.cloudId) ? 1 : 0);
  return copies
    .filter(({ ours }) => ours)
    .map((observed): Comparison => {
      const changes = differences(rules, desired, observed, known);
      return {
        observed,
        changes,
        replacing: [
          ...changes.filter(({ field }) => rules.change(field) === "replace"),
          ...moved(desired, observed),
        ],
      };
    })
    .sort(
      (a, b) =>
        Math.sign(a.replacing.length) - Math.sign(b.replacing.length) ||
        serves(b) - serves(a) ||
        a.changes.length - b.changes.length ||
        compareText(a.observed.cloudId, b.observed.cloudId),
    );
}

function moved(desired: DesiredResource, observed: ObservedResource): FieldChange[] {
  if (desired.document === observed.document || desired.document === undefined) return [];
  return [{ field: "document", from: observed.document, to: desired.document }];
}

export function isSame(rules: KindRules, field: string, desired: Json, observed: Json): boolean {
  return rules.equal?.(field, desired, observed) ?? canonical(desired) === canonical(observed);
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

/**
 * Under what users allow the loss of an address; undefined if none is lost. Hashes what is lost and what was asked for,
 * references unresolved, so that it is the same after an interruption.
 */
export function tokenOf(
  rules: KindRules,
  desired: DesiredResource,
  observed: ObservedResource,
  replacing: readonly FieldChange[],
): string | undefined {
  const { changesAddress } = rules;
  if (!(typeof changesAddress === "boolean" ? changesAddress : changesAddress(observed, desired)))
    return undefined;
  return fingerprint({
    kind: observed.kind,
    id: observed.id,
    cloudId: observed.cloudId,
    incarnation: observed.incarnation ?? null,
    changes: replacing.map(({ field, from }) => [field, from ?? null, desired.fields[field] ?? null]),
  });
}
