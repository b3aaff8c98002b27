/** Rules beyond types: each is written once as CEL for the API server and once as a function for checks offline. */

import type { z } from "zod";

/** The metadata key under which the rules of a schema are kept; the CRD carries them as they are. */
const celKey = "x-kubernetes-validations";

/** A rule as a CRD has it. */
export interface CelRule {
  rule: string;
  message: string;
  fieldPath?: string;
}

export interface Rule<T> {
  /** CEL over `self`; must never fail, whatever the schema lets through. */
  cel: string;
  /** What is wanted, as it follows "field: ". Both sides show the same text. */
  message: string;
  /** The same check in TypeScript. */
  holds: (value: T) => boolean;
  /** The field to blame, from the schema's value: `addresses`. */
  field?: string;
}

/** Adds rules that look at one state of the object. */
export function withRules<S extends z.ZodType>(schema: S, ...rules: Rule<z.output<S>>[]): S {
  let checked = schema;
  for (const { holds, message, field } of rules) {
    checked = checked.refine(holds, { message, ...(field === undefined ? {} : { path: [field] }) });
  }
  return addCel(
    checked,
    rules.map(({ cel, message, field }) => ({
      rule: cel,
      message,
      ...(field === undefined ? {} : { fieldPath: `.${field}` }),
    })),
  );
}

/** Adds rules that compare the object with what it was (`oldSelf`): only the API server can check them. */
export function withTransitionRules<S extends z.ZodType>(schema: S, ...rules: CelRule[]): S {
  return addCel(schema, rules);
}

/** The field can't change once it is set. To be used on required fields, for its absence is not seen. */
export function immutable<S extends z.ZodType>(schema: S, instead: string): S {
  return addCel(schema, [{ rule: "self == oldSelf", message: `is immutable: ${instead}` }]);
}

/** The object may have at most that many keys. */
export function withMaxProperties<S extends z.ZodRecord>(schema: S, maxProperties: number): S {
  return schema
    .refine((value) => Object.keys(value).length <= maxProperties, {
      message: `must have at most ${maxProperties} keys`,
    })
    .meta({ ...schema.meta(), maxProperties });
}

/** No two entries are equal: the API server enforces it for a list of type `set`. */
export function asSet<S extends z.ZodArray<z.ZodType<string>>>(schema: S): S {
  return schema
    .refine((list) => new Set(list).size === list.length, { message: "must not have the same entry twice" })
    .meta({ ...schema.meta(), "x-kubernetes-list-type": "set" });
}

/** No two entries agree in all the keys, which name required fields or ones with a default. */
export function asMap<S extends z.ZodArray>(schema: S, ...keys: string[]): S {
  const keyOf = (entry: unknown) =>
    JSON.stringify(keys.map((key) => (entry as Record<string, unknown>)[key]));
  return schema
    .refine((list) => new Set(list.map(keyOf)).size === list.length, {
      message: `must not have two entries with the same ${keys.join(" and ")}`,
    })
    .meta({ ...schema.meta(), "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys });
}

function addCel<S extends z.ZodType>(schema: S, rules: CelRule[]): S {
  const meta = schema.meta() ?? {};
  const before = (meta[celKey] as CelRule[] | undefined) ?? [];
  return schema.meta({ ...meta, [celKey]: [...before, ...rules] });
}
