/**
 * What peers are sent, as route maps. A route is tagged with its group where it comes from; the route map of a peer has an entry for each group that
 * is for it, with the attributes, and nothing besides. No list of prefixes is needed: FRR (8.4) takes time with the square of their length. Pure.
 */
import type { ExportPlan } from "../exports.ts";
import type { InstancePlan } from "../plan.ts";
import type { Section } from "./config.ts";
import { exportName, type GroupWords, groupKey } from "./names.ts";

type Session = Pick<InstancePlan["sessions"][number], "peer" | "exports">;
type Words = ReadonlyMap<string, GroupWords>;

/** Where routes get the tag of their group. */
export function groupSections(words: Words): Section[] {
  return [...words.values()].map(({ name, tag }) => ({
    daemon: "bgpd",
    context: [`route-map ${name} permit 1`],
    lines: [`set tag ${tag}`],
  }));
}

export function exportSections({ peer, exports }: Session, words: Words): Section[] {
  // Both families have the same attributes.
  const groups = new Map(exports.map((each) => [groupKey(each.group), each]));
  const entries = [...groups]
    .flatMap(([key, group]) => {
      const { entry, tag } = words.get(key) ?? {};
      return entry === undefined || tag === undefined ? [] : [{ entry, tag, group }];
    })
    .sort((a, b) => a.entry - b.entry);
  return [
    ...entries.map(
      ({ entry, tag, group }): Section => ({
        daemon: "bgpd",
        context: [`route-map ${exportName(peer)} permit ${entry}`],
        lines: [`match tag ${tag}`, ...setLines(group)],
      }),
    ),
    { daemon: "bgpd", context: [`route-map ${exportName(peer)} deny 65535`], lines: [] },
  ];
}

function setLines({ localPref, communities, largeCommunities }: ExportPlan): string[] {
  return [
    communities.length === 0 ? [] : [`set community ${communities.join(" ")}`],
    largeCommunities.length === 0 ? [] : [`set large-community ${largeCommunities.join(" ")}`],
    localPref === undefined ? [] : [`set local-preference ${localPref}`],
  ].flat();
}
