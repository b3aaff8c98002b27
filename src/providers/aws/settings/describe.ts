/** Turns what a schema found wrong with settings into findings that name the field, what was found and what is wanted. */
import * as z from "zod";
import type { StructuralSchema } from "../../../api/manifests/structural-schema.ts";
import { describeProblem, problemsOf } from "../../../api/problems.ts";
import type { Finding } from "../../../core/translate/annotations.ts";

const MOST = 8;

/** At most eight findings; none when the settings are good. */
export function schemaFindings(
  schema: z.ZodObject,
  settings: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  const result = schema.safeParse(settings);
  if (result.success) return unreadable(settings, "spec.settings");
  return problemsOf(result.error, settings, fieldsOf(schema))
    .slice(0, MOST)
    .map(({ field, ...problem }) =>
      finding(
        describeProblem({ field: field === "" ? "spec.settings" : `spec.settings.${field}`, ...problem }),
      ),
    );
}

/** zod leaves a key out of maps without a word: assigned to an object it would be its prototype. */
function unreadable(value: unknown, field: string): Finding[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    key === "__proto__"
      ? [finding(`${field}[${key}]: can't be a key here; use another one`)]
      : unreadable(each, `${field}.${key}`),
  );
}

export function finding(message: string): Finding {
  return { reason: "InvalidSettings", message };
}

/** The names of the fields there are, for "did you mean". */
function fieldsOf(schema: z.ZodType): StructuralSchema {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return fieldsOf(schema.unwrap() as z.ZodType);
  if (!(schema instanceof z.ZodObject)) return {};
  const properties = Object.entries(schema.shape).map(([name, field]) => [
    name,
    fieldsOf(field as z.ZodType),
  ]);
  return { properties: Object.fromEntries(properties) as Record<string, StructuralSchema> };
}
