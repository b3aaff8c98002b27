/** Takes what layer 2 sees of others who have an address, or want it. */
import { type Agent, lookBy, type Slot, touch } from "./agent.ts";
import { noteClaim } from "./claims.ts";
import type { ProtocolEvent } from "./events.ts";
import { happened } from "./holding.ts";
import type { Holding, Probing } from "./own-state.ts";
import { isComplete, isHeard, newPeer } from "./peer.ts";
import { foundInUse } from "./take-over.ts";
import { answeredMs, askedProbeMs, conflictProbeMs, foreignMs } from "./times.ts";

type Frame = Extract<ProtocolEvent, { kind: "frame" }>;

export function seeFrame(agent: Agent, frame: Frame): void {
  const slot = agent.slots.get(frame.address);
  if (slot === undefined || (agent.links ?? []).some(({ mac }) => mac === frame.mac)) return;
  const node = agent.macs.get(frame.mac);
  if (node === agent.node) return;
  const { state } = slot;
  if (state.at === "probing") {
    if (node === undefined) seeForeignerWhileProbing(agent, slot, state, frame);
    else seeAgentWhileProbing(agent, slot, state, node, frame);
  } else if (state.at === "holding") {
    // Who asks whether it may have it is answered, and has nothing yet (RFC 5227 §2.4 speaks of those that use it).
    if (node === undefined && frame.what === "probe") return;
    if (node === undefined) seeForeigner(agent, slot, state, frame.mac);
    else seeAgentWhileHolding(agent, slot, state, node, frame);
  }
}

/**
 * Switches and DHCP servers ask for addresses all day. One that was announced before is the cluster's, whoever asks for it; of one that
 * was not, somebody may be about to take it: RFC 5227 §2.1.1.
 */
function seeForeignerWhileProbing(agent: Agent, slot: Slot, state: Probing, { mac, what }: Frame): void {
  if (what !== "probe") foundInUse(agent, slot, state, mac, conflictProbeMs);
  else if (state.isFirstUse) foundInUse(agent, slot, state, mac, askedProbeMs);
}

function seeAgentWhileProbing(agent: Agent, slot: Slot, state: Probing, node: string, { what }: Frame): void {
  // Two who probe are told apart by the order; the one that offers is meant to answer.
  if (what === "probe") return;
  const peer = agent.peers.get(node);
  // For a bound address its kernel may have answered.
  if (peer !== undefined && slot.address.mode === "Respond") peer.repliedAt = agent.now;
  const claim = peer?.claims.get(slot.address.address);
  if (claim?.offeredTo !== agent.node) state.answeredBy = node;
}

/** Not fought, and not given way to: people have to say whose it is. */
function seeForeigner(agent: Agent, slot: Slot, state: Holding, mac: string): void {
  const { address } = slot.address;
  const { now } = agent;
  const known = state.foreign !== undefined && now - state.foreign.at < foreignMs ? state.foreign : undefined;
  // Frames are anybody's, with any sender: however many come, it is told once in a while.
  if (known !== undefined && (known.mac === mac || now - known.toldAt < foreignMs)) {
    state.foreign = { ...known, at: now };
  } else {
    state.foreign = { mac, at: now, toldAt: now };
    happened(agent, "warn", "AddressInUse", `${mac}, which is no agent's, also uses ${address}`, address);
    agent.viewChanged = true;
  }
  lookBy(agent, agent.now + foreignMs);
}

/**
 * Another agent's node says that it has the address. If its heartbeats are heard, its claims are known, and what they say counts.
 * If not, this is how its claim is learnt: nobody announces without a new claim.
 */
function seeAgentWhileHolding(agent: Agent, slot: Slot, state: Holding, node: string, { what }: Frame): void {
  const peer = agent.peers.get(node);
  if (what === "probe" || (isHeard(peer, agent.now) && isComplete(peer))) return;
  if (agent.now - state.claimedAt < answeredMs) return;
  const { address } = slot.address;
  const known = peer ?? newPeer(node, 0);
  agent.peers.set(node, known);
  // No lower than what the API server may have of it: what is seen counts for more.
  const epoch = Math.max(state.epoch + 1, agent.highest.get(address) ?? 0);
  known.claims.set(address, { epoch, version: 0, offeredTo: undefined });
  noteClaim(agent, node, address);
  touch(agent, "now");
}
