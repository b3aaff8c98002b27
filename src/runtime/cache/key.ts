/** The name of an object within its kind: `namespace/name`, or `name` for cluster-scoped kinds. */

import type { KubeObject } from "../../api/meta.ts";
import type { ObjectRef } from "../kube/paths.ts";

export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : (name ?? "");
}

/** Names hold no slash, so that every key splits in one way. */
export function splitKey(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
