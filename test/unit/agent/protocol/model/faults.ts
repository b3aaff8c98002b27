/** What can go wrong with a node, and how it ends. */
import type { Lab } from "./lab.ts";
import type { Channel } from "./wires.ts";

export const faultKinds = [
  "killed",
  "frozen",
  "leaves",
  "link down",
  "heartbeats eaten",
  "port lost",
  "node network lost",
  "cut off",
  "cut off from the API server too",
  "API server lost",
  "API server down for all",
  "address deleted",
] as const;

export interface Fault {
  readonly kind: (typeof faultKinds)[number];
  readonly node: string;
  readonly beginsAt: number;
  readonly lastsMs: number;
}

const channels: Partial<Record<Fault["kind"], readonly Channel[]>> = {
  "heartbeats eaten": ["network", "wire"],
  "port lost": ["wire", "arp"],
  "node network lost": ["network"],
  "cut off": ["network", "wire", "arp"],
  "cut off from the API server too": ["network", "wire", "arp"],
};

/** Faults of the same node and kind that overlap end with the first. */
export function inject(lab: Lab, { kind, node, beginsAt, lastsMs }: Fault): void {
  const host = lab.host(node);
  const begin = (): void => {
    if (kind === "killed") host.kill();
    else if (kind === "frozen") host.pause();
    else if (kind === "leaves") host.leave();
    else if (kind === "link down") host.setLink(false);
    else if (kind === "API server lost") lab.api.unreachable.add(node);
    else if (kind === "API server down for all") lab.api.isUp = false;
    else if (kind === "address deleted") lab.removeAddress("10.0.0.1");
    else lab.isolate([node], channels[kind] ?? []);
    if (kind === "cut off from the API server too") lab.api.unreachable.add(node);
  };
  const end = (): void => {
    if (kind === "frozen") host.resume();
    else if (kind === "link down") host.setLink(true);
    else if (kind === "API server lost") lab.api.unreachable.delete(node);
    else if (kind === "API server down for all") lab.api.isUp = true;
    else if (kind === "address deleted") lab.setAddress("10.0.0.1");
    else if (kind === "killed" || kind === "leaves") {
      host.kill();
      host.start();
    } else {
      for (const other of lab.nodes) {
        lab.wires.unblock(node, other, channels[kind] ?? []);
        lab.wires.unblock(other, node, channels[kind] ?? []);
      }
      if (kind === "cut off from the API server too") lab.api.unreachable.delete(node);
    }
  };
  lab.queue.at(lab.queue.now + beginsAt, begin);
  lab.queue.at(lab.queue.now + beginsAt + lastsMs, end);
}

/** Everything that lasts is mended; processes that are gone are started. */
export function mend(lab: Lab): void {
  lab.wires.clear();
  lab.api.isUp = true;
  lab.api.unreachable.clear();
  for (const host of lab.hosts.values()) {
    host.resume();
    host.setLink(true);
    if (host.state !== "off" && !host.hasLeft) continue;
    host.kill();
    host.start();
  }
}
