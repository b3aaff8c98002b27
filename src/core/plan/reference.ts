/** References between resources of a stack: a value that is known only when another resource exists. */
import type { Fields, Json } from "./types.ts";

const mark = "$reference";
const sharedMark = "$shared";

/** What is known of a resource that exists: its cloud id, and fields that others may point at. */
export interface Known {
  readonly cloudId: string;
  readonly incarnation?: string | undefined;
  readonly fields?: Fields | undefined;
}

/** The cloud id of resource `id`, or its observed field (an address), to be used as a value in `DesiredResource.fields`. */
export function reference(id: string, field?: string): Json {
  return field === undefined ? { [mark]: id } : { [mark]: id, field };
}

/** As `reference`, to a resource of a stack that is shared: resolved before the stack is planned. */
export function sharedReference(stack: string, id: string, field?: string): Json {
  const target: Json = { [sharedMark]: id, stack };
  return field === undefined ? target : { ...target, field };
}

/** Puts in what is known of shared stacks, by their key and the id in it; what is not known becomes what `unknown` says. */
export function resolveShared(
  value: Json,
  known: (stack: string, id: string) => Known | undefined,
  unknown: (stack: string, id: string) => Json,
): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item: Json) => resolveShared(item, known, unknown));
  const { [sharedMark]: id, stack, field } = value as { [sharedMark]?: Json; stack?: Json; field?: Json };
  if (typeof id !== "string" || typeof stack !== "string") {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, resolveShared(item, known, unknown)]),
    );
  }
  const found = known(stack, id);
  const there = typeof field === "string" ? found?.fields?.[field] : found?.cloudId;
  return there ?? unknown(stack, id);
}

/** Puts texts for people in the place of all references. */
export function withoutReferences(value: Json): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(withoutReferences);
  const { [mark]: own, [sharedMark]: shared, stack, field } = value as Readonly<Record<string, Json>>;
  const of = typeof field === "string" ? `${field} of ` : "";
  if (typeof own === "string") return `(known after apply: ${of}${own})`;
  if (typeof shared === "string")
    return `(known after apply: ${of}${shared} of ${typeof stack === "string" ? stack : "?"})`;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutReferences(item)]));
}

/** Ids of all resources of the same stack that a value points at. */
export function referencesIn(value: Json): string[] {
  if (value === null || typeof value !== "object") return [];
  const target = (value as { [mark]?: Json })[mark];
  if (typeof target === "string") return [target];
  return Object.values(value).flatMap(referencesIn);
}

/** Whether a value holds a cloud id, however deep. */
export function names(value: Json, cloudId: string): boolean {
  if (typeof value !== "object" || value === null) return value === cloudId;
  return Object.values(value).some((each) => names(each, cloudId));
}

/** Puts in what is known; references to what is not known stay. */
export function resolve(value: Json, known: (id: string) => Known | undefined): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item: Json) => resolve(item, known));
  const { [mark]: target, field } = value as { [mark]?: Json; field?: Json };
  if (typeof target !== "string") return resolveFields(value as Fields, known);
  const found = known(target);
  if (found === undefined) return value;
  return typeof field === "string" ? (found.fields?.[field] ?? value) : found.cloudId;
}

export function resolveFields(fields: Fields, known: (id: string) => Known | undefined): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, resolve(value, known)]));
}
