/** CustomResourceDefinitions of our kinds. */

import { category } from "../names.ts";
import type { KindPresentation } from "./kinds.ts";
import { structuralSchema } from "./structural-schema.ts";

/** The CRD of a kind, ready to be applied. */
export function crdOf({ resource, schema, singular, shortNames, columns }: KindPresentation) {
  const { group, version, plural, kind, namespaced } = resource;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: namespaced ? "Namespaced" : "Cluster",
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: [category] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: structuralSchema(schema) },
        },
      ],
    },
  };
}
