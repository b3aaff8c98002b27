/** What exists after operations were run, as far as their results tell: so that nobody has to read again what he wrote himself. Pure. */
import { type Known, names, referencesIn, resolveFields } from "./reference.ts";
import type { DesiredResource, Fields, ObservedResource, Operation } from "./types.ts";

/** How one operation ended; everything but "done" leaves open what the cloud did. */
export type ResultSoFar =
  | { readonly ended: "done"; readonly created?: Known | undefined; readonly fields?: Fields | undefined }
  | { readonly ended: "failed" | "blocked" | "stopped" };

export interface Expectation {
  readonly resources: readonly ObservedResource[];
  /** Every operation ended as done: what is expected is what there is. Otherwise it has to be looked at before planning again. */
  readonly certain: boolean;
}

/** `results` by operation key. Planning again from what is certain gives an empty plan. */
export function expectedAfter(
  observed: readonly ObservedResource[],
  desired: readonly DesiredResource[],
  operations: readonly Operation[],
  results: ReadonlyMap<string, ResultSoFar>,
): Expectation {
  const wanted = new Map(desired.map((resource) => [resource.id, resource]));
  const created = new Map<string, Known>();
  for (const { key, id } of operations) {
    const result = results.get(key);
    if (result?.ended === "done" && result.created !== undefined) created.set(id, result.created);
  }
  const known = (id: string): Known | undefined => created.get(id);
  const there = new Map(observed.map((resource) => [placeOf(resource), resource]));
  for (const operation of operations) {
    const result = results.get(operation.key);
    if (result?.ended !== "done") continue;
    const made = result.created;
    switch (operation.do) {
      case "create": {
        if (made === undefined) break;
        const fields = { ...resolveFields(operation.fields, known), ...made.fields };
        const { id, kind } = operation;
        const resource: ObservedResource = {
          id,
          kind,
          cloudId: made.cloudId,
          ...(made.incarnation === undefined ? {} : { incarnation: made.incarnation }),
          fields,
          ...traits(operation, wanted),
        };
        there.set(placeOf(resource), resource);
        break;
      }
      case "update": {
        const before = there.get(placeOf(operation));
        if (before === undefined) break;
        const fields = { ...before.fields, ...resolveFields(operation.fields, known), ...result.fields };
        const after = { ...before, fields, ...traits(operation, wanted) };
        // The second step may be held.
        const dependsOn =
          operation.replacementHeld || operation.step === "widen"
            ? stillUsed(before, after, [...there.values()])
            : after.dependsOn;
        there.set(placeOf(before), { ...after, dependsOn });
        break;
      }
      case "delete":
        there.delete(placeOf(operation));
        break;
      default:
        operation satisfies never;
    }
  }
  const certain = operations.every(({ key }) => results.get(key)?.ended === "done");
  const resources = [...there.values()].map((resource): ObservedResource => {
    const now = wanted.get(resource.id);
    // Whom it serves may have changed without any write.
    return now?.kind === resource.kind && resource.ours
      ? { ...resource, members: markOf(now.members) }
      : resource;
  });
  return { resources, certain };
}

/** What is used by fields that changed is as they say; what no field names stays as it was. */
function stillUsed(
  before: ObservedResource,
  after: ObservedResource,
  all: readonly ObservedResource[],
): readonly string[] {
  const ids = [...new Set([...before.dependsOn, ...after.dependsOn])];
  return ids.filter((id) => {
    const copies = all.filter((each) => each.id === id);
    const isNamed = ({ fields }: ObservedResource): boolean =>
      copies.some((copy) => names(fields, copy.cloudId));
    return isNamed(after) || (before.dependsOn.includes(id) && !isNamed(before));
  });
}

/** What serves the stack as a whole serves no member in particular. */
function markOf(members: readonly string[]): readonly string[] | undefined {
  return members.length === 0 ? undefined : members;
}

function placeOf({ kind, id, cloudId }: Pick<ObservedResource, "kind" | "id" | "cloudId">): string {
  return JSON.stringify([kind, id, cloudId]);
}

function traits(
  { id, document, members }: Operation,
  wanted: ReadonlyMap<string, DesiredResource>,
): Pick<ObservedResource, "dependsOn" | "ours" | "members" | "document"> {
  const resource = wanted.get(id);
  const uses = Object.values(resource?.fields ?? {}).flatMap(referencesIn);
  return {
    ours: true,
    dependsOn: [...new Set([...(resource?.dependsOn ?? []), ...uses])],
    members: markOf(members),
    ...(document === undefined ? {} : { document }),
  };
}
