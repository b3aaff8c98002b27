/** BGPAdvertisements beside pools and beside each other. Pure. */
import type { BGPAdvertisementSpec } from "../../api/bgp-advertisement.ts";
import { isCommunityAlias } from "../../api/community-text.ts";
import { selectsPool } from "../../core/advertising/selects.ts";
import { familyBits, type IPFamily } from "../../core/ip/address.ts";
import { formatRange } from "../../core/ip/range.ts";
import { quote } from "../../core/quote.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { Against } from "./accept-in-order.ts";
import { unknownNames } from "./names.ts";
import { type KnownPool, raggedRange, rangeWithoutRoute } from "./pool-ranges.ts";
import { type Selected, selected } from "./selection.ts";
import { meet, type Surroundings } from "./surroundings.ts";

const families = ["IPv4", "IPv6"] as const satisfies IPFamily[];

const lengthField = { IPv4: "aggregationLength", IPv6: "aggregationLengthV6" } as const;

export function advertisementAgainst(around: Surroundings): Against<BGPAdvertisementSpec> {
  return (_name, spec, others) => {
    const pools = (around.pools ?? []).filter((pool) => selectsPool(spec, pool));
    const wide = tooWide(spec, pools);
    if (wide !== undefined || spec.localPref === undefined) return wide;
    for (const { name, spec: other } of others) {
      const pool = pools.find((each) => selectsPool(other, each) && isOneRoute(spec, other, each));
      if (pool === undefined || !differs(spec, other) || !meet(spec, other, around)) continue;
      return {
        reason: "RouteConflict",
        message: `spec.localPref: BGPAdvertisement ${quote(name)} gives the same routes of IPAddressPool ${quote(pool.name)} the local preference ${other.localPref}, not ${spec.localPref}; make them equal, or let the two select other pools, peers or nodes`,
      };
    }
    return undefined;
  };
}

function aggregates(spec: BGPAdvertisementSpec) {
  return families.flatMap((family) => {
    const field = lengthField[family];
    return spec[field] === familyBits[family] ? [] : [{ family, field, length: spec[field] }];
  });
}

/** Not one of the pool's addresses could be announced: each route would draw traffic for addresses that are not of the pool. */
function tooWide(spec: BGPAdvertisementSpec, pools: readonly KnownPool[]): Finding | undefined {
  for (const { family, field, length } of aggregates(spec)) {
    for (const pool of pools) {
      const range = rangeWithoutRoute(pool, family, length);
      if (range === undefined) continue;
      return {
        reason: "AggregateTooWide",
        message: `spec.${field}: every route of /${length} would cover addresses beside ${formatRange(range)} of IPAddressPool ${quote(pool.name)}, which it does not have; give a longer prefix length, or whole prefixes to the pool`,
      };
    }
  }
  return undefined;
}

function partlyTooWide(spec: BGPAdvertisementSpec, pools: readonly KnownPool[]): Finding | undefined {
  for (const { family, field, length } of aggregates(spec)) {
    for (const pool of pools) {
      const range = raggedRange(pool, family, length);
      if (range === undefined || rangeWithoutRoute(pool, family, length) !== undefined) continue;
      return {
        reason: "AggregateTooWide",
        message: `spec.${field}: at the ends of ${formatRange(range)} of IPAddressPool ${quote(pool.name)}, routes of /${length} would cover addresses that it does not have, so the addresses there are not announced; give a longer prefix length, or whole prefixes to the pool`,
      };
    }
  }
  return undefined;
}

function isOneRoute(a: BGPAdvertisementSpec, b: BGPAdvertisementSpec, { ranges }: KnownPool): boolean {
  return families.some(
    (family) =>
      a[lengthField[family]] === b[lengthField[family]] && ranges.some((range) => range.family === family),
  );
}

/** Where Services are selected it depends on them which advertisements meet; the agents then take the older's. */
function differs(a: BGPAdvertisementSpec, b: BGPAdvertisementSpec): boolean {
  if (a.serviceSelectors !== undefined || b.serviceSelectors !== undefined) return false;
  if (b.localPref === undefined || a.localPref === b.localPref) return false;
  const [ofA, ofB] = [a.peers ?? [], b.peers ?? []];
  return ofA.length === 0 || ofB.length === 0 || ofA.some((peer) => ofB.includes(peer));
}

export interface SelectedByBgp extends Selected {
  /** How many BGPPeers it announces to. */
  readonly peers: number;
}

/** `peers`, `communities`: the names there are; `undefined`: not known. */
export function judgeBgpAdvertisement(
  spec: BGPAdvertisementSpec,
  around: Surroundings,
  {
    peers,
    communities,
  }: {
    readonly peers: ReadonlySet<string> | undefined;
    readonly communities: ReadonlySet<string> | undefined;
  },
): SelectedByBgp {
  const found = selected(spec, around);
  const flaws = [...found.flaws];
  const wide = partlyTooWide(spec, found.pools ?? []);
  if (wide !== undefined) flaws.push(wide);
  const named = spec.peers ?? [];
  const unknownPeers = peers && unknownNames("spec.peers", "BGPPeer", named, peers);
  const aliases = (spec.communities ?? []).filter(isCommunityAlias);
  const unknownAliases =
    communities && unknownNames("spec.communities", "Community that has the name", aliases, communities);
  if (unknownPeers !== undefined) flaws.push(unknownPeers);
  if (unknownAliases !== undefined) flaws.push(unknownAliases);
  if (peers?.size === 0 && named.length === 0)
    flaws.push({ reason: "SelectsNothing", message: "there is no BGPPeer to announce to; create one" });
  const to =
    peers === undefined ? named : [...peers].filter((peer) => named.length === 0 || named.includes(peer));
  return { ...found, flaws, peers: to.length };
}
