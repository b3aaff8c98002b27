/** What one peer is sent, and with which attributes. Pure. */
import type { BGPAdvertisementSpec } from "../../api/bgp-advertisement.ts";
import { compareText } from "../../core/compare-text.ts";
import type { IPFamily } from "../../core/ip/address.ts";
import type { Accepted } from "./accepted.ts";
import { type CommunityAliases, compareCommunities } from "./communities.ts";
import type { BgpProblem } from "./input.ts";
import type { CandidateRoute } from "./routes.ts";
import type { SessionPlan } from "./sessions.ts";

/** Routes of one family that a peer is sent for the same advertisements, and so with the same attributes. */
export interface ExportPlan {
  readonly family: IPFamily;
  /** Names of the advertisements, of whatever peer. */
  readonly group: readonly string[];
  /** Sorted. */
  readonly prefixes: readonly string[];
  readonly localPref: number | undefined;
  /** `a:b`, sorted by number. */
  readonly communities: readonly string[];
  /** `a:b:c`, sorted by number. */
  readonly largeCommunities: readonly string[];
}

interface Exports {
  readonly exports: readonly ExportPlan[];
  readonly problems: readonly BgpProblem[];
}

type Attributes = Pick<ExportPlan, "localPref" | "communities" | "largeCommunities">;

/** Where advertisements meet, their communities are united, and the local preference is that of the oldest that has one. */
export function exportsOf(
  { peer, families }: Pick<SessionPlan, "peer" | "families">,
  routes: readonly CandidateRoute[],
  resolve: CommunityAliases["resolve"],
): Exports {
  const groups = new Map<string, ExportPlan & { readonly prefixes: string[] }>();
  const problems: BgpProblem[] = [];
  for (const { prefix, family, by } of routes) {
    if (!families.includes(family)) continue;
    const meant = by.filter(({ spec }) => spec.peers === undefined || spec.peers.includes(peer));
    if (meant.length === 0) continue;
    const names = by.map(({ name }) => name).sort(compareText);
    const key = JSON.stringify([family, names]);
    const known = groups.get(key);
    if (known !== undefined) {
      known.prefixes.push(prefix);
      continue;
    }
    const attributes: Attributes = {
      localPref: localPrefOf(prefix, meant, problems),
      ...communitiesOf(meant, resolve, problems),
    };
    groups.set(key, { family, group: names, prefixes: [prefix], ...attributes });
  }
  return {
    exports: [...groups].sort(([a], [b]) => compareText(a, b)).map(([, group]) => group),
    problems,
  };
}

function localPrefOf(
  prefix: string,
  advertisements: readonly Accepted<BGPAdvertisementSpec>[],
  problems: BgpProblem[],
): number | undefined {
  const [first, ...others] = advertisements.filter(({ spec }) => spec.localPref !== undefined);
  for (const { name, spec } of others) {
    if (spec.localPref === first?.spec.localPref) continue;
    problems.push({
      kind: "BGPAdvertisement",
      name,
      message: `Asks for the local preference ${spec.localPref}, but BGPAdvertisement ${first?.name}, which is older, asks for ${first?.spec.localPref} on some of the same routes (${prefix}), and holds there; give both the same`,
    });
  }
  return first?.spec.localPref;
}

function communitiesOf(
  advertisements: readonly Accepted<BGPAdvertisementSpec>[],
  resolve: CommunityAliases["resolve"],
  problems: BgpProblem[],
): Pick<Attributes, "communities" | "largeCommunities"> {
  const values = new Set<string>();
  for (const { name, spec } of advertisements) {
    for (const text of spec.communities ?? []) {
      const value = resolve(text);
      if (value !== undefined) values.add(value);
      else
        problems.push({
          kind: "BGPAdvertisement",
          name,
          message: `No Community gives "${text}" a value; its routes go without that community until one does`,
        });
    }
  }
  const large = [...values].filter((value) => value.startsWith("large:"));
  return {
    communities: [...values].filter((value) => !large.includes(value)).sort(compareCommunities),
    largeCommunities: large.map((value) => value.slice("large:".length)).sort(compareCommunities),
  };
}
