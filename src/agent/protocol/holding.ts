/** Claims an address, keeps it on its interfaces, lets it go. */
import type { Agent, Slot } from "./agent.ts";
import { withdrawClaim, writeClaim } from "./claim-log.ts";
import { noteEpoch } from "./claims.ts";
import type { ProtocolHappening } from "./effects.ts";
import { highestEpoch } from "./heartbeat-message.ts";
import { usableInterfaces } from "./links.ts";
import { type Holding, none, type Offer } from "./own-state.ts";
import { echoMs } from "./times.ts";
import type { AddressReason } from "./view.ts";

/** Claims it over everything that is known: announces first, then says so. */
export function claim(agent: Agent, slot: Slot, reason: AddressReason, message: string): void {
  const { address } = slot.address;
  const epoch = Math.min(
    Math.max((agent.highest.get(address) ?? 0) + 1, Math.floor(agent.wall)),
    highestEpoch,
  );
  noteEpoch(agent, address, epoch);
  slot.state = {
    at: "holding",
    epoch,
    claimedAt: agent.now,
    sinceWall: agent.wall,
    reason,
    message,
    interfaces: [],
    offer: undefined,
    refused: new Map(),
    foreign: undefined,
    doubt: undefined,
    raisedOver: undefined,
  };
  tellInterfaces(agent, slot, slot.state);
  writeClaim(agent.log, { address, epoch, offeredTo: undefined }, agent.now);
  tellAtOnce(agent);
  agent.viewChanged = true;
}

/** A new claim on what is held, so that everybody learns of it again. `over`: the lower claim that was about, if that is why. */
export function raise(agent: Agent, slot: Slot, state: Holding, over: string | undefined): void {
  const { reason, message, sinceWall, refused, foreign } = state;
  claim(agent, slot, reason, message);
  if (slot.state.at === "holding")
    slot.state = { ...slot.state, sinceWall, refused, foreign, raisedOver: over };
}

/** Says on which interfaces it is answered for, if that is not what was said last. */
export function tellInterfaces(agent: Agent, slot: Slot, state: Holding): void {
  const interfaces = usableInterfaces(agent, slot);
  const same = interfaces.join() === state.interfaces.join();
  // Where none is left, what was said last stays: they may come back.
  if (same || interfaces.length === 0) return;
  state.interfaces = interfaces;
  const { address, mode } = slot.address;
  agent.effects.push({ kind: "hold", address, mode, interfaces, epoch: state.epoch });
  agent.viewChanged = true;
}

export function setOffer(agent: Agent, slot: Slot, state: Holding, offer: Offer | undefined): void {
  const before = state.offer;
  state.offer = offer;
  if (before?.to !== offer?.to) {
    writeClaim(
      agent.log,
      { address: slot.address.address, epoch: state.epoch, offeredTo: offer?.to },
      agent.now,
    );
    if (offer?.to !== undefined) tellBesides(agent, offer.to);
    tellAtOnce(agent);
  }
  if (before?.why !== offer?.why || before?.to !== offer?.to) {
    if (before?.why !== offer?.why) state.sinceWall = agent.wall;
    agent.viewChanged = true;
  }
}

/** Stops answering in this turn. */
export function letGo(agent: Agent, slot: Slot, reason: ProtocolHappening["reason"], because: string): void {
  const { address } = slot.address;
  slot.state = none;
  agent.effects.push({ kind: "release", address });
  withdrawClaim(agent.log, address, agent.now);
  happened(agent, "info", reason, `Does not announce ${address} any more: ${because}`, address);
  agent.beat.isUrgent = true;
  agent.viewChanged = true;
}

export function happened(
  agent: Agent,
  level: ProtocolHappening["level"],
  reason: ProtocolHappening["reason"],
  message: string,
  address?: string,
): void {
  const happening = { level, reason, message, ...(address === undefined ? {} : { address }) };
  agent.effects.push({ kind: "happened", happening });
}

/** Sends a heartbeat at the end of this turn, and repeats it. */
function tellAtOnce(agent: Agent): void {
  agent.beat.isUrgent = true;
  agent.beat.echoes = echoMs.map((after) => agent.now + after);
}

/** For as long as changes are told, this node gets all heartbeats over the node network. */
function tellBesides(agent: Agent, node: string): void {
  agent.beat.also.set(node, agent.now + 1_000);
}
