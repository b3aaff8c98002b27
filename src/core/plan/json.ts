/** JSON values compared and fingerprinted whatever the order of their keys. */

import { createHash } from "node:crypto";
import { compareText } from "../compare-text.ts";
import type { Json } from "./types.ts";

/** The one spelling of a value: keys sorted. */
export function canonical(value: Json | undefined): string {
  if (value === undefined) return "";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).sort(([a], [b]) => compareText(a, b));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}

/** Short and stable: 8 hexadecimal digits by default. Equal values have equal fingerprints. */
export function fingerprint(value: Json, digits = 8): string {
  return createHash("sha256").update(canonical(value)).digest("hex").slice(0, digits);
}
