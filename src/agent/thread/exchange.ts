/** Heartbeats out and in: from what the protocol says to datagrams, and from datagrams to what it is told. Synchronous. */
import { UnreadableError } from "../heartbeat/byte-reader.ts";
import { decodeHeartbeat, encodeHeartbeat } from "../heartbeat/codec.ts";
import { createReplayWindow } from "../heartbeat/replay-window.ts";
import { createSeal } from "../heartbeat/seal.ts";
import { watchersOf } from "../heartbeat/watchers.ts";
import type { Path } from "../protocol/events.ts";
import type { Heartbeat } from "../protocol/heartbeat-message.ts";
import type { World } from "../world.ts";
import type { HeartbeatKeys, HeartbeatStatistics, PeerStatistics } from "./messages.ts";
import { createOtherKeys } from "./other-keys.ts";
import { createPeerCounters } from "./peer-counters.ts";
import type { Transport } from "./transport.ts";

export interface Exchange {
  setKeys(keys: HeartbeatKeys): void;
  /** Whom heartbeats are sent to, and where those are. */
  setWorld(world: World): void;
  /** On every segment, to this node's watchers, and to the nodes in `also`. */
  send(heartbeat: Heartbeat, also: readonly string[]): void;
  /** Reads what is there. `heard` gets what is genuine, of this cluster, and new on its path. */
  receive(fd: number, now: number, heard: (heartbeat: Heartbeat, path: Path) => void): void;
  statistics(): { readonly heartbeats: HeartbeatStatistics; readonly peers: readonly PeerStatistics[] };
}

export interface ExchangeOptions {
  readonly node: string;
  readonly keys: HeartbeatKeys;
  readonly transport: Transport;
  /** What is to be told to people. */
  readonly onTrouble: (message: string) => void;
}

export function createExchange({ node, keys, transport, onTrouble }: ExchangeOptions): Exchange {
  const replay = createReplayWindow();
  const counters = createPeerCounters();
  const refused: Record<string, number> = {};
  let seal = createSeal(keys);
  let cluster: string | undefined;
  let addresses: ReadonlyMap<string, readonly string[]> = new Map();
  let watchers: readonly string[] = [];
  let sent = 0;
  let received = 0;
  let canNotWrite = false;
  const otherKeys = createOtherKeys(onTrouble);

  const refuse = (why: string): undefined => {
    refused[why] = (refused[why] ?? 0) + 1;
    return undefined;
  };
  const open = (datagram: Uint8Array, path: Path, now: number): Heartbeat | undefined => {
    const opened = seal.open(datagram, path.kind);
    if ("refused" in opened) {
      // By multicast there may be another cluster's.
      if (opened.refused === "bad-signature" && path.kind === "network") otherKeys.refused(now);
      return refuse(opened.refused);
    }
    try {
      return decodeHeartbeat(opened.body);
    } catch (error) {
      if (error instanceof UnreadableError) return refuse("unreadable");
      throw error;
    }
  };
  /** What can't be written is as good as lost, and no reason to end. */
  const write = (heartbeat: Heartbeat): Uint8Array | undefined => {
    try {
      const body = encodeHeartbeat(heartbeat);
      canNotWrite = false;
      return body;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      if (!canNotWrite) onTrouble(`Cannot send a heartbeat: ${error.message}`);
      canNotWrite = true;
      return undefined;
    }
  };
  const take = (datagram: Uint8Array, path: Path, now: number): Heartbeat | undefined => {
    received += 1;
    const heartbeat = open(datagram, path, now);
    if (heartbeat === undefined) return undefined;
    // Two interfaces of this node are on one wire.
    if (heartbeat.node === node) return refuse("own");
    if (heartbeat.cluster !== cluster) return refuse(cluster === undefined ? "too-early" : "other-cluster");
    const way = path.kind === "network" ? "network" : `segment ${path.interface}`;
    if (!replay.isNew(heartbeat, way, heartbeat.sequence)) return refuse("replayed");
    counters.heard(heartbeat, now);
    return heartbeat;
  };

  return {
    setKeys(next) {
      seal = createSeal(next);
    },
    setWorld(world) {
      const before = [...addresses.keys()];
      cluster = world.cluster;
      addresses = new Map(world.nodes.map(({ name, internalIPs }) => [name, internalIPs]));
      const names = [...addresses.keys()];
      if (names.length === before.length && names.every((name, index) => name === before[index])) return;
      watchers = watchersOf(node, names);
      replay.keepOnly(new Set(names));
      counters.keepOnly(new Set(names));
    },
    send(heartbeat, also) {
      const body = write(heartbeat);
      if (body === undefined) return;
      transport.sendToSegments(seal.seal(body, "segment"));
      const datagram = seal.seal(body, "network");
      for (const other of new Set([...watchers, ...also]))
        if (other !== node) transport.sendToNode(addresses.get(other) ?? [], datagram);
      sent += 1;
    },
    receive(fd, now, heard) {
      transport.receive(fd, (datagram, path) => {
        const heartbeat = take(datagram, path, now);
        if (heartbeat !== undefined) heard(heartbeat, path);
      });
    },
    statistics: () => ({
      heartbeats: { sent, received, refused: { ...refused } },
      peers: counters.all(),
    }),
  };
}
