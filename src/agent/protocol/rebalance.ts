/** Moves for the sake of balance, one at a time in the whole cluster: to a preferred node, and away from one above the load bound. */
import { type Agent, lookBy } from "./agent.ts";
import { contendersFor, type NodePlace, type Places } from "./fitness.ts";
import { setOffer } from "./holding.ts";
import { lacksLink } from "./links.ts";
import { type Held, hasRefused } from "./offers.ts";
import { type Bounds, type Contender, firstOf } from "./placement.ts";
import { moveMs, settleMs } from "./times.ts";

/** So that of several nodes that want to move something one is first. */
const turnMs = 60;

export function rebalance(agent: Agent, held: readonly Held[], places: Places, bounds: Bounds): void {
  const own = places.get(agent.node);
  if (own === undefined || agent.leavingSince !== undefined) return;
  if (held.some(({ state }) => state.offer !== undefined)) return;
  const move = findMove(agent, held, places, own, bounds);
  if (move === undefined) return;
  const turn = [...places.keys()].sort().indexOf(agent.node) * turnMs;
  const from =
    Math.max(agent.movedAt + moveMs, agent.nodesChangedAt + settleMs, (agent.readyAt ?? 0) + settleMs) + turn;
  if (agent.now < from) {
    lookBy(agent, from);
    return;
  }
  const { slot, state } = move.held;
  agent.movedAt = agent.now;
  setOffer(agent, slot, state, { why: "Rebalancing", to: move.to, at: agent.now });
}

function findMove(
  agent: Agent,
  held: readonly Held[],
  places: Places,
  own: NodePlace,
  bounds: Bounds,
): { readonly held: Held; readonly to: string } | undefined {
  const isFullest = own.load > bounds.moving && ![...places.values()].some((place) => isFuller(place, own));
  for (const each of held) {
    const preference = each.slot.candidate?.preference ?? 0;
    const lacks = lacksLink(agent, each.slot);
    const takers = contendersFor(agent, each.slot, places).filter((taker) => {
      const { node, tier, load, isListening } = taker.place as NodePlace;
      if (taker.isPartial && !lacks) return false;
      if (node === agent.node || tier > own.tier || isListening || hasRefused(agent, each.state, node))
        return false;
      if (taker.preference > preference) return true;
      return isFullest && taker.preference === preference && load < bounds.placing && load < own.load;
    });
    const to = emptiest(takers, each.slot.hash);
    if (to !== undefined) return { held: each, to: to.place.node };
  }
  return undefined;
}

function isFuller(place: NodePlace, own: NodePlace): boolean {
  return place.load > own.load || (place.load === own.load && place.node < own.node);
}

/** Of the most preferred, the one with the least. */
function emptiest(takers: readonly Contender[], hash: number): Contender | undefined {
  const preference = Math.max(...takers.map((taker) => taker.preference));
  const preferred = takers.filter((taker) => taker.preference === preference);
  const least = Math.min(...preferred.map(({ place }) => place.load));
  return firstOf(
    preferred.filter(({ place }) => place.load === least),
    hash,
    Number.POSITIVE_INFINITY,
  );
}
