/** Writes the fields of an operation as lines for a person: of lists and records only what differs. Pure. */
import { compareText } from "../compare-text.ts";
import { canonical } from "./json.ts";
import { withoutReferences } from "./reference.ts";
import type { Json } from "./types.ts";

const widest = 110;
const mostLines = 20;
/** Of plain values, old and new together: shown whole. */
const fewItems = 4;

type Scalar = null | boolean | number | string;
type Items = readonly Json[];
type Entries = Readonly<Record<string, Json>>;

/**
 * Of a field that gets a value: `ports: 80, 443`; nothing where the value is none, or is empty. Long ones go on in the next lines. What
 * others wrote is quoted where it is not plain, so that a line stays a line.
 */
export function valueLines(field: string, value: Json): string[] {
  const known = withoutReferences(value);
  const items = itemsIn(known);
  return items.length === 0 ? [] : wrapped(`${field}: `, items, isFlat(known) ? ", " : "; ");
}

/** Of a field that has a value and gets another: `path: /a → /b`, `tags: team: a → b`, `targets: + id=i-1 port=80`. `undefined`: none. */
export function changeLines(field: string, from: Json | undefined, to: Json | undefined): string[] {
  const [before = null, after = null] = [from, to].map((value) => value && withoutReferences(value));
  if (isList(before) && isList(after)) {
    const lines = listChange(field, before, after);
    if (lines.length > 0) return bounded(lines);
  }
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText);
    const differing = names.filter((name) => canonical(before[name]) !== canonical(after[name]));
    return bounded(
      differing.flatMap((name) =>
        changeLines(`${field}: ${plain(name)}`, before[name] ?? null, after[name] ?? null),
      ),
    );
  }
  return [`${field}: ${inline(before)} → ${inline(after)}`];
}

/** As sets, where the items are many or long; nothing where only their order differs. */
function listChange(field: string, before: Items, after: Items): string[] {
  if (before.length + after.length <= fewItems && [...before, ...after].every(isScalar)) return [];
  const [old, wanted] = [new Set(before.map(canonical)), new Set(after.map(canonical))];
  const comes = after.filter((item) => !old.has(canonical(item)));
  const goes = before.filter((item) => !wanted.has(canonical(item)));
  return [
    ...goes.map((item) => `${field}: - ${inline(item)}`),
    ...comes.map((item) => `${field}: + ${inline(item)}`),
  ];
}

function itemsIn(value: Json): string[] {
  if (isEmpty(value)) return [];
  if (isList(value)) return value.map(inline);
  if (isRecord(value)) {
    const said = Object.entries(value).filter(([, entry]) => !isEmpty(entry));
    return entriesIn(Object.fromEntries(said));
  }
  return [plain(value as Scalar)];
}

/** Each entry as `name=value`, those of records within as `name.name=value`. */
function entriesIn(record: Entries, within = ""): string[] {
  return Object.keys(record)
    .sort(compareText)
    .flatMap((name) => {
      const value = record[name] ?? null;
      const path = `${within}${plain(name)}`;
      return isRecord(value) && Object.keys(value).length > 0
        ? entriesIn(value, `${path}.`)
        : [`${path}=${inline(value)}`];
    });
}

function inline(value: Json): string {
  if (isList(value)) return `[${value.map(inline).join(", ")}]`;
  if (isRecord(value)) return entriesIn(value).join(" ") || "{}";
  return plain(value);
}

function plain(value: Scalar): string {
  if (value === null) return "none";
  if (typeof value !== "string") return String(value);
  return /^\S+(?: \S+)*$/u.test(value) && !/[\p{C}\p{Zl}\p{Zp}]/u.test(value) ? value : JSON.stringify(value);
}

function wrapped(start: string, items: readonly string[], separator: string): string[] {
  const lines: string[] = [];
  let line = start;
  for (const [index, item] of items.entries()) {
    const text = index === items.length - 1 ? item : `${item}${separator}`;
    if (line !== start && line.length + text.trimEnd().length > widest) {
      lines.push(line.trimEnd());
      line = "  ";
    }
    line += text;
  }
  return bounded([...lines, line]);
}

function bounded(lines: readonly string[]): string[] {
  if (lines.length <= mostLines) return [...lines];
  return [...lines.slice(0, mostLines - 1), `  … and ${lines.length - mostLines + 1} lines more`];
}

function isList(value: Json): value is Items {
  return Array.isArray(value);
}

function isRecord(value: Json): value is Entries {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

function isScalar(value: Json): value is Scalar {
  return value === null || typeof value !== "object";
}

/** Whether no item has spaces of its own: then commas tell them apart. */
function isFlat(value: Json): boolean {
  return isList(value) ? value.every(isScalar) : true;
}
