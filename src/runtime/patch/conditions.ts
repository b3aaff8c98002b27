/** Conditions in a list: one per type, and the time of the last transition kept while the status stays. Pure. */
import type { Condition } from "../../api/meta.ts";

export type ConditionUpdate = Omit<Condition, "lastTransitionTime">;

/**
 * The list with this condition in it, at its old place or at the end. The same array if nothing changes.
 *
 * - `lastTransitionTime` is kept when the status is the same as before, and `nowMs` (ms since the epoch) otherwise.
 * - A condition that was computed from an older generation than the one in the list changes nothing: whoever wrote
 *   that one knew more.
 */
export function setCondition(
  conditions: readonly Condition[],
  update: ConditionUpdate,
  nowMs: number,
): readonly Condition[] {
  const at = conditions.findIndex(({ type }) => type === update.type);
  const before = conditions[at];
  if (before === undefined) return [...conditions, { ...update, lastTransitionTime: rfc3339(nowMs) }];
  if (isOlder(update, before)) return conditions;
  const lastTransitionTime = before.status === update.status ? before.lastTransitionTime : rfc3339(nowMs);
  const after: Condition = { ...update, lastTransitionTime };
  return isSame(before, after) ? conditions : conditions.with(at, after);
}

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** `metav1.Time`: whole seconds. */
export function rfc3339(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

function isOlder(update: ConditionUpdate, before: Condition): boolean {
  return (update.observedGeneration ?? Infinity) < (before.observedGeneration ?? 0);
}

function isSame(one: Condition, other: Condition): boolean {
  return (
    one.status === other.status &&
    one.reason === other.reason &&
    one.message === other.message &&
    one.observedGeneration === other.observedGeneration
  );
}
