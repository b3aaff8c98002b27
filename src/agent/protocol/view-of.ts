/** Makes what can be said of an agent's state, for its `Announcer`. */
import { type Agent, type Slot, stateOf } from "./agent.ts";
import { type Answered, isShownAnswered, whyAnswered } from "./answered.ts";
import { usableInterfaces, whyOwn } from "./links.ts";
import type { Holding, Offer } from "./own-state.ts";
import { foreignMs } from "./times.ts";
import type { AddressView, ProtocolView } from "./view.ts";

export function viewOf(agent: Agent): ProtocolView {
  const addresses = [...agent.slots.values()]
    .map((slot) => addressView(agent, slot))
    .filter((view) => view !== undefined)
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  return { state: stateOf(agent), addresses, heard: [...agent.heard].sort(), blind: agent.isBlind };
}

function addressView(agent: Agent, slot: Slot): AddressView | undefined {
  const { state } = slot;
  const { address, mode } = slot.address;
  const ownSince = agent.own.get(address);
  if (ownSince !== undefined) return ownView(agent, slot, ownSince);
  const answered = agent.answered.get(address);
  if (state.at !== "holding" && isShownAnswered(answered)) return answeredView(agent, slot, answered);
  switch (state.at) {
    case "none":
    case "waiting":
    case "blocked":
      return undefined;
    case "probing":
      if (state.again !== undefined) return conflictView(agent, slot, state.again);
      if (state.blocked !== undefined) return undefined;
      return {
        address,
        mode,
        state: "Probing",
        epoch: 0,
        interfaces: usableInterfaces(agent, slot),
        since: Math.floor(agent.wall - (agent.now - state.begunAt)),
        reason: "Placed",
        message: "asks whether anybody has it",
      };
    case "conflict":
      return conflictView(agent, slot, state);
    case "holding":
      return holdingView(agent, slot, state);
  }
}

/** Somebody has it who is no holder. */
function conflict(
  { address: { address, mode } }: Slot,
  o: Pick<AddressView, "interfaces" | "reason" | "message"> & { readonly sinceWall: number },
): AddressView {
  const { interfaces, sinceWall, reason, message } = o;
  const since = Math.floor(sinceWall);
  return { address, mode, state: "Conflict", epoch: 0, interfaces, since, reason, message };
}

function conflictView(
  agent: Agent,
  slot: Slot,
  { mac, sinceWall }: { readonly mac: string; readonly sinceWall: number },
): AddressView {
  const interfaces = usableInterfaces(agent, slot);
  const message = `${mac}, which is no agent's, has it; take it away there, or leave the address out of its pool`;
  return { ...conflict(slot, { interfaces, sinceWall, reason: "AddressInUse", message }), foreignMac: mac };
}

function answeredView(agent: Agent, slot: Slot, { by, sinceWall }: Answered): AddressView {
  const interfaces = usableInterfaces(agent, slot);
  return conflict(slot, { interfaces, sinceWall, reason: "AnsweredByNode", message: whyAnswered(by) });
}

function ownView(agent: Agent, slot: Slot, sinceWall: number): AddressView {
  return conflict(slot, { interfaces: [], sinceWall, reason: "AddressInUse", message: whyOwn(agent) });
}

function holdingView(agent: Agent, { address: { address, mode } }: Slot, state: Holding): AddressView {
  const { epoch, interfaces, offer, foreign } = state;
  const isForeign = foreign !== undefined && agent.now - foreign.at < foreignMs;
  return {
    address,
    mode,
    epoch,
    interfaces,
    since: Math.floor(state.sinceWall),
    state: offer === undefined ? "Announcing" : "Offering",
    reason: offer === undefined ? state.reason : offer.why,
    message: offer === undefined ? state.message : offerMessage(offer),
    ...(isForeign ? { foreignMac: foreign.mac } : {}),
  };
}

function offerMessage({ why, to }: Offer): string {
  const taker = to === undefined ? "no node can take it over" : `offered to node ${to}`;
  switch (why) {
    case "Leaving":
      return `this node leaves; ${taker}`;
    case "NotFit":
      return `this node may not announce it any more, or has no link for it; ${taker}`;
    case "Blind":
      return `this node does not reach the API server and others do; ${taker}`;
    case "LinkLost":
      return `an interface of this node has lost its carrier, and another node has all of its own; ${taker}`;
    case "Rebalancing":
      return `this node has more than its share, or another is preferred; ${taker}`;
  }
}
