/** Objects that are in force, the oldest first: of two that contradict each other the older one holds. Pure. */
import type { ObjectMeta } from "../../api/meta.ts";
import { compareText } from "../../core/compare-text.ts";

export interface Accepted<Spec> {
  readonly name: string;
  readonly spec: Spec;
}

export function accepted<Kind extends { readonly metadata: ObjectMeta; readonly spec: unknown }>(
  objects: readonly Kind[],
  inForce: (object: Kind) => Kind["spec"] | undefined,
): Accepted<Kind["spec"]>[] {
  return [...objects]
    .sort(
      (a, b) =>
        compareText(a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? "") ||
        compareText(a.metadata.name ?? "", b.metadata.name ?? ""),
    )
    .flatMap((object) => {
      const spec = inForce(object);
      return spec === undefined ? [] : [{ name: object.metadata.name ?? "", spec }];
    });
}
