/** The values in force: flag before environment variable before file before default. All mistakes are told at once. */

import { nearest } from "../../api/nearest.ts";
import { quote } from "../../core/quote.ts";
import { UserError } from "../user-error.ts";
import { type Setting, type SettingTable, type ValuesOf, variableOf } from "./setting.ts";

export interface Sources {
  /** Values of flags as they were typed, by key of the table. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file's content, parsed. */
  readonly file?: { readonly path: string; readonly content: unknown } | undefined;
}

export interface Resolved<S extends SettingTable> {
  readonly values: ValuesOf<S>;
  /** In the form that is printed: what a user could have written. */
  readonly effective: Readonly<Record<string, unknown>>;
  /** Where each value that is no default came from. */
  readonly origins: Readonly<Record<string, string>>;
}

/** @throws UserError that names every value that can't be used, where it stands, and what is wanted. */
export function resolveSettings<S extends SettingTable>(table: S, sources: Sources): Resolved<S> {
  const mistakes: string[] = [];
  const fromFile = fileTexts(table, sources.file, mistakes);
  const values: Record<string, unknown> = {};
  const effective: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const [key, row] of Object.entries(table)) {
    const given = firstGiven(key, row, sources, fromFile);
    let value = row.default;
    if (given !== undefined) {
      const parsed = row.parse(given.text);
      if (parsed.ok) value = parsed.value;
      else mistakes.push(`${given.where}: cannot use ${quote(given.text)}; wanted: ${parsed.wanted}`);
      origins[key] = given.from;
    }
    values[key] = value;
    effective[key] = row.format === undefined ? value : row.format(value);
  }
  if (mistakes.length > 0) throw new UserError(mistakes.join("\n"));
  return { values: Object.freeze(values) as ValuesOf<S>, effective, origins };
}

interface Given {
  readonly text: string;
  readonly from: string;
  readonly where: string;
}

function firstGiven(
  key: string,
  row: Setting,
  { flags, env, file }: Sources,
  fromFile: ReadonlyMap<string, string>,
): Given | undefined {
  const flag = flags[key];
  if (flag !== undefined) return { text: flag, from: "flag", where: `--${row.name}` };
  const variable = variableOf(row);
  const inEnv = env[variable];
  // An empty variable is what manifests and shells leave behind for "not set".
  if (inEnv !== undefined && inEnv !== "") return { text: inEnv, from: "environment", where: variable };
  const inFile = fromFile.get(key);
  if (inFile !== undefined) return { text: inFile, from: "file", where: `${file?.path}: ${key}` };
  return undefined;
}

function fileTexts(table: SettingTable, file: Sources["file"], mistakes: string[]): Map<string, string> {
  const texts = new Map<string, string>();
  const content = file?.content ?? {};
  if (typeof content !== "object" || Array.isArray(content)) {
    mistakes.push(`${file?.path}: wanted: a mapping of settings to values`);
    return texts;
  }
  for (const [key, value] of Object.entries(content)) {
    if (!Object.hasOwn(table, key)) mistakes.push(`${file?.path}: ${unknownKey(key, table)}`);
    else if (value === null || value === undefined) continue;
    else if (Array.isArray(value) && table[key]?.repeatable) texts.set(key, value.map(String).join(","));
    else if (typeof value === "object") mistakes.push(`${file?.path}: ${key}: wanted: a single value`);
    else texts.set(key, String(value as string | number | boolean));
  }
  return texts;
}

function unknownKey(key: string, table: SettingTable): string {
  const keys = Object.keys(table);
  // The name of the flag is the likeliest mistake.
  const meant = nearest(key.replaceAll(/[-_]/g, ""), keys);
  const advice = meant === undefined ? `known are ${keys.join(", ")}` : `did you mean ${meant}?`;
  return `${quote(key)} is not a setting; ${advice}`;
}
