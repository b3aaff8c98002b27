/** Hands over what this node has and is not to keep: it goes on answering until it hears the claim of the other. */
import { type Agent, lookBy, type Slot } from "./agent.ts";
import { contendersFor, type NodePlace, type Places } from "./fitness.ts";
import { letGo, setOffer, tellInterfaces } from "./holding.ts";
import { lacksLink, usableInterfaces } from "./links.ts";
import type { Holding, Offer, OfferReason } from "./own-state.ts";
import { type Contender, firstOf, loadBounds } from "./placement.ts";
import { offerMs, refusedMs } from "./times.ts";

export interface Held {
  readonly slot: Slot;
  readonly state: Holding;
}

/** Why it has to give the address up, not counting the load. */
function whyOffered(agent: Agent, slot: Slot): Exclude<OfferReason, "Rebalancing"> | undefined {
  if (agent.leavingSince !== undefined) return "Leaving";
  if (usableInterfaces(agent, slot).length === 0) return "NotFit";
  if (agent.isBlind) return "Blind";
  return lacksLink(agent, slot) ? "LinkLost" : undefined;
}

/** Renews, moves on or withdraws the offers of all that is held, newest claims first. */
export function offerWhatMustGo(
  agent: Agent,
  held: readonly Held[],
  places: Places,
  addresses: number,
): void {
  const boundOf = {
    Blind: boundWhenBlind(places, addresses),
    other: loadBounds(addresses, places.size).placing,
  };
  const newestFirst = [...held].sort((a, b) => b.state.epoch - a.state.epoch);
  for (const { slot, state } of newestFirst) {
    tellInterfaces(agent, slot, state);
    const why = whyOffered(agent, slot);
    expire(agent, slot, state);
    if (why === undefined) {
      if (state.offer !== undefined && state.offer.why !== "Rebalancing")
        setOffer(agent, slot, state, undefined);
      continue;
    }
    const bound = why === "Blind" ? boundOf.Blind : boundOf.other;
    const takers = contendersFor(agent, slot, places).filter((taker) =>
      mayTake(agent, taker, { why, bound, tier: places.get(agent.node)?.tier ?? 0 }),
    );
    const current = takers.find(({ place }) => place.node === state.offer?.to);
    if (current !== undefined && state.offer !== undefined) {
      if (state.offer.why !== why) setOffer(agent, slot, state, { ...state.offer, why });
      continue;
    }
    if (takers.length === 0 && why === "NotFit" && slot.candidate === undefined) {
      letGo(
        agent,
        slot,
        "Released",
        "this node is not to announce it any more, and there is no other that may",
      );
      continue;
    }
    offerTo(agent, { slot, state }, why, takers, bound);
  }
}

function offerTo(
  agent: Agent,
  { slot, state }: Held,
  why: OfferReason,
  takers: readonly Contender[],
  bound: number,
): void {
  const willing = takers.filter(({ place }) => !hasRefused(agent, state, place.node));
  const to = firstOf(willing, slot.hash, bound)?.place;
  // A blind node that nobody has room for keeps what it has, without an offer; so does one that lacks a link where all others do.
  if (to === undefined && (why === "Blind" || why === "LinkLost")) {
    setOffer(agent, slot, state, undefined);
    return;
  }
  const offer: Offer = { why, to: to?.node, at: agent.now };
  if (state.offer?.to !== offer.to || state.offer?.why !== why) setOffer(agent, slot, state, offer);
  if (to !== undefined) {
    to.load += 1;
    lookBy(agent, agent.now + offerMs);
  } else if (takers.length > 0) lookBy(agent, agent.now + offerMs);
}

/** An offer that nobody took is withdrawn, and its node left out for a while. */
function expire(agent: Agent, slot: Slot, state: Holding): void {
  const { offer } = state;
  if (offer?.to === undefined) return;
  if (agent.now < offer.at + offerMs) {
    lookBy(agent, offer.at + offerMs);
    return;
  }
  state.refused.set(offer.to, agent.now);
  setOffer(agent, slot, state, undefined);
}

export function hasRefused(agent: Agent, state: Holding, node: string): boolean {
  return agent.now - (state.refused.get(node) ?? Number.NEGATIVE_INFINITY) < refusedMs;
}

/** @param own `tier`: of this node */
function mayTake(
  agent: Agent,
  { place, isPartial }: Contender,
  own: { readonly why: OfferReason; readonly bound: number; readonly tier: number },
): boolean {
  const { node, peer, isListening, isSighted } = place as NodePlace;
  if (node === agent.node || peer === undefined || isListening) return false;
  if (own.why === "LinkLost") return !isPartial && place.tier <= own.tier;
  return own.why !== "Blind" || (isSighted && place.tier < 2 && place.load < own.bound);
}

/**
 * How much a node that sees may be given by blind ones. While most nodes are blind, as when the API server comes back, the mean is over
 * all, so that the first to see it again do not get everything; otherwise over those that see.
 */
export function boundWhenBlind(places: Places, addresses: number): number {
  const all = [...places.values()];
  const sighted = all.filter(({ isSighted }) => isSighted).length;
  return loadBounds(addresses, sighted * 2 > all.length ? sighted : all.length).moving;
}
