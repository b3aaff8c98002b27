/** Who depends on whom: in what is desired, and in the cloud as it is. */
import { compareText } from "../compare-text.ts";
import { referencesIn } from "./reference.ts";
import type { DesiredResource, ObservedResource } from "./types.ts";

/** All ids that the copies of an id use in the cloud, through others as well. */
export function transitiveUses(observed: readonly ObservedResource[]): (id: string) => ReadonlySet<string> {
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
export function inDependencyOrder(
  desired: readonly DesiredResource[],
): [DesiredResource, readonly string[]][] {
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
