/** Steps 4 and 5 for a stack that others claim: adds first, and takes away after. What can't be added costs nobody what he has. */
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import { plan } from "../../../core/plan/plan.ts";
import type { ObservedResource, Operation, PlanPolicy } from "../../../core/plan/types.ts";
import type { Desired } from "../../../providers/provider.ts";
import type { OperationResult } from "../execute.ts";
import { type Round, type RoundOptions, runRound } from "./rounds.ts";

export const SHARED_POLICY: PlanPolicy = { replacement: "Allow", drift: "Repair", deletion: "Delete" };

/** Takes nothing from anybody. */
export function widens(operation: Operation): boolean {
  return operation.do === "create" || (operation.do === "update" && operation.step !== "narrow");
}

/** Which operations that take away may be run. */
export type Takes = (operation: Operation) => boolean;

export interface Undone {
  readonly operation: Operation;
  readonly error: unknown;
  /** It was not tried, for it waits for another that failed of that error. */
  readonly isWaiting: boolean;
}

export interface SharedRound extends Pick<Round, "after" | "certain"> {
  readonly undone: readonly Undone[];
}

/**
 * `takes`: undefined: nothing may be taken away. Where there is no room for what is to be added to a document, and some of it goes, it is
 * written once more with both.
 */
export async function runSharedRound(
  desired: Desired,
  seen: readonly ObservedResource[],
  takes: Takes | undefined,
  given: Omit<RoundOptions, "policy" | "only">,
): Promise<SharedRound> {
  const means = { ...given, policy: SHARED_POLICY };
  const first = await runRound(desired, seen, { ...means, only: widens });
  const undone = undoneIn(first);
  const { after, certain } = first;
  if (takes === undefined) return { after, certain, undone };
  const open = plan(desired.resources, after, given.provider.rules, SHARED_POLICY).operations;
  const isIn = (documents: ReadonlySet<string>, { document }: Operation): boolean =>
    document !== undefined && documents.has(document);
  const full = documentsWithoutRoom(undone);
  const takesNow = (operation: Operation): boolean =>
    !widens(operation) && takes(operation) && (undone.length === 0 || isIn(full, operation));
  const [failed] = undone;
  const waiting = open.flatMap((operation): Undone[] =>
    failed === undefined || widens(operation) || !takes(operation) || takesNow(operation)
      ? []
      : [{ operation, error: failed.error, isWaiting: true }],
  );
  if (failed !== undefined && !open.some(takesNow))
    return { after, certain, undone: [...undone, ...waiting] };
  const only = (operation: Operation): boolean =>
    takesNow(operation) || (widens(operation) && (failed === undefined || isIn(full, operation)));
  const second = await runRound(desired, after, { ...means, only });
  const others = undone.filter(({ operation }) => !isIn(full, operation));
  return {
    after: second.after,
    certain: certain && second.certain,
    undone: [...others, ...undoneIn(second), ...waiting],
  };
}

function documentsWithoutRoom(undone: readonly Undone[]): ReadonlySet<string> {
  return new Set(
    undone.flatMap(({ operation: { document }, error }) =>
      document !== undefined && isCloudError(error) && error.class === "quota" ? [document] : [],
    ),
  );
}

function undoneIn({ planned, execution: { results } }: Round): Undone[] {
  const errorOf = (result: OperationResult | undefined): unknown => {
    if (result?.ended === "blocked") return errorOf(results.get(result.by));
    return result === undefined || result.ended === "done" ? undefined : result.error;
  };
  return planned.operations.flatMap((operation) => {
    const result = results.get(operation.key);
    if (result?.ended === "done") return [];
    return [{ operation, error: errorOf(result), isWaiting: result?.ended === "blocked" }];
  });
}
