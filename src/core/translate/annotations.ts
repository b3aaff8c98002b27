/** Reads the annotations of a Service by tables: every key is declared once, and nothing under a known prefix is ignored. */

import { nearest } from "../../api/nearest.ts";
import type { Reason } from "../../api/reasons.ts";
import { quote } from "../quote.ts";

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly wanted: string /** What is wrong with the value, where that can be said. */;
      readonly why?: string;
    };

/** What an annotation decides: a field of the LoadBalancer's spec, or one of the provider's settings. */
export type Target =
  | "scheme"
  | "frontends"
  | "addresses"
  | "pool"
  | "sharingKey"
  | "none"
  | `settings.${string}`;

/** One annotation. The generated reference is made of these. */
export interface AnnotationEntry {
  readonly key: string;
  readonly sets: Target;
  /** Bounded by the reader: a value of more than 1,024 characters never gets here. */
  readonly parse: (value: string) => Parsed<unknown>;
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
 * - `<key>.<frontend>` is the value for that frontend alone and wins over `<key>`.
 */
export function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  tables: readonly AnnotationTable[],
  frontend: string,
): ReadAnnotations {
  const values = new Map<Target, { key: string; value: unknown; raw: string }>();
  const refusals: Refusal[] = [];
  const warnings: Finding[] = [];
  for (const entry of tables.flatMap((table) => table.entries)) {
    const qualified = `${entry.key}.${frontend}`;
    const key = Object.hasOwn(annotations, qualified) ? qualified : entry.key;
    const raw = Object.hasOwn(annotations, key) ? annotations[key] : undefined;
    if (raw === undefined || entry.sets === "none") continue;
    const earlier = values.get(entry.sets);
    if (earlier !== undefined) {
      if (earlier.raw.trim() !== raw.trim()) {
        warnings.push({
          reason: "UnknownAnnotation",
          message: `annotation ${key} is ignored because ${earlier.key} is set too; remove one of them`,
        });
      }
      continue;
    }
    const parsed: Parsed<unknown> =
      raw.length > LONGEST_VALUE
        ? { ok: false, wanted: `at most ${LONGEST_VALUE} characters` }
        : entry.parse(raw);
    if (parsed.ok) values.set(entry.sets, { key, value: parsed.value, raw });
    else {
      const message = `annotation ${key}: ${cannotUse(raw, parsed)}`;
      refusals.push({ reason: "InvalidAnnotation", message, target: entry.sets });
    }
  }
  warnings.push(...unknownKeys(annotations, tables));
  return { values, refusals, warnings: warnings.slice(0, MOST_WARNINGS) };
}

/** What is wrong with a value, and what would be right. */
export function cannotUse(raw: string, { wanted, why }: Extract<Parsed<never>, { ok: false }>): string {
  return `cannot use ${quote(raw)}${why === undefined ? "" : ` (${why})`}; wanted: ${wanted}`;
}

const FRONTEND_SUFFIX = /\.(internal|external)$/;

function unknownKeys(
  annotations: Readonly<Record<string, string>>,
  tables: readonly AnnotationTable[],
): Finding[] {
  const known = new Set(tables.flatMap((table) => table.entries.map((entry) => entry.key)));
  const prefixes = tables.flatMap((table) => table.prefixes);
  const findings: Finding[] = [];
  const strange: string[] = [];
  for (const key of Object.keys(annotations).sort()) {
    if (known.has(key) || known.has(key.replace(FRONTEND_SUFFIX, ""))) continue;
    const ours = prefixes.some((prefix) => key.startsWith(prefix));
    const meant = nearest(key, known);
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
  const named = keys.slice(0, MOST_NAMED).map(quote);
  const more = keys.length - named.length;
  const list = more > 0 ? `${named.join(", ")} and ${more} more` : named.join(", ");
  const one = keys.length === 1;
  return {
    reason: "UnknownAnnotation",
    message: one
      ? `annotation ${list} is not known and has no effect; remove it, or see the annotation reference`
      : `annotations ${list} are not known and have no effect; remove them, or see the annotation reference`,
  };
}
