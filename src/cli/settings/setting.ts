/** A setting of a command: one row gives its flag, its environment variable, its key in the configuration file and its documentation. */

import type { ParsedValue } from "./parse-value.ts";

export interface Setting<T = unknown> {
  /** Kebab case, without dashes in front. */
  readonly name: string;
  /** The value's name in help texts, such as `<duration>`; `[boolean]` may be left out and then means true. */
  readonly argument: string;
  /** One sentence without a full stop. */
  readonly description: string;
  readonly default: T;
  /** How the default is written in help texts, where its value does not say it. */
  readonly defaultText?: string;
  parse(text: string): ParsedValue<T>;
  /** For the effective configuration; default: the value itself. */
  format?(value: T): unknown;
  /** May be given more than once; the values are joined by commas. */
  readonly repeatable?: boolean;
}

/** Settings by the names under which the code knows them, which are also the keys of the file. */
export type SettingTable = Readonly<Record<string, Setting>>;

export type ValuesOf<S extends SettingTable> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never;
};

export function setting<T>(row: Setting<T>): Setting<T> {
  return row;
}

/** `leader-elect` → `FAIRLEAD_LEADER_ELECT`. */
export function variableOf({ name }: Setting): string {
  return `FAIRLEAD_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** As shown in help texts and references. */
export function defaultOf(row: Setting): string {
  if (row.defaultText !== undefined) return row.defaultText;
  const value = row.format === undefined ? row.default : row.format(row.default);
  if (value === undefined) return "";
  return Array.isArray(value) ? value.join(",") : String(value as string | number | boolean);
}
