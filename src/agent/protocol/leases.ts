/** What Leases and the API server have to say: who has ended for certain, who is blind, who has to stop. */
import type { Agent } from "./agent.ts";
import { happened } from "./holding.ts";
import { isHeard, type Peer } from "./peer.ts";
import { blindMs, fenceMs, reachesMs } from "./times.ts";

export function reachedApi(agent: Agent, at: number): void {
  const before = agent.api;
  if (before !== undefined && at <= before.reachedAt) return;
  const isUnbroken = before !== undefined && at - before.reachedAt <= reachesMs;
  agent.api = { reachedAt: at, since: isUnbroken ? before.since : at };
}

/**
 * Whether its Lease was not renewed for its whole duration, seen by this node while it reached the API server. What was renewed
 * while this node could not see it counts from when it could again.
 */
export function leaseEnded(agent: Agent, node: string): boolean {
  const lease = agent.leases.get(node);
  if (lease === undefined) return false;
  if (lease.renewedAt === undefined) return true;
  return (agent.api?.reachedAt ?? 0) >= leaseEnd(agent, lease.renewedAt, lease.durationMs);
}

function leaseEnd(agent: Agent, renewedAt: number, durationMs: number): number {
  return Math.max(renewedAt, agent.api?.since ?? 0) + durationMs;
}

/** Nobody is heard, others may live, and those who can see this node's Lease may soon take its end for this node's. */
export function isFenced(agent: Agent): boolean {
  const { now, heard } = agent;
  if (heard.size > 0 || haveOthersEnded(agent)) return false;
  return now >= fenceAt(agent);
}

/** Whether the Leases of all other nodes were seen to end: this one is alone. */
export function haveOthersEnded(agent: Agent): boolean {
  const { world, node } = agent;
  return world?.nodes.every(({ name }) => name === node || leaseEnded(agent, name)) ?? true;
}

/** When the fence falls unless the Lease is renewed. */
export function fenceAt({ ownLease }: Agent): number {
  if (ownLease === undefined) return Number.NEGATIVE_INFINITY;
  const { renewedAt, durationMs } = ownLease;
  return renewedAt + durationMs - Math.max(fenceMs, durationMs / 10);
}

/** Nodes that have reached the API server for so long that a node which did not in all that time is blind. */
export function sightedThroughout(agent: Agent): ReadonlySet<string> {
  const { now, api, peers, node } = agent;
  const sighted = new Set<string>();
  const isSo = (reachedAt: number | undefined, since: number | undefined): boolean =>
    reachedAt !== undefined && since !== undefined && now - reachedAt <= reachesMs && since <= now - blindMs;
  if (isSo(api?.reachedAt, api?.since)) sighted.add(node);
  for (const peer of peers.values()) {
    if (isHeard(peer, now) && isSo(peer.reachedAt, peer.reachesSince)) sighted.add(peer.node);
  }
  return sighted;
}

export function isBlindPeer(agent: Agent, peer: Peer, sighted: ReadonlySet<string>): boolean {
  return sighted.size > 0 && (peer.reachedAt === undefined || agent.now - peer.reachedAt > blindMs);
}

/** Whether the sight of this node changed. */
export function lookAtSight(agent: Agent, sighted: ReadonlySet<string>): boolean {
  const reachedAt = agent.api?.reachedAt;
  const isBlind = sighted.size > 0 && (reachedAt === undefined || agent.now - reachedAt > blindMs);
  if (isBlind === agent.isBlind) return false;
  agent.isBlind = isBlind;
  agent.viewChanged = true;
  if (isBlind)
    happened(
      agent,
      "warn",
      "Blind",
      "Does not reach the API server, and other nodes do: hands its addresses over to them",
    );
  else happened(agent, "info", "Sighted", "Is no longer the one that does not reach the API server");
  return true;
}
