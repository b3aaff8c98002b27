/** Adds the flags of settings to a command. Their values stay texts: they are read together with those of other sources. */

import { type Command, Option } from "commander";
import { defaultOf, type SettingTable, variableOf } from "./setting.ts";

export function addSettings(command: Command, table: SettingTable): Command {
  for (const row of Object.values(table)) {
    const shown = defaultOf(row);
    const notes = [...(shown === "" ? [] : [`default: ${shown}`]), `env: ${variableOf(row)}`];
    const option = new Option(`--${row.name} ${row.argument}`, `${row.description} (${notes.join(", ")})`);
    if (row.repeatable) {
      option.argParser((text: string, before: string | undefined) =>
        before === undefined ? text : `${before},${text}`,
      );
    }
    command.addOption(option);
  }
  return command;
}

/** The texts that were given to the flags, by key of the table. */
export function flagsOf(command: Command, table: SettingTable): Record<string, string | undefined> {
  const given = command.opts<Record<string, string | true | undefined>>();
  return Object.fromEntries(
    Object.entries(table).map(([key, { name }]) => {
      const value = given[name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
      // A switch without value.
      return [key, value === true ? "true" : value];
    }),
  );
}
