/** Whether an address that another node claims is nevertheless to be taken, and why. */
import { type Agent, lookBy, type Slot } from "./agent.ts";
import type { KnownClaim } from "./claims.ts";
import { heardOn } from "./fitness.ts";
import { leaseEnded } from "./leases.ts";
import { usableLinks } from "./links.ts";
import { isHeard, type Peer } from "./peer.ts";
import { listeningHolderMs, silentMs } from "./times.ts";

export type Vacancy =
  | { readonly cause: "Unclaimed" }
  /** The holder, by the way of which this came about. */
  | { readonly cause: "Offered" | "Silent" | "Listening" | "CutOff"; readonly by: string };

export function vacancyOf(agent: Agent, slot: Slot, top: KnownClaim | undefined): Vacancy | undefined {
  if (top === undefined) return { cause: "Unclaimed" };
  const by = top.node;
  const peer = agent.peers.get(by);
  if (!isHeard(peer, agent.now)) return isSilent(agent, by, peer) ? { cause: "Silent", by } : undefined;
  if (peer.state === "Listening") {
    const from = Math.max(peer.standingAt + silentMs, (peer.listeningSince ?? 0) + listeningHolderMs);
    lookBy(agent, from);
    return agent.now >= from ? { cause: "Listening", by } : undefined;
  }
  if (top.offeredTo === agent.node) return { cause: "Offered", by };
  return isCutOff(agent, slot, peer) ? { cause: "CutOff", by } : undefined;
}

/** Not heard for as long as it takes, nobody says that it is, and it is not this node that is cut off. */
function isSilent(agent: Agent, node: string, peer: Peer | undefined): boolean {
  const from = (peer?.heardAt ?? agent.startedAt ?? agent.now) + silentMs;
  lookBy(agent, from);
  if (agent.now < from) return false;
  for (const other of agent.peers.values()) {
    const at = other.alive.get(node);
    if (at === undefined || !isHeard(other, agent.now) || agent.now - at >= silentMs) continue;
    lookBy(agent, Math.min(at, other.heardAt) + silentMs);
    return false;
  }
  return !agent.isCutOff || leaseEnded(agent, node);
}

/**
 * Heard, but not where it announces any more. The larger part of the wire decides: this node hears more nodes there than the
 * holder does. Where both hear as many, nobody can tell which of them is cut off, and nothing moves.
 */
function isCutOff(agent: Agent, slot: Slot, peer: Peer): boolean {
  const links = usableLinks(agent, slot);
  let heardOnce = false;
  for (const { name } of links) {
    const at = peer.paths.get(name);
    if (at === undefined) continue;
    heardOnce = true;
    if (agent.now - at < silentMs) {
      lookBy(agent, at + silentMs);
      return false;
    }
  }
  if (!heardOnce) return false;
  const here = Math.max(...links.map(({ name }) => heardOn(agent, name)));
  const allowed = slot.address.candidates.find(({ node }) => node === peer.node)?.interfaces;
  const theirs = peer.segments.filter(({ name, up }) => up && (allowed?.includes(name) ?? true));
  const there = Math.max(0, ...theirs.map(({ hears }) => hears));
  return here > there;
}
