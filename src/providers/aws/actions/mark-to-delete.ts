/** What comes with what is taken over and is not wanted gets our mark before it goes: nothing else may be deleted (docs/aws/permissions.md). */
import type { DeleteOperation } from "../../../core/plan/types.ts";
import type { Cloud } from "../cloud.ts";
import { markKeys, type Tags, tagsOf } from "../model/marks.ts";
import { stackKey } from "../model/names.ts";
import { type Writer, writeTags } from "./writes.ts";

export async function markToDelete(
  cloud: Cloud,
  writer: Writer,
  { id, cloudId, observed }: Pick<DeleteOperation, "id" | "cloudId" | "observed">,
  stack: string,
): Promise<void> {
  const there = (observed.tags ?? {}) as Tags;
  if (there[markKeys.cluster] !== undefined) return;
  const desired = tagsOf(cloud.clusterUid(), stackKey(stack), id, [], {});
  await writeTags(cloud, writer, cloudId, { desired, observed: {} });
}
