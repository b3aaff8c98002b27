/** Takes no datagram twice, and none that is much older than another of the same sender: RFC 4303 §3.4.3. */

/** What is older than the newest by more than this is not taken, for nobody remembers whether it came before. */
const width = 64;

export interface ReplayWindow {
  /**
   * Whether it is new. Says so once for each: a datagram that comes again, the same way, is old.
   * @param sequence grows with each datagram of an incarnation
   */
  isNew(
    from: { readonly node: string; readonly incarnation: number },
    way: string,
    sequence: number,
  ): boolean;
  /** Forgets nodes that are not among these. */
  keepOnly(nodes: ReadonlySet<string>): void;
}

interface Sender {
  incarnation: number;
  /** Over all ways. */
  newest: number;
  /** By way: which of the numbers below its newest were seen, the newest as lowest bit. */
  readonly seen: Map<string, { newest: number; bits: bigint }>;
}

const all = (1n << BigInt(width)) - 1n;

export function createReplayWindow(): ReplayWindow {
  const senders = new Map<string, Sender>();
  return {
    isNew({ node, incarnation }, way, sequence) {
      let sender = senders.get(node);
      if (sender === undefined || incarnation > sender.incarnation) {
        sender = { incarnation, newest: sequence, seen: new Map() };
        senders.set(node, sender);
      }
      // What one way has brought is old on the others too: who records it on one wire can't play it late on another.
      if (incarnation < sender.incarnation || sequence <= sender.newest - width) return false;
      sender.newest = Math.max(sender.newest, sequence);
      const seen = sender.seen.get(way);
      if (seen === undefined) {
        sender.seen.set(way, { newest: sequence, bits: 1n });
        return true;
      }
      if (sequence > seen.newest) {
        const ahead = sequence - seen.newest;
        seen.bits = ahead >= width ? 1n : ((seen.bits << BigInt(ahead)) & all) | 1n;
        seen.newest = sequence;
        return true;
      }
      const bit = 1n << BigInt(seen.newest - sequence);
      if (seen.newest - sequence >= width || (seen.bits & bit) !== 0n) return false;
      seen.bits |= bit;
      return true;
    },
    keepOnly(nodes) {
      for (const node of senders.keys()) if (!nodes.has(node)) senders.delete(node);
    },
  };
}
