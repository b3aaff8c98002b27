/** What one agent tells the others, in one datagram. How it becomes bytes is not said here; how long it may get is: see `heartbeat-size.ts`. */

export interface Heartbeat {
  /** UID of the namespace kube-system. */
  readonly cluster: string;
  readonly node: string;
  readonly incarnation: number;
  /** Grows by one with each datagram of an incarnation, from 1. */
  readonly sequence: number;
  readonly state: AgentState;
  /** Milliseconds since the API server was last reached; undefined: not yet by this process. */
  readonly apiAgeMs: number | undefined;
  readonly segments: readonly Segment[];
  readonly claims: ClaimNews;
  /** Nodes that this one has not heard for 600 ms and means to replace. Whoever hears them objects. */
  readonly silent: readonly string[];
  /** Nodes that somebody calls silent and this one hears. */
  readonly alive: readonly string[];
  /** Nodes of whose claims this one lacks some. Whoever is named sends all of its own. */
  readonly asks: readonly string[];
  /** Addresses that a blind node claims, and that are no more, says the API server. */
  readonly gone: readonly string[];
  /** Addresses that this node would announce if no foreign machine had them. */
  readonly inUse: readonly string[];
}

/**
 * `Listening`: it answers for nothing: it has just started, was paused, or is fenced. What it claims it may soon answer for again.
 * `Leaving`: gets nothing new.
 */
export type AgentState = "Listening" | "Ready" | "Leaving";

/** An interface on which its node announces addresses or could. */
export interface Segment {
  readonly name: string;
  /** Lower case, with colons. */
  readonly mac: string;
  readonly up: boolean;
  /** It had a carrier since its agent began, and has it no more: on it clients miss what its node announces. */
  readonly lost: boolean;
  /** Whether addresses of IPv6 can be announced on it. */
  readonly ipv6: boolean;
  /** How many other nodes were heard on it within 600 ms. */
  readonly hears: number;
}

/**
 * A stretch of the log of a node's claims, which is numbered by version. Who has everything up to `from` has everything up to `to` after it.
 * What stood in the log after `from` and up to `to` and is not in `claimed` is not in force any more, or has moved to a later version.
 */
export interface ClaimNews {
  readonly from: number;
  readonly to: number;
  /** The newest version that there is: `to`, or more if the rest is in other datagrams. */
  readonly newest: number;
  /** By version. */
  readonly claimed: readonly ClaimEntry[];
  readonly withdrawn: readonly WithdrawnEntry[];
}

export interface ClaimEntry extends Claim {
  /** Of the log: when this claim was last changed. */
  readonly version: number;
  /** The node that is to take it. */
  readonly offeredTo: string | undefined;
}

export interface WithdrawnEntry {
  readonly version: number;
  readonly address: string;
}

/** "I announce this address." */
export interface Claim {
  /** In canonical form (RFC 5952). */
  readonly address: string;
  /** Of two claims the higher wins. Milliseconds since 1970, or more; at most `highestEpoch`. */
  readonly epoch: number;
}

/** No clock comes near it. Who has to claim over it claims no higher. */
export const highestEpoch = 2 ** 52;
/** What an `Announcer` records above it counts as not recorded: anybody with one node's rights can write that, and every claim would have to be higher. */
export const highestRecordedEpoch = 2 ** 51;
