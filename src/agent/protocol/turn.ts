/** When a node's turn comes to take an address that nobody answers for, and why it then does. */
import type { Agent, Slot } from "./agent.ts";
import type { KnownClaim } from "./claims.ts";
import { isHeard } from "./peer.ts";
import { recallMs, silentMs, staggerMs } from "./times.ts";
import type { Vacancy } from "./vacancy.ts";
import type { AddressReason } from "./view.ts";

export interface Chance {
  readonly vacancy: Vacancy;
  readonly top: KnownClaim | undefined;
  /** How many nodes come before this one. */
  readonly rank: number;
}

/** When this node's turn comes. */
export function turnOf(agent: Agent, slot: Slot, { vacancy, rank }: Chance, since: number): number {
  if (vacancy.cause === "Offered") return since;
  const turn = Math.max(since + rank * staggerMs, foundInUseUntil(agent, slot));
  const until = (agent.readyAt ?? agent.now) + recallMs;
  if (vacancy.cause !== "Unclaimed" || agent.now >= until) return turn;
  const recalled = recordedFor(agent, slot);
  if (recalled === undefined) return turn;
  return recalled === agent.node ? since : Math.max(turn, until);
}

/** The node that the address was last recorded for, if its agent is there. */
function recordedFor(agent: Agent, { address }: Slot): string | undefined {
  const records = agent.recorded.get(address.address) ?? [];
  const last = records.reduce<(typeof records)[number] | undefined>(
    (best, each) => (best === undefined || each.epoch > best.epoch ? each : best),
    undefined,
  );
  if (last === undefined || !address.candidates.some(({ node }) => node === last.node)) return undefined;
  return last.node === agent.node || isHeard(agent.peers.get(last.node), agent.now) ? last.node : undefined;
}

/** Somebody else has found a foreign machine to have it: one node that asks is enough. */
export function foundInUseUntil(agent: Agent, { address }: Slot): number {
  let until = Number.NEGATIVE_INFINITY;
  for (const peer of agent.peers.values()) {
    const at = peer.inUse.get(address.address);
    if (at !== undefined && isHeard(peer, agent.now)) until = Math.max(until, at + silentMs);
  }
  return until;
}

/** The reason, and the words for it. */
export function whyTaken(
  agent: Agent,
  slot: Slot,
  vacancy: Vacancy,
): { reason: Extract<AddressReason, "HandedOver" | "TookOver" | "Recalled" | "Placed">; because: string } {
  switch (vacancy.cause) {
    case "Offered":
      return { reason: "HandedOver", because: `node ${vacancy.by} handed it over` };
    case "Silent":
      return { reason: "TookOver", because: `node ${vacancy.by}, which had it, is silent` };
    case "Listening":
      return { reason: "TookOver", because: `node ${vacancy.by}, which had it, was paused or cut off` };
    case "CutOff":
      return {
        reason: "TookOver",
        because: `node ${vacancy.by}, which had it, is not heard on its network any more`,
      };
    case "Unclaimed":
      return recordedFor(agent, slot) === agent.node && agent.now < (agent.readyAt ?? agent.now) + recallMs
        ? { reason: "Recalled", because: "this node had it before its agent started" }
        : { reason: "Placed", because: "nobody announced it, and this node is next in its order" };
  }
}
