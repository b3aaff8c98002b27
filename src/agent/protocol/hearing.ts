/** Takes a heartbeat; notices who is not heard any more. */
import { type Agent, touch } from "./agent.ts";
import { noteClaim } from "./claims.ts";
import type { Path } from "./events.ts";
import type { Heartbeat } from "./heartbeat-message.ts";
import { letGo } from "./holding.ts";
import { sightedThroughout } from "./leases.ts";
import { hear, isComplete, isHeard, newPeer, type Peer } from "./peer.ts";
import { applyNews } from "./peer-claims.ts";
import { beatMs, silentMs } from "./times.ts";

/** Objections to what several nodes say at once go out together. */
const objectMs = 40;

export function hearHeartbeat(agent: Agent, heartbeat: Heartbeat, path: Path): void {
  const { world, now } = agent;
  if (world === undefined || heartbeat.cluster !== world.cluster || heartbeat.node === agent.node) return;
  const recorded = world.nodes.find(({ name }) => name === heartbeat.node)?.incarnation ?? 0;
  const known = agent.peers.get(heartbeat.node);
  if (heartbeat.incarnation < Math.max(recorded, known?.incarnation ?? 0)) return;
  const peer = known?.incarnation === heartbeat.incarnation ? known : greet(agent, heartbeat);
  const wasComplete = peer.sequence > 0 && isComplete(peer);
  const segments = peer.segments;
  if (hear(peer, heartbeat, path, now)) touch(agent, "soon");
  agent.heardAt = Math.max(agent.heardAt, peer.heardAt);
  if (peer.segments !== segments) for (const { mac } of peer.segments) agent.macs.set(mac, peer.node);
  if (isHeard(peer, now) && !agent.heard.has(peer.node)) {
    agent.heard.add(peer.node);
    agent.nodesChangedAt = now;
    agent.viewChanged = true;
    agent.isCutOff = false;
    touch(agent, "now");
  }
  takeClaims(agent, peer, heartbeat);
  if (wasComplete && !isComplete(peer)) agent.beat.isUrgent = true;
  answer(agent, peer, heartbeat);
}

/** One that was not known, or has started anew and claims nothing of what it did. */
function greet(agent: Agent, heartbeat: Heartbeat): Peer {
  const before = agent.peers.get(heartbeat.node);
  const peer = newPeer(heartbeat.node, heartbeat.incarnation);
  agent.peers.set(peer.node, peer);
  agent.leases.delete(peer.node);
  for (const address of before?.claims.keys() ?? []) noteClaim(agent, peer.node, address);
  return peer;
}

function takeClaims(agent: Agent, peer: Peer, { claims }: Heartbeat): void {
  for (const address of applyNews(peer, claims)) {
    noteClaim(agent, peer.node, address);
    if (peer.claims.get(address)?.offeredTo !== undefined) agent.movedAt = agent.now;
  }
}

/** What it asks for, by word or by the state it is in. */
function answer(agent: Agent, peer: Peer, { asks, silent, gone }: Heartbeat): void {
  const { beat, peers, now } = agent;
  if (asks.includes(agent.node)) {
    beat.asked.add(peer.node);
    if (now - beat.lastAt >= beatMs / 2) beat.isUrgent = true;
  }
  // Whoever means to replace a node that is heard here has to know before its probe ends.
  if (silent.some((node) => isHeard(peers.get(node), now))) {
    if (now - beat.lastAt >= objectMs) beat.isUrgent = true;
    else if (!beat.echoes.includes(beat.lastAt + objectMs)) {
      beat.echoes = [beat.lastAt + objectMs, ...beat.echoes].sort((one, other) => one - other);
    }
  }
  if (gone.length === 0 || !agent.isBlind || !sightedThroughout(agent).has(peer.node)) return;
  for (const address of gone) {
    const slot = agent.slots.get(address);
    if (slot?.state.at === "holding") {
      letGo(agent, slot, "Released", `node ${peer.node} reaches the API server and says that it is gone`);
    }
  }
}

/** At the begin of every turn. */
export function noticeSilence(agent: Agent): void {
  const { heard, peers, now } = agent;
  const before = heard.size;
  for (const node of heard) if (!isHeard(peers.get(node), now)) heard.delete(node);
  if (heard.size === before) return;
  agent.nodesChangedAt = now;
  agent.viewChanged = true;
  touch(agent, "now");
  if (heard.size > 0) return;
  const lostTogether = [...peers.values()].filter(({ heardAt }) => now - heardAt < 2 * silentMs);
  agent.isCutOff = lostTogether.length > 1;
}

/** When the next node falls silent if it is not heard before. */
export function nextSilence({ heard, peers }: Agent): number {
  let next = Number.POSITIVE_INFINITY;
  for (const node of heard) next = Math.min(next, (peers.get(node)?.heardAt ?? 0) + silentMs);
  return next;
}
