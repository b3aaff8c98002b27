/** How long heartbeats may get as bytes, so that none is broken into fragments. */
import type { ClaimEntry, Heartbeat, Segment, WithdrawnEntry } from "./heartbeat-message.ts";

/** With its signature. An Ethernet frame has room for 1,452 bytes of UDP over IPv6. */
export const maximumDatagramBytes = 1_400;
/** What the encoding may need besides: frame, versions, lengths of lists, key, signature. */
const frameBytes = 120;

/**
 * No fewer bytes than the encoding takes: two and its characters for a text (all are ASCII), 8 for a number, 1 for a word out of a list or a
 * truth value.
 */
export function estimateBytes(heartbeat: Heartbeat): number {
  const { cluster, node, segments, claims, silent, alive, asks, gone, inUse } = heartbeat;
  return (
    frameBytes +
    textBytes(cluster) +
    textBytes(node) +
    sum(segments, segmentBytes) +
    sum(claims.claimed, claimBytes) +
    sum(claims.withdrawn, withdrawnBytes) +
    [silent, alive, asks, gone, inUse].reduce((total, texts) => total + sum(texts, textBytes), 0)
  );
}

export function textBytes(text: string): number {
  return 2 + text.length;
}

export function segmentBytes({ name, mac }: Segment): number {
  return textBytes(name) + textBytes(mac) + 10;
}

export function claimBytes({ address, offeredTo }: ClaimEntry): number {
  return textBytes(address) + 16 + 1 + (offeredTo === undefined ? 0 : textBytes(offeredTo));
}

export function withdrawnBytes({ address }: WithdrawnEntry): number {
  return textBytes(address) + 8;
}

function sum<T>(items: readonly T[], bytes: (item: T) => number): number {
  return items.reduce((total, item) => total + bytes(item), 0);
}
