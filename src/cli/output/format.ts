/** The formats of answers: a table for people, JSON and YAML for programs. */

import { Option } from "commander";

export type Format = "table" | "json" | "yaml";

/** Of commands whose tables leave out what is seldom asked for. */
export type FormatWithWide = Format | "wide";

export function formatOption(): Option {
  return new Option("-o, --output <format>", "table, json or yaml")
    .choices(["table", "json", "yaml"])
    .default("table");
}

export function formatOptionWithWide(): Option {
  return new Option("-o, --output <format>", "table, wide (with more columns), json or yaml")
    .choices(["table", "wide", "json", "yaml"])
    .default("table");
}

/** Writes `data` in the format; the table is made only if it is wanted. */
export async function print(format: FormatWithWide, data: unknown, asTable: () => string): Promise<void> {
  process.stdout.write(await rendered(format, data, asTable));
}

async function rendered(format: FormatWithWide, data: unknown, asTable: () => string): Promise<string> {
  switch (format) {
    case "table":
    case "wide":
      return `${asTable()}\n`;
    case "json":
      return `${JSON.stringify(data, undefined, 2)}\n`;
    case "yaml": {
      const { stringify } = await import("../yaml.ts");
      // By way of JSON, so that both have the same fields.
      return stringify(JSON.parse(JSON.stringify(data)), { aliasDuplicateObjects: false });
    }
    default:
      return format satisfies never;
  }
}
