/** One node: its agent's process with what the process would do of its own, and the kernel's queue in front of it. */
import type { Effect } from "../../../../../src/agent/protocol/effects.ts";
import type { ProtocolEvent } from "../../../../../src/agent/protocol/events.ts";
import { createProtocol, type Protocol } from "../../../../../src/agent/protocol/protocol.ts";
import { leaseMs, type ModelApi, macOf, renewMs } from "./api-server.ts";
import type { Queue } from "./queue.ts";
import type { Wires } from "./wires.ts";

export interface Host {
  readonly node: string;
  readonly mac: string;
  /** What its agent said happened, with the time. */
  readonly log: { readonly at: number; readonly text: string }[];
  readonly sent: { datagrams: number };
  /** When it asked the API server because it heard nobody. */
  readonly asked: number[];
  protocol: Protocol | undefined;
  state: "off" | "on" | "paused";
  hasLeft: boolean;
  start(): void;
  kill(): void;
  pause(): void;
  resume(): void;
  leave(): void;
  setLink(up: boolean): void;
  tell(event: ProtocolEvent): void;
  /** Whether it would answer a request for the address, this moment. */
  answers(address: string): boolean;
  holds(address: string): boolean;
}

export interface Surroundings {
  readonly queue: Queue;
  readonly wires: Wires;
  readonly api: ModelApi;
  readonly hosts: Map<string, Host>;
  /** A frame that says who has the address, which every client hears that can. */
  readonly announced: (host: Host, address: string) => void;
  readonly wall: () => number;
}

const worldDelayMs = 80;
const recordEveryMs = 1_000;
const wakingMs = 12;
/** How much longer a bound address is answered for when nobody renews it: 2 s, and up to one more. */
const boundMs = 2_600;
const rounds: readonly number[] = [0, 1_100, 2_200, 3_300, 4_400];

export function createHost(node: string, around: Surroundings): Host {
  const { queue, wires, api, hosts } = around;
  /** Counts processes: what was begun for one that is gone does nothing. */
  let life = 0;
  let waiting: ProtocolEvent[] = [];
  let held = new Map<string, { readonly epoch: number; readonly life: number }>();
  /** Addresses that are bound: until when the kernel answers for them. */
  const bound = new Map<string, number>();
  let deadline = 0;
  let isWaking = false;
  let wakeAt = Number.POSITIVE_INFINITY;
  const looks = new Map<string, number | null>();

  const others = (): Host[] => [...hosts.values()].filter((other) => other.node !== node);
  const every = (ms: number, begin: number, run: () => void): void => {
    const mine = life;
    const again = (at: number): void =>
      queue.at(at, () => {
        if (mine !== life) return;
        if (host.state === "on") run();
        again(at + ms);
      });
    again(begin);
  };

  const host: Host = {
    node,
    mac: macOf(node),
    log: [],
    sent: { datagrams: 0 },
    asked: [],
    protocol: undefined,
    state: "off",
    hasLeft: false,
    start() {
      life += 1;
      const incarnation = (api.announcers.get(node)?.incarnation ?? 0) + 1;
      const recorded = api.announcers.get(node)?.recorded ?? [];
      api.announcers.set(node, { incarnation, recorded });
      host.protocol = createProtocol({ node, incarnation });
      host.state = "on";
      host.hasLeft = false;
      held = new Map();
      bound.clear();
      deadline = 0;
      waiting = [];
      isWaking = false;
      looks.clear();
      links();
      const phase = (node.charCodeAt(node.length - 1) * 137) % 900;
      every(renewMs, queue.now + phase / 9, renew);
      every(1_000, queue.now + 300 + phase, () => look());
      every(recordEveryMs, queue.now + 500 + phase, record);
      every(200, queue.now + 50 + phase / 9, watch);
    },
    kill() {
      life += 1;
      leaveBound();
      host.state = "off";
      host.protocol = undefined;
      held = new Map();
    },
    pause() {
      if (host.state !== "on") return;
      leaveBound();
      host.state = "paused";
    },
    resume() {
      if (host.state !== "paused") return;
      host.state = "on";
      // Requests that came in meanwhile are answered, or not, before the protocol has its turn.
      isWaking = true;
      const mine = life;
      queue.at(queue.now + wakingMs, () => {
        if (mine !== life || host.state !== "on") return;
        isWaking = false;
        const late = waiting;
        waiting = [];
        // The kernel has kept the first few: what happened since is not among them.
        for (const event of late.slice(0, 10)) host.tell(event);
        host.tell({ kind: "wake" });
      });
    },
    leave: () => host.tell({ kind: "leave" }),
    setLink(up) {
      if (up) wires.down.delete(node);
      else wires.down.add(node);
      if (host.protocol !== undefined) links();
    },
    tell(event) {
      if (host.state === "paused" || isWaking) waiting.push(event);
      if (host.state !== "on" || isWaking || host.protocol === undefined) return;
      perform(host.protocol.handle(event, queue.now, around.wall()));
      schedule();
    },
    answers: (address) =>
      (host.state === "on" && held.has(address) && queue.now < deadline) ||
      queue.now < (bound.get(address) ?? 0),
    holds: (address) => held.has(address),
  };

  /** What is bound stays for a while. */
  function leaveBound(): void {
    for (const address of held.keys())
      if (host.answers(address) && api.addresses.get(address)?.mode === "Bind")
        bound.set(address, queue.now + boundMs);
  }

  function links(): void {
    const up = !wires.down.has(node);
    host.tell({ kind: "links", links: [{ name: "eth0", mac: host.mac, up, ipv6: true }] });
  }

  function schedule(): void {
    const at = host.protocol?.wakeAt() ?? Number.POSITIVE_INFINITY;
    if (at >= wakeAt && wakeAt > queue.now) return;
    wakeAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    const mine = life;
    queue.at(at, () => {
      if (mine !== life || wakeAt !== at) return;
      wakeAt = Number.POSITIVE_INFINITY;
      if (host.state === "on") host.tell({ kind: "wake" });
    });
  }

  let lastWorld = "";
  function watch(): void {
    if (!api.reaches(node)) return;
    const world = api.worldFor(node);
    const text = `${life}${JSON.stringify(world)}`;
    if (text === lastWorld) return;
    lastWorld = text;
    const mine = life;
    queue.at(queue.now + worldDelayMs, () => {
      if (mine === life) host.tell({ kind: "world", world });
    });
  }

  function renew(): void {
    const at = queue.now;
    if (!api.reaches(node)) return;
    const lease = api.leases.get(node) ?? { renewals: 0 };
    api.leases.set(node, { renewals: lease.renewals + 1 });
    request();
    host.tell({ kind: "lease", node, renewedAt: at, durationMs: leaseMs });
  }

  function look(): void {
    if (!api.reaches(node)) return;
    request();
    for (const [other, seen] of looks) {
      const renewals = api.leases.get(other)?.renewals ?? -1;
      if (seen === renewals) continue;
      looks.set(other, renewals);
      const renewedAt = renewals < 0 ? undefined : queue.now;
      host.tell({ kind: "lease", node: other, renewedAt, durationMs: leaseMs });
    }
  }

  /** Whatever it is about. */
  function request(): void {
    const at = queue.now;
    const mine = life;
    if (!api.reaches(node)) return;
    queue.at(at + api.answerMs, () => {
      if (mine === life && api.reaches(node)) host.tell({ kind: "api-reached", at });
    });
  }

  function record(): void {
    const announcer = api.announcers.get(node);
    if (!api.reaches(node) || announcer === undefined || host.protocol === undefined) return;
    const { addresses, state } = host.protocol.view();
    if (state === "Listening" && addresses.length === 0) return;
    announcer.recorded = addresses
      .filter(({ epoch }) => epoch > 0)
      .map(({ address, epoch }) => ({ address, epoch }));
  }

  function perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          send(effect);
          break;
        case "probe":
          ask(effect.address);
          break;
        case "hold":
          hold(effect.address, effect.epoch);
          break;
        case "release":
          held.delete(effect.address);
          bound.delete(effect.address);
          break;
        case "answer-until":
          deadline = effect.deadline;
          break;
        case "leases-wanted":
          for (const other of looks.keys()) if (!effect.nodes.includes(other)) looks.delete(other);
          for (const other of effect.nodes) if (!looks.has(other)) looks.set(other, null);
          break;
        case "api-wanted":
          host.asked.push(queue.now);
          request();
          break;
        case "happened":
          host.log.push({ at: queue.now, text: effect.happening.message });
          break;
        case "left":
          host.hasLeft = true;
          break;
        case "changed":
          break;
      }
    }
  }

  function send({ heartbeat }: Extract<Effect, { kind: "send" }>): void {
    host.sent.datagrams += 1;
    for (const other of others()) {
      wires.carry(node, other.node, "network", () =>
        other.tell({ kind: "heard", heartbeat, path: { kind: "network" } }),
      );
      wires.carry(node, other.node, "wire", () =>
        other.tell({ kind: "heard", heartbeat, path: { kind: "segment", interface: "eth0" } }),
      );
    }
  }

  function ask(address: string): void {
    for (const other of others()) {
      wires.carry(node, other.node, "arp", () => {
        other.tell({ kind: "frame", address, interface: "eth0", mac: host.mac, what: "probe" });
        if (!other.answers(address)) return;
        wires.carry(other.node, node, "arp", () =>
          host.tell({ kind: "frame", address, interface: "eth0", mac: other.mac, what: "reply" }),
        );
      });
    }
  }

  function hold(address: string, epoch: number): void {
    const known = held.get(address);
    if (known?.epoch === epoch) return;
    const mine = { epoch, life };
    held.set(address, mine);
    for (const after of rounds) {
      const run = (): void => {
        if (held.get(address) === mine && host.answers(address)) announce(address);
      };
      if (after === 0) run();
      else queue.at(queue.now + after, run);
    }
  }

  function announce(address: string): void {
    around.announced(host, address);
    for (const other of others()) {
      wires.carry(node, other.node, "arp", () =>
        other.tell({ kind: "frame", address, interface: "eth0", mac: host.mac, what: "announcement" }),
      );
    }
  }

  return host;
}
