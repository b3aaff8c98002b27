/** What agents say of one address: who announces it, and who else has it. Pure. */
import type { Announcer, AnnouncerSession } from "../../api/announcer.ts";
import { parseAddress } from "../../core/ip/address.ts";
import { parseRange, rangeContains } from "../../core/ip/range.ts";

export interface Seen {
  /** Nodes that answer for it. */
  readonly announcing: readonly string[];
  /** Nodes that find out whether somebody else has it. */
  readonly probing: readonly string[];
  /** Nodes that announce a route for it to a peer with which they have a session. */
  readonly routing: readonly string[];
  /** Somebody who is no agent answers for it. */
  readonly foreign: readonly Foreign[];
  /** Nodes of agents answer for it without a claim. */
  readonly unclaimed: readonly { readonly node: string; readonly message: string }[];
}

export interface Foreign {
  readonly node: string;
  readonly mac: string | undefined;
  readonly interfaces: readonly string[];
}

/** For an index of Announcers: what is not an address stands for routes to more than one. */
export const AGGREGATES = "aggregates";

/** Addresses that an Announcer has something to say of. */
export function addressesIn({ status }: Announcer): string[] {
  const layer2 = (status?.addresses ?? []).map(({ address }) => address);
  const routed = (status?.bgp?.routes ?? []).map(({ prefix }) => addressOfRoute(prefix) ?? AGGREGATES);
  return [...new Set([...layer2, ...routed])];
}

/** The addresses, or `AGGREGATES`, of which an agent says something else than before. */
export function saysOtherwise(before: Announcer | undefined, after: Announcer | undefined): Set<string> {
  const [was, is] = [saidBy(before), saidBy(after)];
  return new Set([...was.keys(), ...is.keys()].filter((address) => was.get(address) !== is.get(address)));
}

function saidBy(announcer: Announcer | undefined): Map<string, string> {
  const { addresses = [], bgp } = announcer?.status ?? {};
  const said = new Map(
    addresses.map(({ address, state, reason, foreignMAC = "", interfaces }) => [
      address,
      `${state} ${state === "Conflict" ? reason : ""} ${foreignMAC} ${interfaces.join()}`,
    ]),
  );
  for (const { prefix, peers } of bgp?.routes ?? []) {
    const address = addressOfRoute(prefix) ?? AGGREGATES;
    said.set(address, `${said.get(address) ?? ""} ${prefix} ${isOpen(peers, bgp?.sessions)}`);
  }
  return said;
}

/** `announcers`: at least those that have something to say of the address. */
export function seenOf(address: string, announcers: Iterable<Announcer>): Seen {
  const seen = {
    announcing: [] as string[],
    probing: [] as string[],
    routing: [] as string[],
    foreign: [] as Foreign[],
    unclaimed: [] as { node: string; message: string }[],
  };
  for (const { metadata, status } of announcers) {
    const node = metadata.name ?? "";
    const entry = status?.addresses?.find((each) => each.address === address);
    if (entry?.state === "Announcing" || entry?.state === "Offering") seen.announcing.push(node);
    else if (entry?.state === "Probing") seen.probing.push(node);
    else if (entry?.state === "Conflict" && entry.reason === "AnsweredByNode")
      seen.unclaimed.push({ node, message: entry.message });
    else if (entry?.state === "Conflict")
      seen.foreign.push({ node, mac: entry.foreignMAC, interfaces: entry.interfaces });
    if (routes(address, status)) seen.routing.push(node);
  }
  for (const nodes of [seen.announcing, seen.probing, seen.routing]) nodes.sort();
  for (const found of [seen.foreign, seen.unclaimed]) found.sort((a, b) => (a.node < b.node ? -1 : 1));
  return seen;
}

function routes(address: string, status: Announcer["status"]): boolean {
  const { routes: all = [], sessions = [] } = status?.bgp ?? {};
  const covering = all.filter(({ prefix }) => covers(prefix, address));
  return covering.some(({ peers }) => isOpen(peers, sessions));
}

function isOpen(peers: readonly string[], sessions: readonly AnnouncerSession[] = []): boolean {
  return sessions.some(({ peer, state }) => state === "Established" && peers.includes(peer));
}

function covers(prefix: string, address: string): boolean {
  const one = addressOfRoute(prefix);
  if (one !== undefined) return one === address;
  const [range, parsed] = [parseRange(prefix), parseAddress(address)];
  return range.ok && parsed.ok && rangeContains(range.range, parsed.address);
}

/** Of a route to one address. */
function addressOfRoute(prefix: string): string | undefined {
  const [address, length] = prefix.split("/");
  return length === (address?.includes(":") === true ? "128" : "32") ? address : undefined;
}
