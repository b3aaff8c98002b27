/** The networks between the nodes: what gets through from whom to whom, and when. */
import type { Queue } from "./queue.ts";

/** "network": heartbeats between nodes. "wire": heartbeats by multicast on the segment. "arp": frames about addresses, there too. */
export type Channel = "network" | "wire" | "arp";

export interface Quality {
  /** Part of the datagrams that get lost, 0 to 1. Frames about addresses get lost half as often. */
  readonly loss: number;
  readonly delayMs: readonly [least: number, most: number];
}

export interface Wires {
  quality: Quality;
  /** Loses what it says yes to, besides what chance loses. */
  loses: (from: string, to: string, channel: Channel) => boolean;
  /** Nodes whose port is down: they know it themselves. */
  readonly down: Set<string>;
  block(from: string, to: string, channels: readonly Channel[]): void;
  unblock(from: string, to: string, channels: readonly Channel[]): void;
  clear(): void;
  /** Delivers, or does not. */
  carry(from: string, to: string, channel: Channel, deliver: () => void): void;
  /** Whether anything could get from the one to the other now. */
  connects(from: string, to: string, channel: Channel): boolean;
}

export function createWires(queue: Queue, random: () => number, quality: Quality): Wires {
  const blocked = new Set<string>();
  const key = (from: string, to: string, channel: Channel): string => `${from}>${to}/${channel}`;
  const wires: Wires = {
    quality,
    loses: () => false,
    down: new Set(),
    block(from, to, channels) {
      for (const channel of channels) blocked.add(key(from, to, channel));
    },
    unblock(from, to, channels) {
      for (const channel of channels) blocked.delete(key(from, to, channel));
    },
    clear: () => blocked.clear(),
    connects(from, to, channel) {
      if (channel !== "network" && (wires.down.has(from) || wires.down.has(to))) return false;
      return !blocked.has(key(from, to, channel));
    },
    carry(from, to, channel, deliver) {
      const { loss, delayMs } = wires.quality;
      const isLost = random() < (channel === "arp" ? loss / 2 : loss);
      const [least, most] = delayMs;
      const delay = least + random() * (most - least);
      if (!wires.connects(from, to, channel) || wires.loses(from, to, channel) || isLost) return;
      queue.at(queue.now + delay, () => {
        if (wires.connects(from, to, channel)) deliver();
      });
    },
  };
  return wires;
}
