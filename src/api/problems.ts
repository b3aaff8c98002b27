/** What is wrong with an object, told as the API server would: field, what was found there, what is wanted. */

import type { z } from "zod";
import type { StructuralSchema } from "./manifests/structural-schema.ts";
import { nearest } from "./nearest.ts";

export interface Problem {
  /** As Kubernetes writes it: `spec.ports[0].port`; `""` is the object itself. */
  readonly field: string;
  /** The value that was found; `undefined` where there was none. */
  readonly found: unknown;
  /** What is wanted, as it follows "field: ". */
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** Turns what zod found in `object` into problems. `schema` has the names of the fields there are. */
export function problemsOf(error: z.ZodError, object: unknown, schema: StructuralSchema): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownField([...issue.path, key], object, schema));
    }
    const found = valueAt(object, issue.path);
    return [{ field: fieldOf(issue.path), found, message: messageOf(issue, found) }];
  });
}

/** One line for people: `spec.ports[0].port: found 0, must be at least 1`. */
export function describeProblem({ field, found, message }: Problem): string {
  const value = found === undefined ? "" : `found ${shortened(JSON.stringify(found))}, `;
  return `${field === "" ? "object" : field}: ${value}${message}`;
}

function messageOf(issue: z.core.$ZodIssue, found: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return found === undefined ? "is required" : `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return oneOf(issue.values.map(String), found);
    case "too_small":
      return `must ${bound(issue.origin, "at least", issue.minimum)}`;
    case "too_big":
      return `must ${bound(issue.origin, "at most", issue.maximum)}`;
    case "invalid_key":
      return issue.issues.map(({ message }) => message.replace(/^must /, "its key must ")).join(", ");
    default:
      return issue.message;
  }
}

const typeNames: Partial<Record<string, string>> = {
  string: "a text (in quotes, if it looks like something else)",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function oneOf(values: readonly string[], found: unknown): string {
  if (found === undefined) return "is required";
  const wanted = values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(", ")}`;
  const meant = typeof found === "string" ? nearest(found, values) : undefined;
  return meant === undefined || values.length === 1 ? wanted : `${wanted}; did you mean ${meant}?`;
}

function bound(origin: string, which: string, limit: number | bigint): string {
  if (origin === "string") return `have ${which} ${plural(limit, "character")}`;
  if (origin === "array") return `have ${which} ${limit === 1 ? "1 entry" : `${limit} entries`}`;
  return `be ${which} ${limit}`;
}

function plural(count: number | bigint, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function unknownField(path: Path, object: unknown, schema: StructuralSchema): Problem {
  const known = Object.keys(schemaAt(schema, path.slice(0, -1))?.properties ?? {});
  const meant = nearest(String(path.at(-1)), known);
  const advice =
    meant === undefined ? `the fields here are ${known.toSorted().join(", ")}` : `did you mean ${meant}?`;
  return { field: fieldOf(path), found: valueAt(object, path), message: `is not a known field; ${advice}` };
}

function fieldOf(path: Path): string {
  return path.reduce<string>((field, part) => {
    if (typeof part === "number") return `${field}[${part}]`;
    const name = String(part);
    // Keys of maps, such as labels, may have dots of their own.
    if (!/^\w+$/.test(name)) return `${field}[${name}]`;
    return field === "" ? name : `${field}.${name}`;
  }, "");
}

function valueAt(object: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    object,
  );
}

function schemaAt(schema: StructuralSchema, path: Path): StructuralSchema | undefined {
  return path.reduce<StructuralSchema | undefined>(
    (at, part) =>
      typeof part === "number" ? at?.items : (at?.properties?.[String(part)] ?? at?.additionalProperties),
    schema,
  );
}

function shortened(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`;
}
