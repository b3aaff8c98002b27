/** What there is to announce, as the API server has it: made by `desire`, kept to by `protocol`. Plain data, for it crosses between threads. */

/** All of it. Every agent makes the same of the same objects, but for `node`. */
export interface World {
  /** UID of the namespace kube-system: heartbeats of other clusters on the same wire are not ours. */
  readonly cluster: string;
  /** The node that this agent runs on. */
  readonly node: string;
  readonly nodes: readonly WorldNode[];
  readonly addresses: readonly WorldAddress[];
}

/** A node that has an `Announcer`, this one among them. */
export interface WorldNode {
  readonly name: string;
  /** Where its heartbeats are to be sent over the node network: its InternalIPs, the first of each family. */
  readonly internalIPs: readonly string[];
  /** As its Announcer has it. A heartbeat of a lower one is of a process that is gone. */
  readonly incarnation: number;
  /** Hardware addresses of its interfaces, as its Announcer has them: lower case, with colons. Who answers with one of them is an agent's node. */
  readonly macs: readonly string[];
  /** What its Announcer records as announced by it, by address: where addresses stay after all agents were started at once. */
  readonly recorded: readonly RecordedClaim[];
}

export interface RecordedClaim {
  readonly address: string;
  /** Milliseconds since 1970, or more: see the protocol. */
  readonly epoch: number;
}

export interface WorldAddress {
  /** In canonical form (RFC 5952). */
  readonly address: string;
  readonly mode: Layer2Mode;
  /** Which nodes may announce it, as far as the API server knows; whether their links are up is theirs to say. */
  readonly candidates: readonly Candidate[];
}

/** `Respond`: answer for it from a raw socket. `Bind`: put it on the interface, behind a guard. */
export type Layer2Mode = "Respond" | "Bind";

export interface Candidate {
  readonly node: string;
  /** Names of interfaces on which it is announced there; undefined: on all that are not skipped, for none is in the network of the address. */
  readonly interfaces: readonly string[] | undefined;
  /** Higher comes first, before the load is looked at: the sum of the weights of `preferredNodeSelectors` that select it. 0 to 3200. */
  readonly preference: number;
}
