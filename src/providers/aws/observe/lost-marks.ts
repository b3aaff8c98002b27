/** What is recorded as ours and carries no mark any more, because somebody has taken it off. Pure. */
import { annotations } from "../../../api/names.ts";
import type { ObservedResource } from "../../../core/plan/types.ts";
import { markKeys, type Tags } from "../model/marks.ts";

export interface Owner {
  readonly clusterUid: string;
  readonly stack: string;
  /** Cloud ids that the status of the stack's members has. */
  readonly recorded: ReadonlySet<string>;
}

/** Nobody else has marked it either: what was moved to another stack, or is another cluster's, is not ours to speak of. */
export function hasLostMark(cloudId: string, tags: Tags, { clusterUid, stack, recorded }: Owner): boolean {
  const { [markKeys.cluster]: cluster = clusterUid, [markKeys.stack]: owner = stack } = tags;
  const isMarked = tags[markKeys.cluster] !== undefined && tags[markKeys.stack] !== undefined;
  return recorded.has(cloudId) && !isMarked && cluster === clusterUid && owner === stack;
}

/** `loadBalancer`: by whose ARN it could be taken over again; undefined where that is not possible. */
export function lostMark(
  id: string,
  { clusterUid, stack }: Owner,
  loadBalancer: string | undefined,
): Pick<ObservedResource, "ours" | "adoption"> {
  const tags = [
    `${markKeys.cluster}=${clusterUid}`,
    `${markKeys.stack}=${stack}`,
    `${markKeys.resource}=${id}`,
  ];
  const again =
    loadBalancer === undefined ? "" : `, take it over again with ${annotations.adopt}: ${loadBalancer}`;
  const refused = `carried our mark, which somebody has taken off; put its tags back (${tags.join(", ")})${again}, or delete it in AWS to have another one made`;
  return { ours: false, adoption: { refused } };
}
