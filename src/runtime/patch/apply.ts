/** Server-side apply: the fields given are this manager's; those it gave before and leaves out now are removed. */
import { apiVersionOf, type KubeObject, type Resource } from "../../api/meta.ts";
import type { KubeClient } from "../kube/client.ts";

export interface ApplyTarget<T extends KubeObject> {
  readonly client: Pick<KubeClient, "patch">;
  readonly resource: Resource<T>;
  /**
   * One per purpose, for ever. A manager that once applied a finalizer and then applies a status removes the
   * finalizer, and nobody is told.
   */
  readonly manager: string;
  /** Take fields over from other managers instead of failing with a conflict. Default: false. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApplyStatusOptions<T extends KubeObject> extends ApplyTarget<T> {
  /** Whose status. Name, namespace and uid count. */
  readonly object: KubeObject;
  /** The whole of what this manager has to say. To empty a list that others may have filled, send `[]` with `force`. */
  readonly status: unknown;
}

/**
 * @throws ApiError: not found, and a conflict when the object was deleted and created anew, or when another manager
 * owns a field and `force` is off.
 * @throws TypeError when the object has no uid.
 */
export async function applyStatus<T extends KubeObject>(o: ApplyStatusOptions<T>): Promise<T> {
  const { name, namespace } = o.object.metadata;
  const metadata = { name, namespace, uid: uidOf(o.object, o.resource) };
  return send(o, metadata, { status: o.status }, "status");
}

export interface ApplyOptions<T extends KubeObject> extends ApplyTarget<T> {
  /** Everything that this manager wants in the object. */
  readonly object: T;
  /**
   * "existing": the object must carry its uid, so that one that was just deleted is not created again.
   * "create": the object may be missing, and whatever has its name is taken for it.
   */
  readonly target: "existing" | "create";
}

/** @throws ApiError as `applyStatus`; TypeError when the target is "existing" and the object has no uid. */
export async function apply<T extends KubeObject>(o: ApplyOptions<T>): Promise<T> {
  const { metadata, ...fields } = o.object;
  if (o.target === "existing") uidOf(o.object, o.resource);
  return send(o, metadata, fields);
}

function send<T extends KubeObject>(
  { client, resource, manager, force, signal }: ApplyTarget<T>,
  metadata: KubeObject["metadata"],
  fields: object,
  subresource?: "status",
): Promise<T> {
  const body = { ...fields, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
  const ref = { name: metadata.name ?? "", namespace: metadata.namespace };
  return client.patch(resource, ref, body, {
    type: "apply",
    subresource,
    fieldManager: manager,
    force,
    signal,
  });
}

function uidOf({ metadata }: KubeObject, { kind }: Resource): string {
  if (metadata.uid === undefined) {
    throw new TypeError(
      `Cannot apply to ${kind} ${metadata.namespace ?? ""}/${metadata.name ?? ""}: it has no uid`,
    );
  }
  return metadata.uid;
}
