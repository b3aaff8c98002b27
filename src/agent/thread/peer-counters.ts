/** How many heartbeats of each peer came, and how many did not. Pure. */
import type { PeerStatistics } from "./messages.ts";

export interface PeerCounters {
  /** A heartbeat came; the same may come on several paths. */
  heard(
    heartbeat: { readonly node: string; readonly incarnation: number; readonly sequence: number },
    now: number,
  ): void;
  keepOnly(nodes: ReadonlySet<string>): void;
  all(): PeerStatistics[];
}

/**
 * More missing in a row are not counted as lost, one by one: the peer was not meant to be heard (it sends to its watchers, and to others
 * only now and then), or the path was cut, which is another matter. 5 s of heartbeats.
 */
const longestGap = 25;

interface Peer {
  incarnation: number;
  newest: number;
  heard: number;
  missed: number;
  lastHeardAt: number;
}

export function createPeerCounters(): PeerCounters {
  const peers = new Map<string, Peer>();
  return {
    heard({ node, incarnation, sequence }, now) {
      const peer = peers.get(node);
      if (peer === undefined) {
        peers.set(node, { incarnation, newest: sequence, heard: 1, missed: 0, lastHeardAt: now });
        return;
      }
      peer.lastHeardAt = now;
      const gap = incarnation === peer.incarnation ? sequence - peer.newest - 1 : 0;
      // It has come on another path already, or is late, and then counts as missed.
      if (gap < 0) return;
      peer.heard += 1;
      if (gap <= longestGap) peer.missed += gap;
      peer.incarnation = incarnation;
      peer.newest = sequence;
    },
    keepOnly(nodes) {
      for (const node of peers.keys()) if (!nodes.has(node)) peers.delete(node);
    },
    all: () =>
      [...peers].map(([node, { heard, missed, lastHeardAt }]) => ({ node, heard, missed, lastHeardAt })),
  };
}
