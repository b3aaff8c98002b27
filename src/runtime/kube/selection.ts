/** How a selection of objects is put into a request. */

import type { Selection } from "./requests.ts";

export function selectionQuery(o: Selection) {
  return {
    labelSelector: o.labelSelector || undefined,
    fieldSelector: o.fieldSelector || undefined,
    resourceVersion: o.resourceVersion,
    resourceVersionMatch: o.resourceVersionMatch,
  };
}

export function acceptFor(
  kind: "PartialObjectMetadata" | "PartialObjectMetadataList",
  metadataOnly = false,
): string | undefined {
  return metadataOnly ? `application/json;as=${kind};g=meta.k8s.io;v=v1` : undefined;
}
