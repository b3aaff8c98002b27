/** This node's interfaces, as far as addresses are announced on them. */
import type { Candidate } from "../world.ts";
import { type Agent, type Slot, touch, type UsedLink } from "./agent.ts";
import type { ProtocolLink } from "./events.ts";
import { happened, letGo } from "./holding.ts";
import { startListening } from "./listening.ts";
import { none } from "./own-state.ts";
import { listenMs } from "./times.ts";

export function takeLinks(agent: Agent, links: readonly ProtocolLink[]): void {
  const before = new Map((agent.links ?? []).map((link) => [link.name, link]));
  let cameUp = false;
  const used: UsedLink[] = [];
  for (const link of links) {
    if (link.skipped !== undefined) continue;
    const known = before.get(link.name);
    const isBack = link.up && known !== undefined && !known.up;
    cameUp ||= isBack;
    // One that is there from the start has been listened on since.
    const upSince = !link.up
      ? undefined
      : known?.up
        ? known.upSince
        : agent.links === undefined
          ? Number.NEGATIVE_INFINITY
          : agent.now;
    const wasSettled = known !== undefined && (known.wasSettled || isSettled(agent, known));
    // Without it the kernel may have taken its addresses of IPv6 off.
    const ipv6 = link.ipv6 || (!link.up && known?.ipv6 === true);
    used.push({ ...link, ipv6, upSince, wasSettled });
  }
  agent.links = used;
  takeOwn(agent, links);
  tellLost(agent, before);
  // Deaf until now, it does not know what was claimed meanwhile.
  if (cameUp && agent.peers.size > 0 && agent.heard.size === 0) startListening(agent, "LinkBack", listenMs);
  touch(agent, "now");
}

/** Somebody has put a node's address into a pool, or a pool's address on a node. */
function takeOwn(agent: Agent, links: readonly ProtocolLink[]): void {
  const before = agent.own;
  const addresses = links.flatMap(({ own }) => own ?? []);
  agent.own = new Map(addresses.map((address) => [address, before.get(address) ?? agent.wall]));
  if ([...before.keys()].some((address) => !agent.own.has(address) && agent.slots.has(address)))
    agent.viewChanged = true;
  for (const address of agent.own.keys()) if (!before.has(address)) tellOwn(agent, address);
}

/** Lets go of it, if it is one that is to be announced. */
export function tellOwn(agent: Agent, address: string): void {
  const slot = agent.slots.get(address);
  if (slot === undefined) return;
  if (slot.state.at === "holding") letGo(agent, slot, "Released", `it is node ${agent.node}'s own address`);
  slot.state = none;
  // From now on it is in the way.
  agent.own = new Map(agent.own).set(address, agent.wall);
  agent.viewChanged = true;
  happened(agent, "warn", "AddressInUse", `Does not announce ${address}: ${whyOwn(agent)}`, address);
}

export function whyOwn({ node }: Agent): string {
  return `it is node ${node}'s own address; take it away there, or leave it out of its pool`;
}

function tellLost(agent: Agent, before: ReadonlyMap<string, UsedLink>): void {
  for (const { name, up } of before.values()) {
    const link = agent.links?.find((each) => each.name === name);
    if (!up || link?.up) continue;
    const held = [...agent.slots.values()].flatMap(({ address, state }) =>
      state.at === "holding" && state.interfaces.includes(name) ? [address.address] : [],
    );
    const [first, ...more] = held;
    if (first === undefined) continue;
    const which = more.length === 0 ? first : `${first} and ${more.length} more`;
    const what = link === undefined ? "is gone, or left alone from now on" : "has lost its carrier";
    happened(agent, "warn", "LinkLost", `Interface ${name}, on which it announces ${which}, ${what}`);
  }
}

/** Names of the interfaces on which this node would announce it, sorted; those that are down left out. */
export function usableInterfaces(agent: Agent, slot: Slot): string[] {
  return usableLinks(agent, slot)
    .map(({ name }) => name)
    .sort();
}

export function usableLinks(agent: Agent, slot: Slot): UsedLink[] {
  const { candidate } = slot;
  if (candidate === undefined) return [];
  return (agent.links ?? []).filter((link) => link.up && isFor(slot, candidate, link));
}

/** Whether the candidate would announce the address on this interface of its own, if it was up. */
export function isFor(
  { isV6 }: Slot,
  { interfaces }: Candidate,
  { name, ipv6 }: Pick<ProtocolLink, "name" | "ipv6">,
): boolean {
  return (ipv6 || !isV6) && (interfaces?.includes(name) ?? true);
}

/** Up for long enough to have heard what is claimed on it. */
export function isSettled(agent: Agent, { upSince }: UsedLink): boolean {
  return upSince !== undefined && upSince <= agent.now - listenMs;
}

/** It was settled, and is not any more. One that was never up is none that is missed. */
export function isLost(agent: Agent, link: UsedLink): boolean {
  return link.wasSettled && !isSettled(agent, link);
}

/** Whether clients on one of the interfaces on which this node announces the address, or would, are not reached any more. */
export function lacksLink(agent: Agent, slot: Slot): boolean {
  const { candidate } = slot;
  if (candidate === undefined) return false;
  return (agent.links ?? []).some((link) => isLost(agent, link) && isFor(slot, candidate, link));
}
