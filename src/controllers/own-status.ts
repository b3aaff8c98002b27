/** Writes the status of our own kinds: one merge patch with only what differs, or nothing. */
import type { Condition, KubeObject, Resource } from "../api/meta.ts";
import { fieldManagers } from "../api/names.ts";
import type { Informer } from "../runtime/cache/informer.ts";
import { isConflict, isNotFound } from "../runtime/kube/api-error.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import { type ConditionUpdate, setCondition } from "../runtime/patch/conditions.ts";
import { mergeDiff } from "../runtime/patch/merge-diff.ts";

interface WithStatus extends KubeObject {
  status?: object | undefined;
}

export interface OwnStatusInput<T extends WithStatus> {
  readonly client: Pick<KubeClient, "get" | "patch">;
  readonly informer: Pick<Informer<T>, "resource" | "observe">;
  readonly object: T;
  /** The whole status as it should be: what it leaves out is taken away. */
  readonly status: object;
  readonly signal: AbortSignal;
}

const mostTries = 5;

/**
 * An object that is gone, or was made anew, meanwhile is no error. Returns whether anything was written.
 *
 * The resourceVersion goes along, because the server does not look at the uid in the status of a custom resource: without it, the status
 * of an object that was just deleted reaches the next one of its name. Where only something else than the status changed, it is sent again.
 */
export async function writeOwnStatus<T extends WithStatus>(input: OwnStatusInput<T>): Promise<boolean> {
  const { client, informer, object, status, signal } = input;
  const patch = mergeDiff(object.status ?? {}, status);
  if (patch === undefined) return false;
  const { name = "", namespace, uid } = object.metadata;
  const resource: Resource<T> = informer.resource;
  const ref = { namespace, name };
  const options = {
    type: "merge",
    subresource: "status",
    fieldManager: fieldManagers.status,
    signal,
  } as const;
  let { resourceVersion } = object.metadata;
  try {
    for (let left = mostTries - 1; ; left--) {
      try {
        const body = { metadata: { uid, resourceVersion }, status: patch };
        informer.observe(await client.patch(resource, ref, body, options));
        return true;
      } catch (error) {
        if (!isConflict(error) || left === 0) throw error;
        const { metadata } = await client.get(resource, ref, { signal });
        if (metadata.uid !== uid) return false;
        resourceVersion = metadata.resourceVersion;
      }
    }
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** The conditions with these in them; times change only with the status. */
export function withConditions(
  before: readonly Condition[] | undefined,
  wanted: readonly ConditionUpdate[],
  nowMs: number,
): Condition[] {
  let conditions: readonly Condition[] = before ?? [];
  for (const condition of wanted) conditions = setCondition(conditions, condition, nowMs);
  return [...conditions];
}
