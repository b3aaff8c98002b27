/**
 * What rounds that leave members out may take away: what the plan for all members takes too, and what this very attempt made. What stood
 * before it, observed or taken over, stays: whoever is left out may be using it, though no status says so. Pure.
 */
import { isSame } from "../../../core/plan/compare.ts";
import type { KindRules, Operation, UpdateOperation } from "../../../core/plan/types.ts";
import type { Round } from "./rounds.ts";

export interface StandingOptions {
  readonly rules: Readonly<Record<string, KindRules>>;
  /** The class wants nothing deleted of those who go: then what was made for those who are left out stays as well. */
  readonly retain: boolean;
}

/** `first`: the round for all; `rounds`: all so far. */
export function sparesWhatStood(
  first: Pick<Round, "before" | "planned">,
  rounds: readonly Pick<Round, "planned" | "execution">[],
  { rules, retain }: StandingOptions,
): (operation: Operation) => boolean {
  const stood = new Map(first.before.map((resource) => [resource.cloudId, resource]));
  const made = new Set(retain ? [] : rounds.flatMap(createdIn).filter((cloudId) => !stood.has(cloudId)));
  const gone = new Set<string>();
  const narrowed = new Set<string>();
  for (const operation of first.planned.operations) {
    if (operation.do === "delete") gone.add(operation.cloudId);
    if (isNarrowing(operation)) narrowed.add(operation.cloudId);
  }
  const mayGo = (cloudId: string): boolean => gone.has(cloudId) || made.has(cloudId);
  const takesNothing = ({ kind, cloudId, fields, changes }: UpdateOperation): boolean =>
    changes.every(({ field }) => {
      const had = stood.get(cloudId)?.fields[field];
      const has = fields[field];
      const of = rules[kind];
      if (had === undefined || has === undefined || of === undefined) return true;
      const both = of.widen?.(field, had, has);
      return both === undefined || isSame(of, field, both, has);
    });
  return (operation) => {
    switch (operation.do) {
      case "delete":
        return mayGo(operation.cloudId);
      case "create":
        // Half a replacement would leave two copies.
        return operation.replaces.every(mayGo);
      case "update":
        return !isNarrowing(operation) || narrowed.has(operation.cloudId) || takesNothing(operation);
      default:
        return operation satisfies never;
    }
  };
}

function isNarrowing(operation: Operation): operation is UpdateOperation {
  return operation.do === "update" && operation.step === "narrow";
}

function createdIn({ execution }: Pick<Round, "execution">): string[] {
  return [...execution.results.values()].flatMap((result) =>
    result.ended === "done" && result.created !== undefined ? [result.created.cloudId] : [],
  );
}
