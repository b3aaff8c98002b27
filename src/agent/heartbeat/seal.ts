/** Datagrams that only those who have the key can have written: HMAC-SHA-256 (RFC 2104) over all that goes before it. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";

/** Which way a datagram was sent: one that was sent one way is not taken when it comes the other. */
export type Way = "network" | "segment";

export interface Seal {
  /** The body with its head and its tag. */
  seal(body: Uint8Array, way: Way): Uint8Array;
  open(datagram: Uint8Array, way: Way): Opened;
}

export type Opened =
  | { readonly body: Uint8Array }
  | { readonly refused: "not-a-heartbeat" | "other-version" | "other-way" | "bad-signature" };

const magic = [0x46, 0x4c, 0x48]; // FLH
const version = 1;
const headBytes = 5;
const tagBytes = 32;
/** What sealing adds to a body. */
export const sealBytes = headBytes + tagBytes;
const ways: Readonly<Record<Way, number>> = { network: 0, segment: 1 };

/**
 * @param keys The first signs, all verify. "insecure": the tag is all zeros and not looked at; those with a key do not take such
 * datagrams, but these take theirs.
 */
export function createSeal(keys: readonly Uint8Array[] | "insecure"): Seal {
  // As bytes, each use of a key would cost as much again as the tag.
  const objects = keys === "insecure" ? [] : keys.map((key) => createSecretKey(key));
  const [signing] = objects;
  if (keys !== "insecure" && signing === undefined) throw new Error("No key to sign heartbeats with");

  const isGenuine = (signed: Uint8Array, tag: Uint8Array) =>
    keys === "insecure" || objects.some((key) => timingSafeEqual(tagOf(signed, key), tag));
  return {
    seal(body, way) {
      const datagram = new Uint8Array(sealBytes + body.length);
      datagram.set([...magic, version, ways[way]]);
      datagram.set(body, headBytes);
      const end = headBytes + body.length;
      if (signing !== undefined) datagram.set(tagOf(datagram.subarray(0, end), signing), end);
      return datagram;
    },
    open(datagram, way) {
      if (datagram.length < sealBytes || magic.some((byte, index) => datagram[index] !== byte))
        return { refused: "not-a-heartbeat" };
      if (datagram[3] !== version) return { refused: "other-version" };
      const end = datagram.length - tagBytes;
      if (!isGenuine(datagram.subarray(0, end), datagram.subarray(end))) return { refused: "bad-signature" };
      if (datagram[4] !== ways[way]) return { refused: "other-way" };
      return { body: datagram.subarray(headBytes, end) };
    },
  };
}

function tagOf(signed: Uint8Array, key: KeyObject): Uint8Array {
  return createHmac("sha256", key).update(signed).digest();
}
