/** Takes what the API server says there is. */
import type { World } from "../world.ts";
import { type Agent, newSlot, type Recorded, type Slot, touch } from "./agent.ts";
import { noteEpoch } from "./claims.ts";
import { highestRecordedEpoch } from "./heartbeat-message.ts";
import { happened, letGo, raise } from "./holding.ts";
import { tellOwn } from "./links.ts";
import { placingOrder } from "./placement.ts";
import { forgetPeerMs } from "./times.ts";

export function takeWorld(agent: Agent, world: World): void {
  agent.world = world;
  takeAddresses(agent, world);
  takeRecords(agent, world);
  agent.macs.clear();
  for (const { name, macs } of world.nodes) for (const mac of macs) agent.macs.set(mac, name);
  for (const { node, segments } of agent.peers.values()) {
    for (const { mac } of segments) agent.macs.set(mac, node);
  }
  forgetPeers(agent, new Set(world.nodes.map(({ name }) => name)));
  touch(agent, "now");
}

function takeAddresses(agent: Agent, world: World): void {
  const slots = new Map<string, Slot>();
  const sorted = [...world.addresses].sort((a, b) => placingOrder(a.address, b.address));
  for (const address of sorted) {
    const slot = newSlot(address, agent.node);
    const before = agent.slots.get(address.address);
    if (before !== undefined) slot.state = before.state;
    if (before?.state.at === "holding" && before.address.mode !== address.mode) {
      // How it is answered for changes with a new claim only.
      agent.effects.push({ kind: "release", address: address.address });
      raise(agent, slot, before.state, before.state.raisedOver);
    }
    slots.set(address.address, slot);
  }
  for (const [address, slot] of agent.slots) {
    if (slots.has(address)) continue;
    if (slot.state.at === "holding") letGo(agent, slot, "Released", "it is not to be announced any more");
    else if (slot.state.at !== "none") agent.viewChanged = true;
    agent.highest.delete(address);
    agent.answered.delete(address);
  }
  const isNew = (address: string) => slots.has(address) && !agent.slots.has(address);
  const found = [...agent.own.keys()].filter(isNew);
  agent.slots = slots;
  for (const address of found) tellOwn(agent, address);
}

function takeRecords(agent: Agent, world: World): void {
  agent.recorded = new Map();
  const ignored = new Map<string, string>();
  for (const { name, recorded } of world.nodes) {
    for (const { address, epoch } of recorded) {
      if (epoch > highestRecordedEpoch) {
        ignored.set(name, address);
        continue;
      }
      noteEpoch(agent, address, epoch);
      const records: Recorded[] = agent.recorded.get(address) ?? [];
      records.push({ node: name, epoch });
      agent.recorded.set(address, records);
    }
  }
  for (const [name, address] of ignored) {
    if (agent.ignored.has(name)) continue;
    const why = "that is higher than any clock; no agent writes that";
    happened(
      agent,
      "warn",
      "RecordIgnored",
      `Ignores that Announcer ${name} records a claim to ${address} ${why}`,
    );
  }
  agent.ignored = new Set(ignored.keys());
}

/** A node without an Announcer is none any more, once nothing is heard of it either. */
function forgetPeers(agent: Agent, nodes: ReadonlySet<string>): void {
  for (const [node, peer] of agent.peers) {
    if (nodes.has(node) || agent.now - peer.heardAt < forgetPeerMs) continue;
    agent.peers.delete(node);
    agent.leases.delete(node);
    for (const address of peer.claims.keys()) agent.claimants.get(address)?.delete(node);
  }
}
