/** Notices that nodes of this cluster have another key: to the protocol they are silent, and nothing else would say why. Pure. */

export interface OtherKeys {
  /** A heartbeat that was sent to this very node did not bear a signature by one of its keys. */
  refused(nowMs: number): void;
}

/** A node sends five a second: one that is there is noticed, a single stray datagram is nothing. */
const enough = 20;
const withinMs = 10_000;
const sayAgainMs = 600_000;

export function createOtherKeys(onTrouble: (message: string) => void): OtherKeys {
  let count = 0;
  let since = Number.NEGATIVE_INFINITY;
  let saidAt = Number.NEGATIVE_INFINITY;
  return {
    refused(nowMs) {
      if (nowMs - since > withinMs) {
        since = nowMs;
        count = 0;
      }
      count += 1;
      if (count < enough || nowMs - saidAt < sayAgainMs) return;
      saidAt = nowMs;
      onTrouble(
        "Heartbeats come that are not signed with a key of this node: agents that do not share a key take each other for silent; is the key file the same on all nodes?",
      );
    },
  };
}
