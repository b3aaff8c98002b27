/** Routers and neighbors of the running configuration that go altogether, with all their lines. Pure. */
import type { FrrConfig, Section } from "./config.ts";
import type { Step } from "./steps.ts";

export interface Replaced {
  /** Those that come back as others: they go first, for a VRF has one AS, and a neighbor one. Their sessions end anyway. */
  readonly first: readonly Step[];
  /** Those that do not come back. */
  readonly gone: readonly Step[];
  /** The running configuration without them. */
  readonly rest: FrrConfig;
}

interface Thing {
  /** What there can be only one of. */
  readonly id: string;
  /** What it can't change into without being made anew. */
  readonly as: string;
  readonly undo: Step;
}

export function replaced(running: FrrConfig, desired: FrrConfig): Replaced {
  const routers = leaving(routersIn(running), routersIn(desired));
  const kept = running.filter(({ context }) => !routers.ids.has(routerOf(context)));
  const neighbors = leaving(neighborsIn(kept), neighborsIn(desired));
  const rest = kept.map((section) => ({
    ...section,
    lines: section.lines.filter((line) => !neighbors.ids.has(neighborOf(section.context, line))),
  }));
  return {
    first: [...routers.first, ...neighbors.first],
    gone: [...neighbors.gone, ...routers.gone],
    rest,
  };
}

function leaving(present: readonly Thing[], wanted: readonly Thing[]) {
  const then = new Map(wanted.map(({ id, as }) => [id, as]));
  const changed = present.filter(({ id, as }) => then.get(id) !== as);
  return {
    ids: new Set(changed.map(({ id }) => id)),
    first: changed.filter(({ id }) => then.has(id)).map(({ undo }) => undo),
    gone: changed.filter(({ id }) => !then.has(id)).map(({ undo }) => undo),
  };
}

function routersIn(config: FrrConfig): Thing[] {
  return config
    .filter(({ context }) => context.length === 1 && routerOf(context) !== "")
    .map(({ daemon, context }) => ({
      id: routerOf(context),
      as: context[0] ?? "",
      undo: { daemon, context: [], line: `no ${context[0]}` },
    }));
}

function neighborsIn(config: FrrConfig): Thing[] {
  return config.flatMap(({ daemon, context, lines }: Section) =>
    lines.flatMap((line) => {
      const match = /^neighbor (\S+) (interface )?remote-as (\S+)$/.exec(line);
      if (match === null) return [];
      const [, name, word = "", remote = ""] = match;
      const undo = { daemon, context, line: `no neighbor ${name}${word === "" ? "" : " interface"}` };
      return [{ id: neighborOf(context, line), as: `${word}${remote}`, undo }];
    }),
  );
}

/** The VRF, told apart from what is no router at all. */
function routerOf(context: readonly string[]): string {
  const match = /^router bgp \d+(?: vrf (\S+))?$/.exec(context[0] ?? "");
  return match === null ? "" : `vrf ${match[1] ?? ""}`;
}

/** The neighbor that a line is about, told apart by VRF; empty: none. */
export function neighborOf(context: readonly string[], line: string): string {
  const name = /^neighbor (\S+) /.exec(line)?.[1];
  return name === undefined ? "" : `${routerOf(context)} ${name}`;
}
