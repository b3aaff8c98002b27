/** Who announces what, as the agents say it, beside what was given out. Pure. */

import type { Announcer } from "../../api/announcer.ts";
import type { Lease } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { compareText } from "../../core/compare-text.ts";
import { compareAddresses, parseAddress } from "../../core/ip/address.ts";
import { parseRange, rangeContains } from "../../core/ip/range.ts";
import { type AgentSummary, agentSummary } from "../output/agent-row.ts";
import { withoutFormerClaims } from "../output/former-claims.ts";
import { whyThere } from "../output/why-there.ts";

export interface Announcement {
  /** Of a route to more than one address, the prefix. */
  readonly address: string;
  /** `namespace/name` of the LoadBalancers that have it. */
  readonly loadBalancers: readonly string[];
  readonly pool?: string | undefined;
  /** Absent: nobody announces it. */
  readonly node?: string | undefined;
  readonly protocol?: "Layer2" | "BGP" | undefined;
  readonly state: "Announcing" | "Offering" | "Probing" | "Conflict" | "NotAnnounced";
  readonly interfaces: readonly string[];
  /** Of BGP: the BGPPeers that it is announced to. */
  readonly peers: readonly string[];
  readonly mode?: string | undefined;
  readonly epoch?: number | undefined;
  readonly since?: string | undefined;
  readonly reason: string;
  readonly message: string;
}

export interface AnnouncementsReport {
  readonly announcements: readonly Announcement[];
  readonly agents: readonly AgentSummary[];
  /** Addresses of them that nobody announces: those in conflict or being asked for are among them. */
  readonly unannounced: readonly string[];
}

export interface Given {
  readonly announcers: readonly Announcer[];
  /** `undefined`: the user may not list them, and what nobody announces is not known. */
  readonly loadBalancers: readonly LoadBalancer[] | undefined;
  readonly leases: readonly Lease[] | undefined;
}

export function announcementsReport(given: Given, nowMs: number): AnnouncementsReport {
  const holders = holdersOf(given.loadBalancers ?? []);
  const said = withoutFormerClaims(given.announcers);
  const told = said.flatMap((announcer) => [...onLayer2(announcer), ...byBgp(announcer)]);
  const announcements = told.map((each) => ({ ...each, ...aboutHolders(holders.get(each.address)) }));
  const known = new Set(announcements.map(({ address }) => address));
  const wide = [...known].filter((address) => address.includes("/")).map(parseRange);
  for (const [address, lbs] of holders) {
    const one = parseAddress(address);
    const isRouted = one.ok && wide.some((route) => route.ok && rangeContains(route.range, one.address));
    if (known.has(address) || isRouted) continue;
    announcements.push({ ...nobody(address, lbs), ...aboutHolders(lbs) });
  }
  return {
    unannounced: unannounced(announcements),
    announcements: announcements.sort(
      (a, b) => compareTexts(a.address, b.address) || compareText(a.node ?? "", b.node ?? ""),
    ),
    agents: given.announcers
      .map((announcer) => agentSummary(announcer, given.leases, nowMs))
      .sort((a, b) => compareText(a.node, b.node)),
  };
}

/** What is left of a report where only one node counts. */
export function ofNode(report: AnnouncementsReport, name: string): AnnouncementsReport {
  const announcements = report.announcements.filter(({ node }) => node === name);
  return {
    announcements,
    agents: report.agents.filter(({ node }) => node === name),
    unannounced: report.unannounced.filter((one) => announcements.some(({ address }) => address === one)),
  };
}

function unannounced(announcements: readonly Announcement[]): string[] {
  const announced = announcements.filter(({ state }) => state === "Announcing" || state === "Offering");
  const ranges = announced.flatMap(({ address }) => {
    const range = parseRange(address);
    return range.ok ? [range.range] : [];
  });
  const isAnnounced = (address: string) => {
    const one = parseAddress(address);
    return one.ok && ranges.some((range) => rangeContains(range, one.address));
  };
  // A route to more than one address is none.
  const addresses = announcements.map(({ address }) => address).filter((address) => !address.includes("/"));
  return [...new Set(addresses)].filter((address) => !isAnnounced(address)).sort(compareTexts);
}

type Told = Omit<Announcement, "loadBalancers" | "pool">;

function onLayer2({ metadata, status }: Announcer): Told[] {
  return (status?.addresses ?? []).map((each) => ({
    address: each.address,
    node: metadata.name ?? "",
    protocol: "Layer2",
    state: each.state,
    interfaces: each.interfaces,
    peers: [],
    mode: each.mode,
    epoch: each.epoch,
    since: each.since,
    reason: each.reason,
    message: whyThere(each),
  }));
}

function byBgp({ metadata, status }: Announcer): Told[] {
  const { routes = [], sessions = [] } = status?.bgp ?? {};
  return routes.map(({ prefix, peers }) => {
    const open = sessions.filter(({ peer, state }) => state === "Established" && peers.includes(peer));
    const since = open.map((session) => session.since ?? "").sort()[0];
    return {
      address: prefix.replace(/^([^:]+)\/32$|^(.*:.*)\/128$/, "$1$2"),
      node: metadata.name ?? "",
      protocol: "BGP",
      state: open.length > 0 ? "Announcing" : "NotAnnounced",
      interfaces: [],
      peers,
      since: since === "" ? undefined : since,
      reason: open.length > 0 ? "Established" : "PeerDown",
      message:
        open.length > 0
          ? `a session with ${open.map(({ peer }) => peer).join(", ")} is established`
          : "no session with a peer is established",
    };
  });
}

/** By address, for those that were given out from pools. */
function holdersOf(lbs: readonly LoadBalancer[]): Map<string, LoadBalancer[]> {
  const holders = new Map<string, LoadBalancer[]>();
  for (const lb of lbs) {
    for (const { ip, pool } of lb.status?.addresses ?? []) {
      if (ip === undefined || pool === undefined) continue;
      holders.set(ip, [...(holders.get(ip) ?? []), lb]);
    }
  }
  return holders;
}

function aboutHolders(lbs: readonly LoadBalancer[] = []): Pick<Announcement, "loadBalancers" | "pool"> {
  const pools = lbs.flatMap(({ status }) => status?.addresses ?? []);
  return {
    loadBalancers: lbs.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort(),
    pool: pools.find(({ pool }) => pool !== undefined)?.pool,
  };
}

function nobody(address: string, lbs: readonly LoadBalancer[]): Told {
  const degraded = lbs
    .flatMap(({ status }) => status?.conditions ?? [])
    .find(
      ({ type, status, message }) => type === "Degraded" && status === "True" && message.includes(address),
    );
  return {
    address,
    state: "NotAnnounced",
    interfaces: [],
    peers: [],
    reason: degraded?.reason ?? "NotAnnounced",
    message: degraded?.message ?? "no agent says that it announces it",
  };
}

function compareTexts(a: string, b: string): number {
  const [one, two] = [a, b].map((text) => parseAddress(text.split("/")[0] ?? ""));
  return one?.ok && two?.ok
    ? compareAddresses(one.address, two.address) || compareText(a, b)
    : compareText(a, b);
}
