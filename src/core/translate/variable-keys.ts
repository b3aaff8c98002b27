/** Annotation keys that end in a part of the user's choice, such as a port: `<key>.<variable>`, for all of which there is one entry. */
import { nearest } from "../../api/nearest.ts";
import { quote } from "../quote.ts";
import type { AnnotationEntry } from "./annotations.ts";

/** What the variable part may be. */
export interface VariablePart {
  /** As the documentation shows it between angle brackets: "protocol-port". */
  readonly name: string;
  /** The whole of what is allowed, anchored at both ends. */
  readonly pattern: RegExp;
  /** What is allowed in words, such as "TCP-80"; by default the name stands for it. */
  readonly wanted?: string;
}

export const FRONTEND_SUFFIX = /\.(internal|external)$/;

export type VariableEntry = AnnotationEntry & { readonly variable: VariablePart };

export interface VariableKey {
  readonly entry: VariableEntry;
  readonly key: string;
  readonly variable: string;
  /** The frontend that the key is for alone. */
  readonly frontend: string | undefined;
}

export function isVariable(entry: AnnotationEntry): entry is VariableEntry {
  return entry.variable !== undefined;
}

/** Which entry a key belongs to, the most specific first; `undefined` where it is none of these, or a key of its own. */
export function variableKey(
  key: string,
  entries: readonly VariableEntry[],
  fixed: ReadonlySet<string>,
): VariableKey | undefined {
  const bare = key.replace(FRONTEND_SUFFIX, "");
  if (fixed.has(key) || fixed.has(bare)) return undefined;
  const [entry] = entries
    .filter((each) => bare.startsWith(`${each.key}.`) && bare.length > each.key.length + 1)
    .sort((a, b) => b.key.length - a.key.length);
  if (entry === undefined) return undefined;
  const frontend = key === bare ? undefined : key.slice(bare.length + 1);
  return { entry, key, variable: bare.slice(entry.key.length + 1), frontend };
}

/** The keys of one entry that count for a frontend, by variable part, sorted: those for it alone win. */
export function keysFor(entry: VariableEntry, keys: readonly VariableKey[], frontend: string): VariableKey[] {
  const chosen = new Map<string, VariableKey>();
  for (const each of keys) {
    if (each.entry !== entry) continue;
    if (each.frontend === frontend || (each.frontend === undefined && !chosen.has(each.variable)))
      chosen.set(each.variable, each);
  }
  return [...chosen.values()].sort((a, b) => (a.variable < b.variable ? -1 : 1));
}

/** What is wrong with the variable part of a key. */
export function badVariable({ entry, key, variable }: VariableKey): string | undefined {
  const { name, pattern, wanted } = entry.variable;
  if (pattern.test(variable)) return undefined;
  return `annotation ${quote(key)}: cannot use ${quote(variable)} in its name; wanted: ${entry.key}.<${name}>${wanted === undefined ? "" : `, where <${name}> is ${wanted}`}`;
}

/** What a misspelt key with a variable part was probably meant to be. */
export function nearestVariable(key: string, entries: readonly VariableEntry[]): string | undefined {
  const bare = key.replace(FRONTEND_SUFFIX, "");
  const dot = bare.lastIndexOf(".");
  if (dot < 0) return undefined;
  const variable = bare.slice(dot + 1);
  const fitting = entries.filter((entry) => entry.variable.pattern.test(variable));
  const meant = nearest(
    bare.slice(0, dot),
    fitting.map((entry) => entry.key),
  );
  return meant === undefined ? undefined : `${meant}.${key.slice(dot + 1)}`;
}
