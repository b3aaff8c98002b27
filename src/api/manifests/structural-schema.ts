/** Turns a zod schema into the structural OpenAPI schema that a CRD carries. */

import { z } from "zod";

export interface StructuralSchema {
  type?: string;
  description?: string;
  format?: string;
  default?: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  pattern?: string;
  items?: StructuralSchema;
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  required?: string[];
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-list-type"?: "atomic" | "set" | "map";
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-validations"?: { rule: string; message: string; fieldPath?: string }[];
}

/** The schema of one of our kinds. `metadata` is left to the API server. */
export function structuralSchema(kind: z.ZodType): StructuralSchema {
  const schema = cleaned(z.toJSONSchema(kind, { target: "openapi-3.0", io: "input" }) as Json);
  const { spec, status } = schema.properties ?? {};
  schema.properties = {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    ...(spec && { spec }),
    ...(status && { status }),
  };
  if (spec) schema.required = ["spec"];
  else delete schema.required;
  return schema;
}

type Json = StructuralSchema & Record<string, unknown>;

// In the order in which a person wants to read them; whatever else zod writes is not for a CRD.
const kept = [
  "description",
  "type",
  "format",
  "default",
  "enum",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "maxProperties",
  "pattern",
  "x-kubernetes-int-or-string",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "required",
] as const;

function cleaned(schema: Json): StructuralSchema {
  const result: Record<string, unknown> = {};
  for (const key of kept) {
    if (schema[key] !== undefined) result[key] = schema[key];
  }
  if (isUnboundedBySafety(schema.minimum)) delete result.minimum;
  if (isUnboundedBySafety(schema.maximum)) delete result.maximum;
  if (schema["x-kubernetes-int-or-string"]) delete result.type;
  if (schema.format === "date-time") delete result.pattern;
  if (schema.items) result.items = cleaned(schema.items as Json);
  if (schema.properties) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, cleaned(property as Json)]),
    );
  }
  if (schema["x-kubernetes-validations"])
    result["x-kubernetes-validations"] = schema["x-kubernetes-validations"];
  // `false` says that the schema is strict offline; on the server unknown fields are pruned, or refused by the client's wish.
  if (schema.additionalProperties && !schema["x-kubernetes-preserve-unknown-fields"]) {
    result.additionalProperties = cleaned(schema.additionalProperties as Json);
  }
  return result;
}

/** Integers in zod are bounded by what JavaScript can count exactly; that says nothing about the field. */
function isUnboundedBySafety(bound: number | undefined): boolean {
  return bound !== undefined && Math.abs(bound) === Number.MAX_SAFE_INTEGER;
}
