/** Who is known to claim an address: as heard, and for nodes that are not heard as the API server has it. */
import { type Agent, type Slot, touch } from "./agent.ts";
import { isComplete, isHeard } from "./peer.ts";
import { score, textHash } from "./rendezvous.ts";

export interface KnownClaim {
  readonly node: string;
  readonly epoch: number;
  readonly offeredTo: string | undefined;
  /** Of a node that is not heard, and known from the API server alone. */
  readonly isHearsay: boolean;
}

/** The highest claim of another node. Hearsay counts only where no node that is heard answers for the address. */
export function topClaim(agent: Agent, slot: Slot): KnownClaim | undefined {
  const { address } = slot.address;
  let top: KnownClaim | undefined;
  let isAnswered = false;
  for (const node of agent.claimants.get(address) ?? []) {
    const claim = agent.peers.get(node)?.claims.get(address);
    if (claim === undefined) continue;
    const known = { node, epoch: claim.epoch, offeredTo: claim.offeredTo, isHearsay: false };
    const peer = agent.peers.get(node);
    isAnswered ||= isHeard(peer, agent.now) && peer.state !== "Listening";
    if (top === undefined || beats(slot, known, top)) top = known;
  }
  if (isAnswered) return top;
  for (const { node, epoch } of agent.recorded.get(address) ?? []) {
    if (node === agent.node) continue;
    const peer = agent.peers.get(node);
    // What it says itself is newer.
    if (isHeard(peer, agent.now) && isComplete(peer)) continue;
    const known = { node, epoch, offeredTo: undefined, isHearsay: !isHeard(peer, agent.now) };
    if (top === undefined || beats(slot, known, top)) top = known;
  }
  return top;
}

/** Whether the first claim wins over the second: by epoch, then by the order of placement as it is without any load. */
export function beats(
  { address, hash }: Slot,
  a: { readonly node: string; readonly epoch: number },
  b: { readonly node: string; readonly epoch: number },
): boolean {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch;
  const preference = (node: string): number =>
    address.candidates.find((each) => each.node === node)?.preference ?? -1;
  const points = (node: string): number => score(textHash(node), hash);
  return (
    (preference(a.node) - preference(b.node) ||
      points(a.node) - points(b.node) ||
      (a.node < b.node ? 1 : -1)) > 0
  );
}

/** Notes that a node claims, or did, so that it is found again; an address that is held is looked at in this turn, the others soon. */
export function noteClaim(agent: Agent, node: string, address: string): void {
  const epoch = agent.peers.get(node)?.claims.get(address)?.epoch;
  const claimants = agent.claimants.get(address) ?? new Set();
  if (epoch === undefined) claimants.delete(node);
  else {
    claimants.add(node);
    noteEpoch(agent, address, epoch);
  }
  if (claimants.size === 0) agent.claimants.delete(address);
  else agent.claimants.set(address, claimants);
  if (agent.slots.get(address)?.state.at === "holding") agent.contested.add(address);
  touch(agent, "soon");
}

export function noteEpoch(agent: Agent, address: string, epoch: number): void {
  if (epoch > (agent.highest.get(address) ?? 0)) agent.highest.set(address, epoch);
}
