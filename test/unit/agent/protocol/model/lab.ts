/** A cluster of agents in a simulated network, and a witness who looks every few milliseconds who answers for what. */
import type { WorldAddress } from "../../../../../src/agent/world.ts";
import { createModelApi, type ModelApi } from "./api-server.ts";
import { createHost, type Host } from "./host.ts";
import { createQueue, type Queue } from "./queue.ts";
import { randomFrom } from "./random.ts";
import { type Channel, createWires, type Quality, type Wires } from "./wires.ts";

export interface Lab {
  readonly queue: Queue;
  readonly wires: Wires;
  readonly api: ModelApi;
  readonly hosts: ReadonlyMap<string, Host>;
  readonly nodes: readonly string[];
  /** In force until the next look of each agent at the API server. */
  setAddress(address: string, change?: Partial<WorldAddress>): void;
  removeAddress(address: string): void;
  host(node: string): Host;
  /** Who answers for it to clients; a node whose port is down answers nobody. */
  answering(address: string): string[];
  run(ms: number): void;
  /** What was seen since the last call. */
  witness(): Witnessed;
  /** Cuts all paths between each of these and everybody else. */
  isolate(nodes: readonly string[], channels: readonly Channel[]): void;
  story(): string;
}

export interface Witnessed {
  /** By address: the longest time with nobody, and with two or more. */
  readonly dark: ReadonlyMap<string, number>;
  readonly doubled: ReadonlyMap<string, number>;
  /** Answers of two at once, with when that began, by whom, how long. */
  readonly doubles: readonly Double[];
  /** The longest time that two answered although nothing was cut between them, nor had been in the second before. */
  readonly unexcused: number;
}

export interface Double {
  readonly address: string;
  readonly nodes: readonly string[];
  readonly from: number;
  until: number;
}

export interface LabOptions {
  readonly nodes: number;
  readonly addresses: number;
  readonly seed?: number;
  readonly quality?: Quality;
}

const lookMs = 5;
const calm: Quality = { loss: 0, delayMs: [0.1, 1] };

function createLab({ nodes: count, addresses, seed = 1, quality = calm }: LabOptions): Lab {
  const random = randomFrom(seed);
  const queue = createQueue(1_000_000);
  const wires = createWires(queue, random, quality);
  const api = createModelApi();
  const hosts = new Map<string, Host>();
  const nodes = Array.from({ length: count }, (_, at) => `node-${String.fromCharCode(97 + at)}`);
  const wall = (): number => 1_800_000_000_000 + queue.now;
  for (const node of nodes) {
    hosts.set(node, createHost(node, { queue, wires, api, hosts, wall, announced: () => {} }));
  }
  const all = nodes.map((node) => ({ node, interfaces: undefined, preference: 0 }));
  let seen = emptyWitness();
  /** By pair: when something was last cut between them. */
  const cutAt = new Map<string, number>();
  const noteCuts = (): void => {
    for (const a of nodes) {
      for (const b of nodes) {
        const hears = wires.connects(a, b, "network") || wires.connects(a, b, "wire");
        const isWhole = hears && wires.connects(a, b, "arp");
        if (!isWhole) cutAt.set(a < b ? a + b : b + a, queue.now);
      }
    }
  };
  const lastCut = (answering: readonly string[]): number => {
    let last = 0;
    for (const a of answering) for (const b of answering) last = Math.max(last, cutAt.get(a + b) ?? 0);
    return last;
  };
  let current = new Map<string, { from: number; double: Double | undefined; isDark: boolean }>();

  const look = (): void => {
    noteCuts();
    for (const address of api.addresses.keys()) {
      const answering = lab.answering(address);
      const before = current.get(address);
      const isDark = answering.length === 0;
      if (isDark) {
        const from = before?.isDark ? before.from : queue.now;
        current.set(address, { from, double: undefined, isDark });
        raise(seen.dark, address, queue.now - from);
        continue;
      }
      let double = before?.double;
      if (answering.length > 1) {
        double ??= { address, nodes: answering, from: queue.now, until: queue.now };
        if (double.from === queue.now) seen.doubles.push(double);
        double.until = queue.now;
        raise(seen.doubled, address, queue.now - double.from + lookMs);
        const excusedUntil = lastCut(answering) + 1_000;
        seen.unexcused = Math.max(seen.unexcused, queue.now - Math.max(double.from, excusedUntil) + lookMs);
      } else double = undefined;
      current.set(address, { from: queue.now, double, isDark });
    }
    queue.at(queue.now + lookMs, look);
  };
  const lab: Lab = {
    queue,
    wires,
    api,
    hosts,
    nodes,
    setAddress(address, change = {}) {
      api.addresses.set(address, { address, mode: "Respond", candidates: all, ...change });
    },
    removeAddress(address) {
      api.addresses.delete(address);
      current.delete(address);
    },
    host(node) {
      const host = hosts.get(node);
      if (host === undefined) throw new Error(`There is no ${node}`);
      return host;
    },
    answering: (address) =>
      nodes.filter((node) => !wires.down.has(node) && (hosts.get(node)?.answers(address) ?? false)),
    run: (ms) => queue.runUntil(queue.now + ms),
    witness() {
      const result = seen;
      seen = emptyWitness();
      current = new Map();
      return result;
    },
    isolate(cut, channels) {
      for (const a of cut) {
        for (const b of nodes) {
          if (cut.includes(b)) continue;
          wires.block(a, b, channels);
          wires.block(b, a, channels);
        }
      }
    },
    story: () =>
      [...hosts.values()]
        .flatMap(({ node, log }) =>
          log.map(({ at, text }) => ({ at, text: `${at.toFixed(0)} ${node}: ${text}` })),
        )
        .sort((a, b) => a.at - b.at)
        .map(({ text }) => text)
        .join("\n"),
  };
  for (let at = 0; at < addresses; at += 1) lab.setAddress(`10.0.0.${at + 1}`);
  queue.at(queue.now + lookMs, look);
  return lab;
}

function emptyWitness(): {
  dark: Map<string, number>;
  doubled: Map<string, number>;
  doubles: Double[];
  unexcused: number;
} {
  return { dark: new Map(), doubled: new Map(), doubles: [], unexcused: 0 };
}

function raise(longest: Map<string, number>, address: string, ms: number): void {
  longest.set(address, Math.max(longest.get(address) ?? 0, ms));
}

/** All agents started at about the same time, and everything placed. */
export function startedLab(options: LabOptions): Lab {
  const lab = createLab(options);
  for (const [at, node] of lab.nodes.entries())
    lab.queue.at(lab.queue.now + at * 90, () => lab.host(node).start());
  lab.run(9_000);
  lab.witness();
  return lab;
}

export function longest(times: ReadonlyMap<string, number>): number {
  return Math.max(0, ...times.values());
}
