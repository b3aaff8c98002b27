/** Looks at all addresses in the light of what is known now, and does what follows. */
import { type Agent, lookBy, type Slot, stateOf } from "./agent.ts";
import { beats, type KnownClaim, topClaim } from "./claims.ts";
import { contendersFor, type Places, placesNow } from "./fitness.ts";
import { letGo, raise } from "./holding.ts";
import { sightedThroughout } from "./leases.ts";
import { boundWhenBlind, type Held, offerWhatMustGo } from "./offers.ts";
import type { Holding } from "./own-state.ts";
import { isHeard } from "./peer.ts";
import { firstOf, loadBounds, rankOf } from "./placement.ts";
import { rebalance } from "./rebalance.ts";
import { askAgain, giveUp, pursue } from "./take-over.ts";
import { actsPerTurn, foreignMs, leaveMs, listenMs } from "./times.ts";
import { vacancyOf } from "./vacancy.ts";

export function think(agent: Agent): void {
  agent.stale = "no";
  agent.thoughtAt = agent.now;
  agent.dueAt = Number.POSITIVE_INFINITY;
  agent.contested.clear();
  agent.actsLeft = actsPerTurn;
  if (agent.world === undefined || agent.links === undefined) return;
  const sighted = sightedThroughout(agent);
  const places = placesNow(agent, sighted);
  const tops = new Map<Slot, KnownClaim | undefined>();
  for (const slot of agent.slots.values()) {
    const top = topClaim(agent, slot);
    tops.set(slot, top);
    settleClaims(agent, slot, top);
    countLoad(agent, slot, top, places);
  }
  const state = stateOf(agent);
  if (state !== "Listening") {
    const addresses = [...agent.slots.values()].filter(({ address }) => address.candidates.length > 0).length;
    const bounds = loadBounds(addresses, places.size);
    const room = boundWhenBlind(places, addresses) - heldBy(agent).length;
    const calls = seekVacant(agent, tops, places, { bound: bounds.placing, room });
    if (calls.some((node) => !agent.calls.includes(node))) agent.beat.isUrgent = true;
    agent.calls = calls;
    offerWhatMustGo(agent, heldBy(agent), places, addresses);
    rebalance(agent, heldBy(agent), places, bounds);
  } else agent.calls = [];
  agent.gone = goneAddresses(agent, places, sighted);
  leaveWhenDone(agent);
  wantLeases(agent);
}

/** Between two thoughts: stops answering for what others have claimed higher in this turn. Thousands of claims come in many datagrams. */
export function settleContested(agent: Agent): void {
  for (const address of agent.contested) {
    const slot = agent.slots.get(address);
    if (slot !== undefined) settleClaims(agent, slot, topClaim(agent, slot));
  }
  agent.contested.clear();
}

/** Of two claims to an address one ends now, and the other is said again, higher, if the lower one may have been believed. */
function settleClaims(agent: Agent, slot: Slot, top: KnownClaim | undefined): void {
  const { state } = slot;
  if (state.at !== "holding") return;
  if (state.foreign !== undefined && agent.now - state.foreign.at >= foreignMs) {
    state.foreign = undefined;
    agent.viewChanged = true;
  }
  if (top === undefined) return;
  const peer = agent.peers.get(top.node);
  const isThere = isHeard(peer, agent.now);
  // It does not answer yet, and will not if it hears of this claim.
  if (isThere && peer.state === "Listening") return;
  if (beats(slot, top, { node: agent.node, epoch: state.epoch })) {
    if (top.isHearsay && stateOf(agent) !== "Listening") {
      doubt(agent, slot, state, top);
      return;
    }
    agent.beat.also.set(top.node, agent.now + 1_000);
    letGo(agent, slot, state.offer?.to === top.node ? "HandedOver" : "Yielded", `node ${top.node} has it`);
    return;
  }
  const over = `${top.node}/${top.epoch}`;
  if (
    !isThere ||
    stateOf(agent) !== "Ready" ||
    state.raisedOver === over ||
    !peer.claims.has(slot.address.address)
  )
    return;
  // Time for the other to have heard.
  const from = state.claimedAt + listenMs;
  if (agent.now >= from) raise(agent, slot, state, over);
  else lookBy(agent, from);
}

/**
 * The API server has a higher claim of a node that is not heard. If it is on the same wire it answers a question, and this one stops for it;
 * if not, the wire has fallen apart, and each serves its own part.
 */
function doubt(agent: Agent, slot: Slot, state: Holding, top: KnownClaim): void {
  const { node, epoch } = top;
  if (state.doubt?.node !== node || state.doubt.epoch !== epoch)
    state.doubt = { node, epoch, at: agent.now, sent: 0 };
  const next = askAgain(agent, slot, state.doubt);
  if (next !== undefined) lookBy(agent, next);
}

/** An address counts for whoever is to have it. */
function countLoad(agent: Agent, { state }: Slot, top: KnownClaim | undefined, places: Places): void {
  const owner = state.at === "holding" ? (state.offer?.to ?? agent.node) : (top?.offeredTo ?? top?.node);
  const place = owner === undefined ? undefined : places.get(owner);
  if (place !== undefined) place.load += 1;
}

function heldBy(agent: Agent): Held[] {
  const held: Held[] = [];
  for (const slot of agent.slots.values()) {
    if (slot.state.at === "holding") held.push({ slot, state: slot.state });
  }
  return held;
}

/** Addresses that nobody answers for, all placed together. Returns the silent nodes that this one means to replace. */
function seekVacant(
  agent: Agent,
  tops: ReadonlyMap<Slot, KnownClaim | undefined>,
  places: Places,
  { bound, room }: { readonly bound: number; readonly room: number },
): readonly string[] {
  const calls = new Set<string>();
  let taken = 0;
  for (const [slot, top] of tops) {
    if (slot.state.at === "holding" || agent.own.has(slot.address.address)) continue;
    const vacancy = vacancyOf(agent, slot, top);
    // What nobody claims may be gone: a blind node can not know.
    if (vacancy === undefined || (vacancy.cause === "Unclaimed" && agent.isBlind)) {
      giveUp(agent, slot);
      continue;
    }
    if (vacancy.cause === "Offered" && (places.get(vacancy.by)?.tier ?? 0) >= 2) {
      // Several blind nodes offer at once, and none knows what the others do.
      taken += 1;
      if (taken > room) {
        giveUp(agent, slot);
        continue;
      }
    }
    // Who had it is not waited for, and a listening node only where nobody ever had the address.
    const isNew = !agent.highest.has(slot.address.address);
    const had = vacancy.cause === "Unclaimed" ? undefined : vacancy.by;
    const contenders = contendersFor(agent, slot, places).filter(
      ({ place: { node } }) => node !== had && (isNew || !places.get(node)?.isListening),
    );
    const rank = vacancy.cause === "Offered" ? 0 : rankOf(agent.node, contenders, slot.hash, bound);
    const first = firstOf(contenders, slot.hash, bound);
    if (first !== undefined && vacancy.cause !== "Offered") first.place.load += 1;
    if (rank === undefined || !contenders.some(({ place }) => place.node === agent.node)) {
      giveUp(agent, slot);
      continue;
    }
    if (vacancy.cause === "Silent") {
      // Whoever objects does so for as long as it is asked.
      calls.add(vacancy.by);
      if (vacancy.isDisputed && slot.state.at !== "probing") {
        giveUp(agent, slot);
        continue;
      }
    }
    pursue(agent, slot, { vacancy, top, rank });
  }
  return [...calls].sort();
}

/** What blind nodes claim and the API server does not know any more. */
function goneAddresses(agent: Agent, places: Places, sighted: ReadonlySet<string>): readonly string[] {
  if (!sighted.has(agent.node)) return [];
  const gone = new Set<string>();
  for (const { tier, peer } of places.values()) {
    if (tier < 2 || peer === undefined) continue;
    for (const address of peer.claims.keys()) if (!agent.slots.has(address)) gone.add(address);
  }
  return [...gone].sort();
}

function leaveWhenDone(agent: Agent): void {
  const { leavingSince, hasLeft, now } = agent;
  if (leavingSince === undefined || hasLeft) return;
  const held = heldBy(agent);
  const isOffered = held.some(({ state }) => state.offer?.to !== undefined || state.refused.size > 0);
  if (held.length > 0 && isOffered && now < leavingSince + leaveMs) {
    lookBy(agent, leavingSince + leaveMs);
    return;
  }
  for (const { slot } of held)
    letGo(agent, slot, "LeftWithoutTaker", "this node leaves, and no other took it");
  agent.hasLeft = true;
  agent.beat.isUrgent = true;
}

/** Nodes whose Leases decide something: silent ones that answer, and all others if none is heard, for the fence. */
function wantLeases(agent: Agent): void {
  const { world, node } = agent;
  const wanted = new Set<string>();
  agent.blocked = 0;
  for (const { state } of agent.slots.values()) {
    const blocked = state.at === "probing" ? state.blocked : state;
    if (blocked?.at !== "blocked") continue;
    wanted.add(blocked.by);
    agent.blocked += 1;
  }
  if (agent.heard.size === 0) {
    for (const { name } of world?.nodes ?? []) if (name !== node && wanted.size < 8) wanted.add(name);
  }
  const nodes = [...wanted].sort();
  if (nodes.join() === agent.leasesWanted.join()) return;
  for (const name of agent.leases.keys()) if (!wanted.has(name)) agent.leases.delete(name);
  agent.leasesWanted = nodes;
  agent.effects.push({ kind: "leases-wanted", nodes });
}
