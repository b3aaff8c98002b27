/** Reads the annotations of a Service by tables: every key is declared once, and nothing under a known prefix is ignored. */

import { nearest } from "../../api/nearest.ts";
import type { Reason } from "../../api/reasons.ts";
import { quote } from "../quote.ts";
import { someOf } from "../some-of.ts";
import {
  badVariable,
  FRONTEND_SUFFIX,
  isVariable,
  keysFor,
  nearestVariable,
  type VariablePart,
  variableKey,
} from "./variable-keys.ts";

export type Parsed<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** What of the value has no effect, and what to do: becomes a warning. */
      readonly note?: string;
    }
  | {
      readonly ok: false;
      readonly wanted: string /** What is wrong with the value, where that can be said. */;
      readonly why?: string;
    };

/**
 * What an annotation decides: a field of the LoadBalancer's spec, or one of the provider's settings (`settings.healthCheck.port` is one
 * within another). `none`: nothing, though its value may be refused or noted.
 */
export type Target =
  | "scheme"
  | "frontends"
  | "addresses"
  | "pool"
  | "sharingKey"
  | "sourceRanges"
  | "group"
  | "adopt"
  | "release"
  | "none"
  | `settings.${string}`;

/** One annotation. The generated reference is made of these. */
export interface AnnotationEntry {
  readonly key: string;
  /**
   * The key goes on: `<key>.<variable>`. What is read becomes one value, `{ [variable]: parsed }`, of all such keys that the Service has.
   * A key that another entry has, with or without a frontend at its end, is that entry's.
   */
  readonly variable?: VariablePart;
  readonly sets: Target;
  /** In characters; default 1,024. A longer value never gets to `parse`. */
  readonly maxLength?: number;
  /** A value that is read as `undefined` decides nothing. `settings` are those of the class. */
  readonly parse: (value: string, settings: Readonly<Record<string, unknown>>) => Parsed<unknown>;
  /** What it does, in a sentence or two. */
  readonly description: string;
  /** What holds without it. */
  readonly default: string;
  /** What an edit does to a load balancer that works. */
  readonly onChange: string;
  /** Set on an alias: the key to use instead. */
  readonly insteadUse?: string;
}

export interface AnnotationTable {
  /** Everything under these prefixes (with the slash) is ours to explain: an unknown key is reported. */
  readonly prefixes: readonly string[];
  readonly entries: readonly AnnotationEntry[];
}

export interface Finding {
  readonly reason: Reason;
  readonly message: string;
}

/** A value that could not be read, and what it would have decided. */
export interface Refusal extends Finding {
  readonly target: Target;
}

export interface ReadAnnotations {
  readonly values: ReadonlyMap<Target, { readonly key: string; readonly value: unknown }>;
  /** Values that can't be used: the Service is refused as it is. */
  readonly refusals: readonly Refusal[];
  /** What was noticed and does not stop the Service. */
  readonly warnings: readonly Finding[];
}

const LONGEST_VALUE = 1024;
const MOST_WARNINGS = 8;
const MOST_NAMED = 5;

/**
 * Reads a Service's annotations for one frontend.
 *
 * - Entries earlier in the tables win over later ones with the same target; a later one that says something else is warned of.
 * - `<key>.<frontend>` is the value for that frontend alone and wins over `<key>`; so is `<key>.<variable>.<frontend>`.
 * - What values mean may depend on `settings` of the class.
 */
export function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  tables: readonly AnnotationTable[],
  frontend: string,
  settings: Readonly<Record<string, unknown>> = {},
): ReadAnnotations {
  const values = new Map<Target, { key: string; value: unknown }>();
  const slots = new Map<string, { readonly key: string; readonly value: unknown }>();
  const refusals: Refusal[] = [];
  const warnings: Finding[] = [];
  for (const { entry, key, variable } of keysInOrder(annotations, tables, frontend)) {
    const raw = annotations[key] ?? "";
    const slot = JSON.stringify([entry.sets, variable]);
    const earlier = slots.get(slot);
    const parsed = parseBounded(entry, raw, settings);
    if (earlier !== undefined) {
      if (!parsed.ok || !saysNothingElse(parsed.value, earlier.value)) {
        warnings.push({
          reason: "IgnoredAnnotation",
          message: `annotation ${key} is ignored because ${earlier.key} is set too; remove one of them`,
        });
      }
      continue;
    }
    if (!parsed.ok) {
      const message = `annotation ${key}: ${cannotUse(raw, parsed)}`;
      refusals.push({ reason: "InvalidAnnotation", message, target: entry.sets });
      continue;
    }
    if (parsed.note !== undefined)
      warnings.push({ reason: "IgnoredAnnotation", message: `annotation ${key} ${parsed.note}` });
    if (entry.sets === "none" || parsed.value === undefined) continue;
    slots.set(slot, { key, value: parsed.value });
    if (variable === undefined) values.set(entry.sets, { key, value: parsed.value });
    else {
      const before = values.get(entry.sets);
      const one = Object.fromEntries([[variable, parsed.value]]);
      values.set(entry.sets, { key: before?.key ?? key, value: { ...(before?.value as object), ...one } });
    }
  }
  refusals.push(...badVariables(annotations, tables));
  warnings.push(...unknownKeys(annotations, tables));
  return { values, refusals, warnings: warnings.slice(0, MOST_WARNINGS) };
}

function parseBounded(
  entry: AnnotationEntry,
  raw: string,
  settings: Readonly<Record<string, unknown>>,
): Parsed<unknown> {
  const longest = entry.maxLength ?? LONGEST_VALUE;
  return raw.length > longest
    ? { ok: false, wanted: `at most ${longest} characters` }
    : entry.parse(raw, settings);
}

function saysNothingElse(value: unknown, earlier: unknown): boolean {
  return value === undefined || JSON.stringify(value) === JSON.stringify(earlier);
}

interface FoundKey {
  readonly entry: AnnotationEntry;
  readonly key: string;
  readonly variable?: string;
}

/** The keys that a Service has and that count for the frontend, in the order of the tables. */
function keysInOrder(
  annotations: Readonly<Record<string, string>>,
  tables: readonly AnnotationTable[],
  frontend: string,
): FoundKey[] {
  const variables = variablesIn(annotations, tables).filter((each) => badVariable(each) === undefined);
  return tables
    .flatMap((table) => table.entries)
    .flatMap((entry): FoundKey[] => {
      if (isVariable(entry)) return keysFor(entry, variables, frontend);
      const key = [`${entry.key}.${frontend}`, entry.key].find((each) => Object.hasOwn(annotations, each));
      return key === undefined ? [] : [{ entry, key }];
    });
}

function variablesIn(annotations: Readonly<Record<string, string>>, tables: readonly AnnotationTable[]) {
  const entries = tables.flatMap((table) => table.entries);
  const variable = entries.filter(isVariable);
  if (variable.length === 0) return [];
  const fixed = fixedKeys(entries);
  return Object.keys(annotations).flatMap((key) => variableKey(key, variable, fixed) ?? []);
}

function fixedKeys(entries: readonly AnnotationEntry[]): Set<string> {
  return new Set(entries.flatMap((entry) => (isVariable(entry) ? [] : [entry.key])));
}

/** A key of a known family whose variable part can't be right is refused: it names what is not there. */
function badVariables(
  annotations: Readonly<Record<string, string>>,
  tables: readonly AnnotationTable[],
): Refusal[] {
  return variablesIn(annotations, tables).flatMap((each) => {
    const message = badVariable(each);
    return message === undefined
      ? []
      : [{ reason: "InvalidAnnotation" as const, message, target: each.entry.sets }];
  });
}

/** What is wrong with a value, and what would be right. */
export function cannotUse(raw: string, { wanted, why }: Extract<Parsed<never>, { ok: false }>): string {
  return `cannot use ${quote(raw)}${why === undefined ? "" : ` (${why})`}; wanted: ${wanted}`;
}

function unknownKeys(
  annotations: Readonly<Record<string, string>>,
  tables: readonly AnnotationTable[],
): Finding[] {
  const entries = tables.flatMap((table) => table.entries);
  const known = fixedKeys(entries);
  const variable = entries.filter(isVariable);
  const prefixes = tables.flatMap((table) => table.prefixes);
  const findings: Finding[] = [];
  const strange: string[] = [];
  for (const key of Object.keys(annotations).sort()) {
    if (known.has(key) || known.has(key.replace(FRONTEND_SUFFIX, ""))) continue;
    if (variableKey(key, variable, known) !== undefined) continue;
    const ours = prefixes.some((prefix) => key.startsWith(prefix));
    const meant = nearest(key, known) ?? nearestVariable(key, variable);
    if (meant === undefined) {
      if (ours) strange.push(key);
    } else if (findings.length < MOST_WARNINGS) {
      findings.push({
        reason: "UnknownAnnotation",
        message: `annotation ${quote(key)} is not known and has no effect; did you mean ${meant}?`,
      });
    }
  }
  return strange.length === 0 ? findings : [...findings, notKnown(strange)];
}

function notKnown(keys: readonly string[]): Finding {
  const list = someOf(keys.map(quote), MOST_NAMED);
  const one = keys.length === 1;
  return {
    reason: "UnknownAnnotation",
    message: one
      ? `annotation ${list} is not known and has no effect; remove it, or see the annotation reference`
      : `annotations ${list} are not known and have no effect; remove them, or see the annotation reference`,
  };
}
