/**
 * From the configuration that FRR runs to the one that it should: the fewest lines, in an order in which no step takes away what the end needs.
 * New route maps come before what refers to them, and what nobody refers to any more goes last. Pure.
 */
import type { Daemon, FrrConfig } from "./config.ts";
import { type Setting, settingOf } from "./dialect.ts";
import { PREFIX } from "./names.ts";
import { replaced } from "./replaced.ts";
import type { Step } from "./steps.ts";

export interface Difference {
  /** To be done first. */
  readonly add: readonly Step[];
  readonly remove: readonly Step[];
}

/**
 * Guarantees: running `desired` already, there is nothing to do; lines that are not ours stay.
 *
 * @param isQuiet nothing has changed for some seconds: what may only go then goes too.
 */
export function difference(running: FrrConfig, desired: FrrConfig, isQuiet: boolean): Difference {
  const { first, gone, rest } = replaced(running, desired);
  return {
    add: [...first, ...additions(rest, desired)],
    remove: [...gone, ...removals(rest, desired, isQuiet)],
  };
}

function additions(running: FrrConfig, desired: FrrConfig): Step[] {
  const present = settingsBySection(running);
  return desired.flatMap(({ daemon, context, lines }): Step[] => {
    const settings = present.get(idOf(daemon, context));
    if (lines.length === 0) return settings === undefined ? [{ daemon, context, line: undefined }] : [];
    return lines
      .filter((line) => settings?.get(ours(context, line).key)?.line !== line)
      .map((line) => ({ daemon, context, line }));
  });
}

function removals(running: FrrConfig, desired: FrrConfig, isQuiet: boolean): Step[] {
  const present = settingsBySection(running);
  const wanted = settingsBySection(desired);
  const lines: Step[] = [];
  const sections: Step[] = [];
  for (const { daemon, context } of running) {
    const id = idOf(daemon, context);
    const undo = wanted.has(id) ? undefined : undoOf(daemon, context);
    if (undo !== undefined) {
      sections.push(undo);
      continue;
    }
    for (const setting of present.get(id)?.values() ?? []) {
      if (setting.undo === undefined || wanted.get(id)?.has(setting.key) === true) continue;
      if (setting.isLate && !isQuiet) continue;
      lines.push({ daemon, context, line: setting.undo });
    }
  }
  // Backwards, for a line may need one before it: a BFD profile brings BFD with it.
  return [...lines.reverse(), ...sections];
}

/** How a section that nobody wants goes as a whole, where it can. */
function undoOf(daemon: Daemon, context: readonly string[]): Step | undefined {
  const last = context.at(-1) ?? "";
  if (!last.startsWith(`route-map ${PREFIX}`) && !(context[0] === "bfd" && last.startsWith("profile ")))
    return undefined;
  return { daemon, context: context.slice(0, -1), line: `no ${last}` };
}

function settingsBySection(config: FrrConfig): Map<string, Map<string, Setting>> {
  const sections = new Map<string, Map<string, Setting>>();
  for (const { daemon, context, lines } of config) {
    const id = idOf(daemon, context);
    const settings = sections.get(id) ?? new Map<string, Setting>();
    for (const line of lines) {
      const setting = settingOf(context, line);
      if (setting !== undefined) settings.set(setting.key, setting);
    }
    sections.set(id, settings);
  }
  return sections;
}

function ours(context: readonly string[], line: string): Setting {
  const setting = settingOf(context, line);
  if (setting === undefined) throw new Error(`No rule says how to take back "${line}"`);
  return setting;
}

function idOf(daemon: Daemon, context: readonly string[]): string {
  return [daemon, ...context].join("\n");
}
