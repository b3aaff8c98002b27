/** Which needs of a shared stack are met after work on it that failed in part. Pure. */
import { fingerprint } from "../../../core/plan/json.ts";
import { plan } from "../../../core/plan/plan.ts";
import type { DesiredResource, Json, KindRules, ObservedResource } from "../../../core/plan/types.ts";
import { SHARED_POLICY, type Undone, widens } from "./shared-round.ts";

/** What was there when everything that was needed had been done. */
export interface Whole {
  readonly resources: readonly DesiredResource[];
  /** By `needName`. */
  readonly needs: ReadonlySet<string>;
}

export function needName(stack: string, need: Json): string {
  return `${stack} ${fingerprint(need, 32)}`;
}

export interface Aftermath {
  readonly rules: Readonly<Record<string, KindRules>>;
  /** What the work was for. */
  readonly desired: readonly DesiredResource[];
  /** What of it could not be added. */
  readonly lacking: readonly Undone[];
  readonly after: readonly ObservedResource[];
  readonly whole: Whole | undefined;
  /** What serves these needs of a stack if nobody else needs anything. */
  readonly alone: (stack: string, needs: readonly Json[]) => readonly DesiredResource[];
}

/**
 * Tells whether a need is met: by what the work, where it was for that need too, left nothing to do on; by what would be there for it alone; or
 * because all is there still that served it, among others, before. `isIncluded`: the work was for it.
 */
export function createMetJudge(o: Aftermath): (stack: string, need: Json, isIncluded: boolean) => boolean {
  const wanted = new Set(o.desired.map(({ id }) => id));
  const undone = new Set(o.lacking.map(({ operation }) => operation.id));
  const byId = Map.groupBy(o.after, ({ id }) => id);
  const missing = (resources: readonly DesiredResource[]): ReadonlySet<string> => {
    const there = resources.flatMap(({ id }) => byId.get(id) ?? []);
    const { operations, refused } = plan(resources, there, o.rules, SHARED_POLICY);
    return new Set([...operations.filter(widens), ...refused].map(({ id }) => id));
  };
  let wholeIsThere: boolean | undefined;
  const isAsBefore = (stack: string, need: Json): boolean => {
    if (o.whole === undefined || !o.whole.needs.has(needName(stack, need))) return false;
    wholeIsThere ??= missing(o.whole.resources).size === 0;
    return wholeIsThere;
  };
  return (stack, need, isIncluded) => {
    if (isIncluded && undone.size === 0) return true;
    const resources = o.alone(stack, [need]);
    const isDone = ({ id }: DesiredResource) => isIncluded && wanted.has(id) && !undone.has(id);
    if (resources.every(isDone)) return true;
    const lacks = missing(resources);
    return resources.every((each) => isDone(each) || !lacks.has(each.id)) || isAsBefore(stack, need);
  };
}
