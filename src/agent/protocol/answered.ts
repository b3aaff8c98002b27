/** An address that the node of another agent answers for although no agent claims it: told, and looked at again, for who answers wins no claim by that. */
import type { Agent, Slot } from "./agent.ts";
import { happened } from "./holding.ts";
import { isComplete, isHeard } from "./peer.ts";
import { answeredMs, unclaimedProbeMs, unclaimedProbes } from "./times.ts";

export interface Answered {
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly sinceWall: number;
  /** Probes in a row that were answered so. */
  readonly times: number;
}

/**
 * Notes it, and says when the address is to be asked for again.
 *
 * @param isFoundElsewhere another node tells of it, and one that does is enough
 */
export function noteAnswered(
  agent: Agent,
  { address: { address } }: Slot,
  by: string,
  isFoundElsewhere: boolean,
): number {
  const peer = agent.peers.get(by);
  // Of one that is not heard, or not wholly known, nobody can say that it claims nothing.
  if (!isHeard(peer, agent.now) || !isComplete(peer) || peer.claims.has(address)) {
    forgetAnswered(agent, address);
    return agent.now + answeredMs;
  }
  const known = agent.answered.get(address);
  if (isFoundElsewhere && !isShownAnswered(known)) return agent.now + answeredMs;
  const now = { by, sinceWall: known?.sinceWall ?? agent.wall, times: (known?.times ?? 0) + 1 };
  agent.answered.set(address, now);
  if (now.times < unclaimedProbes) return agent.now + answeredMs;
  if (now.times === unclaimedProbes) {
    agent.viewChanged = true;
    agent.beat.isUrgent = true;
    happened(agent, "warn", "AnsweredByNode", `Does not announce ${address}: ${whyAnswered(by)}`, address);
  }
  return agent.now + unclaimedProbeMs;
}

export function forgetAnswered(agent: Agent, address: string): void {
  if (!isShownAnswered(agent.answered.get(address))) {
    agent.answered.delete(address);
    return;
  }
  agent.answered.delete(address);
  agent.viewChanged = true;
}

/** Once may be a claim that has not come yet, or a kernel that has an address for a moment longer than its agent. */
export function isShownAnswered(answered: Answered | undefined): answered is Answered {
  return answered !== undefined && answered.times >= unclaimedProbes;
}

export function whyAnswered(node: string): string {
  return `node ${node} answers for it, though no agent claims it: it is on an interface there, or kube-proxy runs in IPVS mode without strictARP`;
}
