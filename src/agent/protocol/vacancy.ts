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
  | { readonly cause: "Offered" | "Listening" | "CutOff"; readonly by: string }
  /** `isDisputed`: somebody says that it hears the holder. Who probes goes on, for that may change, but does not claim. */
  | { readonly cause: "Silent"; readonly by: string; readonly isDisputed: boolean };

export function vacancyOf(agent: Agent, slot: Slot, top: KnownClaim | undefined): Vacancy | undefined {
  if (top === undefined) return { cause: "Unclaimed" };
  const by = top.node;
  const peer = agent.peers.get(by);
  if (!isHeard(peer, agent.now)) {
    if (!isSilent(agent, by, peer)) return undefined;
    return { cause: "Silent", by, isDisputed: isHeardByOthers(agent, by) };
  }
  if (peer.state === "Listening") {
    // Who has begun to take its place goes on: it will have been heard of before the holder answers again.
    const isPursued = slot.state.at === "waiting" || slot.state.at === "probing";
    const patience = isPursued ? 0 : listeningHolderMs;
    const from = Math.max(peer.standingAt + silentMs, (peer.listeningSince ?? 0) + patience);
    lookBy(agent, from);
    return agent.now >= from ? { cause: "Listening", by } : undefined;
  }
  if (top.offeredTo === agent.node) return { cause: "Offered", by };
  return isCutOff(agent, slot, peer) ? { cause: "CutOff", by } : undefined;
}

/** Not heard for as long as it takes, and it is not this node that is cut off. */
function isSilent(agent: Agent, node: string, peer: Peer | undefined): boolean {
  const from = (peer?.heardAt ?? agent.startedAt ?? agent.now) + silentMs;
  lookBy(agent, from);
  if (agent.now < from) return false;
  return !agent.isCutOff || leaseEnded(agent, node);
}

function isHeardByOthers(agent: Agent, node: string): boolean {
  for (const other of agent.peers.values()) {
    const at = other.alive.get(node);
    if (at === undefined || !isHeard(other, agent.now) || agent.now - at >= silentMs) continue;
    lookBy(agent, Math.min(at, other.heardAt) + silentMs);
    return true;
  }
  return false;
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
