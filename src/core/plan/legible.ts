/** What of a difference is told: of a record only the entries for which it counts as different. Pure. */
import { canonical } from "./json.ts";
import type { FieldChange, Json, KindRules } from "./types.ts";

/**
 * The change with `from` as if the cloud had nothing but what the kind's rules look at. Entries of a record that a provider leaves to others
 * (tags of somebody else, attributes that nobody asked for) are no part of the difference, and would look as if they were taken away.
 */
export function legible({ equal }: Pick<KindRules, "equal">, change: FieldChange): FieldChange {
  const { field, from, to } = change;
  if (equal === undefined || !isRecord(from) || !isRecord(to)) return change;
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  const differing = names.filter((name) => canonical(from[name]) !== canonical(to[name]));
  const counts = differing.filter((name) => !equal(field, to, withEntry(to, name, from[name])));
  if (counts.length === 0 || counts.length === differing.length) return change;
  const seen = differing.reduce<Entries>(
    (record, name) => (counts.includes(name) ? record : withEntry(record, name, to[name])),
    from,
  );
  return { field, from: seen, to };
}

type Entries = { readonly [name: string]: Json };

function withEntry(record: Entries, name: string, value: Json | undefined): Entries {
  if (value !== undefined) return { ...record, [name]: value };
  const { [name]: _, ...rest } = record;
  return rest;
}

function isRecord(value: Json | undefined): value is Entries {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
