/** URL paths and query strings of the Kubernetes API. Refuses names that would point elsewhere. */

import type { KubeObject, Resource } from "../../api/meta.ts";

export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}

export type QueryValue = string | number | boolean | undefined;

/** Path of a collection: of one namespace, or of all when `namespace` is left out. */
export function collectionPath(resource: Resource<KubeObject>, namespace?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${segment("group", resource.group)}`;
  const scope = namespace === undefined ? "" : `/namespaces/${segment("namespace", namespace)}`;
  return `${root}/${segment("version", resource.version)}${scope}/${segment("plural", resource.plural)}`;
}

export function objectPath(resource: Resource<KubeObject>, ref: ObjectRef, subresource?: string): string {
  const below = subresource === undefined ? "" : `/${segment("subresource", subresource)}`;
  const namespace = namespaceFor(resource, ref.namespace, ref.name);
  return `${collectionPath(resource, namespace)}/${segment("name", ref.name)}${below}`;
}

/** The namespace that belongs into the path of one object; a missing one is a mistake of the caller. */
export function namespaceFor(
  resource: Resource<KubeObject>,
  namespace: string | undefined,
  name: string,
): string | undefined {
  if (!resource.namespaced) return undefined;
  if (namespace) return namespace;
  throw new TypeError(
    `Cannot address ${resource.plural} ${JSON.stringify(name)}: the kind is namespaced, no namespace given`,
  );
}

/** `?a=1&b=true`, or "" when nothing is set. */
export function queryString(query: Readonly<Record<string, QueryValue>>): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(value)}`);
  }
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/**
 * One path segment.
 *
 * Encoding is not enough: the API server routes by the *decoded* path, so that `a%2Fstatus` would reach the status of
 * `a`. What Kubernetes itself forbids in a segment (IsValidPathSegmentName) is refused here.
 */
function segment(what: string, value: string): string {
  if (value === "" || value === "." || value === ".." || /[/%]/.test(value) || !value.isWellFormed()) {
    throw new TypeError(`Cannot use ${JSON.stringify(value)} as ${what} in an API path`);
  }
  return encodeURIComponent(value);
}
