/** Lines of others about neighbors that are ours, such as `neighbor 192.0.2.1 shutdown`: with them a session is not what its BGPPeer says. Pure. */
import type { FrrConfig } from "./config.ts";
import { settingOf } from "./dialect.ts";
import { neighborOf, replaced } from "./replaced.ts";
import type { Step } from "./steps.ts";

export interface Foreign {
  /** The line, after those that lead to it. */
  readonly text: string;
  readonly undo: Step;
}

/** Those of neighbors that go altogether are not in it, nor those of neighbors of others. */
export function foreignLines(running: FrrConfig, desired: FrrConfig): Foreign[] {
  const ours = new Set(
    desired.flatMap(({ context, lines }) => lines.map((line) => neighborOf(context, line))),
  );
  return replaced(running, desired).rest.flatMap(({ daemon, context, lines }) =>
    lines.flatMap((line): Foreign[] => {
      const bare = line.replace(/^no /, "");
      const neighbor = neighborOf(context, bare);
      if (neighbor === "" || !ours.has(neighbor) || settingOf(context, line) !== undefined) return [];
      const undo = bare === line ? `no ${line}` : bare;
      return [{ text: [...context, line].join(" / "), undo: { daemon, context, line: undo } }];
    }),
  );
}
