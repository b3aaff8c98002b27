/** Server-side apply: the fields given are this manager's; those it gave before and leaves out now are removed. */
import { apiVersionOf, type KubeObject, type Resource } from "../../api/meta.ts";
import { ApiError, isApiError, isConflict, isInvalid } from "../kube/api-error.ts";
import type { KubeClient, ObjectRef } from "../kube/client.ts";

export interface ApplyTarget<T extends KubeObject> {
  readonly client: Pick<KubeClient, "get" | "patch">;
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
  /** Whose status, as last read: name, namespace, uid and resourceVersion count. */
  readonly object: KubeObject;
  /** The whole of what this manager has to say. To empty a list that others may have filled, send `[]` with `force`. */
  readonly status: unknown;
}

/**
 * Never reaches another object than the one of that uid. The resourceVersion goes along, because for custom resources
 * the server ignores the uid in a status; an object that changed meanwhile is read again and applied to all the same.
 *
 * @throws ApiError: not found when the object of that uid is gone, whether or not one of that name has taken its
 * place; a conflict when another manager owns a field and `force` is off.
 * @throws TypeError when the object has no uid.
 */
export async function applyStatus<T extends KubeObject>(o: ApplyStatusOptions<T>): Promise<T> {
  const { name, namespace, resourceVersion } = o.object.metadata;
  const identity = { name, namespace, uid: uidOf(o.object, o.resource) };
  let known = resourceVersion ?? (await readAgain(o, identity));
  for (let left = mostTries - 1; ; left--) {
    try {
      return await send(o, { ...identity, resourceVersion: known }, { status: o.status }, "status");
    } catch (error) {
      if (isOtherUid(error)) throw gone(o.resource, identity);
      if (!isBareConflict(error)) throw error;
      known = await readAgain(o, identity);
      if (left === 0) throw error;
    }
  }
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
  if (o.target === "create") return send(o, metadata, fields);
  const identity = { ...metadata, uid: uidOf(o.object, o.resource) };
  try {
    return await send(o, metadata, fields);
  } catch (error) {
    if (isOtherUid(error)) throw gone(o.resource, identity);
    if (isBareConflict(error)) await readAgain(o, identity);
    throw error;
  }
}

const mostTries = 5;

interface Identity {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly uid: string;
}

function send<T extends KubeObject>(
  { client, resource, manager, force, signal }: ApplyTarget<T>,
  metadata: KubeObject["metadata"],
  fields: object,
  subresource?: "status",
): Promise<T> {
  const body = { ...fields, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata };
  const options = { type: "apply", subresource, fieldManager: manager, force, signal } as const;
  return client.patch(resource, refOf(metadata), body, options);
}

/** The object's resourceVersion now. @throws ApiError not found when it is gone. */
async function readAgain<T extends KubeObject>(
  { client, resource, signal }: ApplyTarget<T>,
  identity: Identity,
): Promise<string | undefined> {
  const { metadata } = await client.get(resource, refOf(identity), { signal });
  if (metadata.uid !== identity.uid) throw gone(resource, identity);
  return metadata.resourceVersion;
}

/** The server says so when another object has the name. */
function isOtherUid(error: unknown): boolean {
  return isInvalid(error) && causesOf(error).some(({ field }) => field === "metadata.uid");
}

/** Said of a resourceVersion that has passed and of a uid that nobody has. What field managers quarrel about has causes. */
function isBareConflict(error: unknown): boolean {
  return isConflict(error) && causesOf(error).length === 0;
}

function causesOf(error: unknown): readonly { readonly field?: string }[] {
  return isApiError(error) ? (error.details?.causes ?? []) : [];
}

function gone({ plural }: Resource, { name, namespace, uid }: Identity): ApiError {
  const message = `the one with uid ${uid} is gone`;
  const what = `apply to ${plural} ${namespace === undefined ? "" : `${namespace}/`}${name ?? ""}`;
  return new ApiError(what, { status: 404, reason: "NotFound", message });
}

function refOf({ name, namespace }: Pick<Identity, "name" | "namespace">): ObjectRef {
  return { name: name ?? "", namespace };
}

function uidOf({ metadata }: KubeObject, { kind }: Resource): string {
  if (metadata.uid === undefined) {
    const name = `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
    throw new TypeError(`Cannot apply to ${kind} ${name}: it has no uid`);
  }
  return metadata.uid;
}
