/** Which nodes take part in placement now, and which of them are fit for an address. */
import type { Candidate } from "../world.ts";
import type { Agent, Slot } from "./agent.ts";
import type { Segment } from "./heartbeat-message.ts";
import { isBlindPeer } from "./leases.ts";
import { isFor, isLost, isSettled, lacksLink, usableLinks } from "./links.ts";
import { isHeard, type Peer } from "./peer.ts";
import type { Contender, Place } from "./placement.ts";
import { textHash } from "./rendezvous.ts";
import { silentMs } from "./times.ts";

/** A node that is heard and does not leave, or this one. */
export interface NodePlace extends Place {
  /** undefined: this node. */
  readonly peer: Peer | undefined;
  readonly isListening: boolean;
  readonly isSighted: boolean;
}

export type Places = ReadonlyMap<string, NodePlace>;

export function placesNow(agent: Agent, sighted: ReadonlySet<string>): Places {
  const places = new Map<string, NodePlace>();
  const segments = ownSegments(agent);
  const add = (peer: Peer | undefined, isCutOff: boolean, isBlind: boolean): void => {
    const node = peer?.node ?? agent.node;
    places.set(node, {
      node,
      hash: textHash(node),
      tier: (isBlind ? 2 : 0) + (isCutOff ? 1 : 0),
      load: 0,
      peer,
      isListening: peer?.state === "Listening",
      isSighted: sighted.has(node),
    });
  };
  const peers = [...agent.peers.values()].filter((peer) => isHeard(peer, agent.now));
  const somebodyHears = [segments, ...peers.map((peer) => peer.segments)].some(hearsOnWire);
  if (agent.leavingSince === undefined) {
    add(undefined, somebodyHears && !hearsOnWire(segments), agent.isBlind);
  }
  for (const peer of peers) {
    if (peer.state === "Leaving") continue;
    add(peer, somebodyHears && !hearsOnWire(peer.segments), isBlindPeer(agent, peer, sighted));
  }
  return places;
}

/** This node's interfaces as it tells others of them. */
export function ownSegments(agent: Agent): Segment[] {
  return (agent.links ?? [])
    .filter(({ mac }) => mac !== "")
    .map((link) => {
      const { name, mac, ipv6 } = link;
      const [up, lost] = [isSettled(agent, link), isLost(agent, link)];
      return { name, mac, up, lost, ipv6, hears: heardOn(agent, name) };
    });
}

export function heardOn(agent: Agent, name: string): number {
  let count = 0;
  for (const { paths } of agent.peers.values()) {
    if (agent.now - (paths.get(name) ?? Number.NEGATIVE_INFINITY) < silentMs) count += 1;
  }
  return count;
}

function hearsOnWire(segments: readonly Segment[]): boolean {
  return segments.some(({ up, hears }) => up && hears > 0);
}

export function contendersFor(agent: Agent, slot: Slot, places: Places): Contender[] {
  const contenders: Contender[] = [];
  for (const candidate of slot.address.candidates) {
    const place = places.get(candidate.node);
    if (place === undefined || !isFit(agent, slot, candidate, place)) continue;
    const isPartial = isPartialFor(agent, slot, candidate, place);
    contenders.push({ place, isPartial, preference: candidate.preference });
  }
  return contenders;
}

function isFit(agent: Agent, slot: Slot, candidate: Candidate, { peer }: NodePlace): boolean {
  if (peer === undefined) return usableLinks(agent, slot).some((link) => isSettled(agent, link));
  return peer.segments.some((segment) => segment.up && isFor(slot, candidate, segment));
}

function isPartialFor(agent: Agent, slot: Slot, candidate: Candidate, { peer }: NodePlace): boolean {
  if (peer === undefined) return lacksLink(agent, slot);
  return peer.segments.some((segment) => segment.lost && isFor(slot, candidate, segment));
}
