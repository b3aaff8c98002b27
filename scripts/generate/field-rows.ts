/** The fields of a schema as rows of a table. */

import type { StructuralSchema } from "../../src/api/manifests/structural-schema.ts";

/** Field, type, default and description of all fields, those within others too. */
export function fieldRows(schema: StructuralSchema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const required = schema.required?.includes(name) === true && property.default === undefined;
    const value = property.default === undefined ? "" : `\`${JSON.stringify(property.default)}\``;
    const row = [`\`${path}\``, typeOf(property), required ? "required" : value, property.description ?? ""];
    return [
      row,
      ...fieldRows(property, `${path}.`),
      ...fieldRows(property.items ?? {}, `${path}[].`),
      ...fieldRows(property.additionalProperties ?? {}, `${path}.*.`),
    ];
  });
}

function typeOf(schema: StructuralSchema): string {
  if (schema["x-kubernetes-int-or-string"]) return "integer or string";
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.items) return `list of ${plural(schema.items)}`;
  if (schema.additionalProperties) return `map of ${plural(schema.additionalProperties)}`;
  if (schema.format === "date-time") return "time";
  return schema.type ?? "anything";
}

function plural(schema: StructuralSchema): string {
  if (schema.enum) return typeOf(schema);
  if (schema["x-kubernetes-int-or-string"]) return "integers or strings";
  if (schema.additionalProperties) return `maps of ${plural(schema.additionalProperties)}`;
  return `${typeOf(schema)}s`;
}
