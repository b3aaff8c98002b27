/** What a peer is sent, as prefix lists and a route map: one entry for each set of attributes, and nothing besides. Pure. */
import { wellKnownCommunities } from "../../../api/community-text.ts";
import type { ExportPlan } from "../exports.ts";
import type { InstancePlan } from "../plan.ts";
import type { Section } from "./config.ts";
import { entryNumbers, exportName, listName } from "./names.ts";

type Session = Pick<InstancePlan["sessions"][number], "peer" | "exports">;

const word = { IPv4: "ip", IPv6: "ipv6" } as const;

/** Without sequence numbers: each entry is for one prefix, so that their order says nothing, and FRR numbers them itself. */
export function exportLists({ peer, exports }: Session): string[] {
  return exports.flatMap((group) =>
    group.prefixes.map(
      (prefix) => `${word[group.family]} prefix-list ${listName(peer, group)} permit ${prefix}`,
    ),
  );
}

export function exportSections({ peer, exports }: Session): Section[] {
  const numbers = entryNumbers(exports);
  const entries = exports
    .map((group) => ({ group, number: numbers.get(group) ?? 0 }))
    .sort((a, b) => a.number - b.number);
  return [
    ...entries.map(
      ({ group, number }): Section => ({
        daemon: "bgpd",
        context: [`route-map ${exportName(peer)} permit ${number}`],
        lines: [
          `match ${word[group.family]} address prefix-list ${listName(peer, group)}`,
          ...setLines(group),
        ],
      }),
    ),
    { daemon: "bgpd", context: [`route-map ${exportName(peer)} deny 65535`], lines: [] },
  ];
}

function setLines({ localPref, communities, largeCommunities }: ExportPlan): string[] {
  return [
    communities.length === 0 ? [] : [`set community ${communities.map(frrName).join(" ")}`],
    largeCommunities.length === 0 ? [] : [`set large-community ${largeCommunities.join(" ")}`],
    localPref === undefined ? [] : [`set local-preference ${localPref}`],
  ].flat();
}

const names = new Map(Object.entries(wellKnownCommunities).map(([name, value]) => [value, name]));

/** FRR shows those that it has a name for by name; of no-export-subconfed it has another. */
function frrName(value: string): string {
  const name = names.get(value);
  return name === "no-export-subconfed" ? "local-AS" : (name ?? value);
}
