/** Adds and removes one finalizer, and never touches those of others. */
import type { KubeObject, Resource } from "../../api/meta.ts";
import type { Clock } from "../clock.ts";
import { isInvalid, isNotFound } from "../kube/api-error.ts";
import type { KubeClient, ObjectRef } from "../kube/client.ts";
import { retryOnConflict } from "./retry-on-conflict.ts";

export interface FinalizerOptions<T extends KubeObject> {
  readonly client: Pick<KubeClient, "get" | "patch">;
  readonly resource: Resource<T>;
  /** The object as last read; its name, uid and resourceVersion count. It is read again only if it has changed. */
  readonly object: T;
  readonly finalizer: string;
  /**
   * - "main" (default, any kind): a merge patch that holds the whole list and the resourceVersion it was read at. An
   *   object that changed since is refused by the server, read again, and patched anew.
   * - "status": a strategic patch of one element through the status subresource. Only for built-in kinds whose
   *   status lets metadata through, such as Service: the right to patch `services/status` is enough, and concurrent
   *   writers are no hindrance.
   */
  readonly through?: "main" | "status" | undefined;
  readonly fieldManager?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
}

/** `gone`: the object was deleted; one of that name with another uid may exist. */
export type AddedFinalizer<T> =
  | { readonly result: "added" | "present"; readonly object: T }
  /** It is being deleted, and the finalizer was not on it: what the finalizer guards must not begin. */
  | { readonly result: "terminating"; readonly object: T }
  | { readonly result: "gone" };
export type RemovedFinalizer<T> =
  | { readonly result: "removed" | "absent"; readonly object: T }
  | { readonly result: "gone" };

/** @throws ApiError of the requests; a conflict only after five tries. */
export async function addFinalizer<T extends KubeObject>(o: FinalizerOptions<T>): Promise<AddedFinalizer<T>> {
  return edit<T, AddedFinalizer<T>>(o, async (object) => {
    if (has(object, o.finalizer)) return { result: "present", object };
    if (object.metadata.deletionTimestamp !== undefined) return { result: "terminating", object };
    return { result: "added", object: await patchList(o, object, "add") };
  });
}

/** @throws ApiError of the requests; a conflict only after five tries. */
export async function removeFinalizer<T extends KubeObject>(
  o: FinalizerOptions<T>,
): Promise<RemovedFinalizer<T>> {
  return edit<T, RemovedFinalizer<T>>(o, async (object) => {
    if (!has(object, o.finalizer)) return { result: "absent", object };
    return { result: "removed", object: await patchList(o, object, "remove") };
  });
}

/** Runs the edit on the object as given and, as long as that turns out to be out of date, on a fresh one. */
async function edit<T extends KubeObject, R>(
  o: FinalizerOptions<T>,
  attempt: (object: T) => Promise<R>,
): Promise<R | { readonly result: "gone" }> {
  const { client, resource, signal, clock } = o;
  let fresh: T | undefined = o.object;
  const work = async (): Promise<R | { readonly result: "gone" }> => {
    try {
      const object = fresh ?? (await client.get(resource, refOf(o.object), { signal }));
      const stale = fresh !== undefined;
      fresh = undefined;
      if (object.metadata.uid !== o.object.metadata.uid) return { result: "gone" };
      try {
        return await attempt(object);
      } catch (error) {
        // The server tells a wrong uid, or a finalizer too late, as an invalid object: look at what is there now.
        if (stale && isInvalid(error)) return await work();
        throw error;
      }
    } catch (error) {
      if (isNotFound(error)) return { result: "gone" };
      throw error;
    }
  };
  return retryOnConflict(work, { signal, clock });
}

function has(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) === true;
}

function refOf({ metadata }: KubeObject): ObjectRef {
  return { name: metadata.name ?? "", namespace: metadata.namespace };
}

function patchList<T extends KubeObject>(
  { client, resource, finalizer, through = "main", fieldManager, signal }: FinalizerOptions<T>,
  object: T,
  change: "add" | "remove",
): Promise<T> {
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  const list = change === "add" ? [...finalizers, finalizer] : finalizers.filter((one) => one !== finalizer);
  const element =
    change === "add" ? { finalizers: [finalizer] } : { "$deleteFromPrimitiveList/finalizers": [finalizer] };
  return client.patch<T>(
    resource,
    refOf(object),
    // With the uid, a successor of the same name is left alone.
    through === "main"
      ? { metadata: { uid, resourceVersion, finalizers: list } }
      : { metadata: { uid, ...element } },
    {
      type: through === "main" ? "merge" : "strategic",
      subresource: through === "main" ? undefined : "status",
      fieldManager,
      signal,
    },
  );
}
