/** What has to be unmarked to hand a stack back. Pure. */
import { compareText } from "../compare-text.ts";
import type { KindRules, ObservedResource } from "./types.ts";

/**
 * All that carries our mark, users before what they use: a listener is found by way of its load balancer, so that what an interruption
 * leaves marked can still be found. The same for the same input in any order.
 */
export function planRelease(
  observed: readonly ObservedResource[],
  rules: Readonly<Record<string, KindRules>>,
): readonly ObservedResource[] {
  const ours = observed
    .filter(({ ours, kind }) => ours && rules[kind] !== undefined)
    .sort((a, b) => compareText(a.id, b.id) || compareText(a.cloudId, b.cloudId));
  const byId = Map.groupBy(ours, ({ id }) => id);
  const depths = new Map<string, number>();
  const depthOf = (id: string, above: ReadonlySet<string>): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    if (above.has(id)) return 0;
    const within = new Set(above).add(id);
    const below = (byId.get(id) ?? []).flatMap(({ dependsOn }) =>
      dependsOn.map((each) => depthOf(each, within) + 1),
    );
    const depth = Math.max(0, ...below);
    depths.set(id, depth);
    return depth;
  };
  return ours
    .map((resource) => ({ resource, depth: depthOf(resource.id, new Set()) }))
    .sort((a, b) => b.depth - a.depth)
    .map(({ resource }) => resource);
}
