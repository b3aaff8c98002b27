/** The sessions of one BGPPeer over all nodes, as their agents tell of them. Pure. */
import type { AnnouncerSession } from "../../api/announcer.ts";
import type { BGPPeerSpec } from "../../api/bgp-peer.ts";
import { type Surroundings, someNodes } from "./surroundings.ts";

export interface Sessions {
  /** How many nodes are to have one: those that are selected and have an agent. */
  readonly nodes: number;
  readonly established: number;
  /** Why there are fewer; empty if there are not. */
  readonly why: string;
}

/** `undefined`: neither nodes nor agents are known. */
export function sessionsWith(peer: string, spec: BGPPeerSpec, around: Surroundings): Sessions | undefined {
  const { agents } = around;
  const selected = around.nodesOf(spec);
  if (agents === undefined || selected === undefined) return undefined;
  const nodes = [...selected].filter((node) => agents.has(node)).sort();
  const missing = new Map<string, string[]>();
  for (const node of nodes) {
    const session = agents.get(node)?.status?.bgp?.sessions?.find((each) => each.peer === peer);
    if (session?.state === "Established") continue;
    const why = whyNot(session, agents.get(node)?.status?.bgp?.error);
    missing.set(why, [...(missing.get(why) ?? []), node]);
  }
  const down = [...missing.values()].reduce((sum, { length }) => sum + length, 0);
  return {
    nodes: nodes.length,
    established: nodes.length - down,
    why: [...missing].map(([why, names]) => `${why} on ${someNodes(names)}`).join("; "),
  };
}

/** The state is left out: until it is established it changes every few seconds. */
function whyNot(session: AnnouncerSession | undefined, error: string | undefined): string {
  if (session === undefined) return error ?? "the agent has none";
  return session.message ?? "it is not established";
}
