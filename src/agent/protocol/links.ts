/** This node's interfaces, as far as addresses are announced on them. */
import { type Agent, type Slot, touch, type UsedLink } from "./agent.ts";
import type { ProtocolLink } from "./events.ts";
import { startListening } from "./listening.ts";
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
    used.push({ ...link, upSince });
  }
  agent.links = used;
  // Deaf until now, it does not know what was claimed meanwhile.
  if (cameUp && agent.peers.size > 0 && agent.heard.size === 0) startListening(agent, "LinkBack", listenMs);
  touch(agent, "now");
}

/** Names of the interfaces on which this node would announce it, sorted; those that are down left out. */
export function usableInterfaces(agent: Agent, slot: Slot): string[] {
  return usableLinks(agent, slot)
    .map(({ name }) => name)
    .sort();
}

export function usableLinks(agent: Agent, { candidate, isV6 }: Slot): UsedLink[] {
  if (candidate === undefined) return [];
  return (agent.links ?? []).filter(
    ({ name, up, ipv6 }) => up && (ipv6 || !isV6) && (candidate.interfaces?.includes(name) ?? true),
  );
}

/** Up for long enough to have heard what is claimed on it. */
export function isSettled(agent: Agent, { upSince }: UsedLink): boolean {
  return upSince !== undefined && upSince <= agent.now - listenMs;
}
