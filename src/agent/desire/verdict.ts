/** Whether a node may announce an address, and why: the words that `fairlead explain` shows. */
import type { Candidate } from "../world.ts";

/** Why nobody may announce an address, or that somebody may. */
export type AddressWord =
  | "Advertised"
  /** The pool was deleted: it goes on as before. */
  | "PoolGone"
  /** No advertisement selects the pool, and `advertise` of the pool does not count or says None. */
  | "PoolNotAdvertised"
  /** Advertisements select the pool, and none of them the Service. */
  | "ServiceNotSelected"
  /** Advertisements select some of the Services that share the address, and not all. */
  | "PartlySelected"
  /** Every node is kept out by something. */
  | "NoFitNode"
  /** `externalTrafficPolicy: Local`, and no endpoint takes traffic anywhere. */
  | "NoEndpoints";

export type NodeWord =
  | "MayAnnounce"
  /** It is about to go, and no other node may announce the address. */
  | "LastResort"
  | "NoAgent"
  | "NodeGone"
  | "NotSelected"
  /** No advertisement names interfaces for it, and other nodes have one in the network of the address. */
  | "NotOnLink"
  | "ExcludedByLabel"
  | "NetworkUnavailable"
  | "Draining"
  | "NoLocalEndpoint"
  /** Its endpoints are all about to go, and another node has ready ones. */
  | "EndpointsTerminating";

/** One node, for one address. */
export interface NodeVerdict {
  readonly node: string;
  readonly word: NodeWord;
  /** As it follows "node x ". */
  readonly why: string;
  /** Undefined: it may not. */
  readonly candidate: Candidate | undefined;
}

/** One address: who may announce it, and for everybody else why not. */
export interface AddressVerdict {
  readonly address: string;
  readonly word: AddressWord;
  /** A sentence for people. */
  readonly message: string;
  /** Names of the advertisements that count, sorted. Empty where the pool is advertised by its own `advertise`. */
  readonly advertisements: readonly string[];
  /** By name of the node. Empty where no node was asked, because nobody may. */
  readonly nodes: readonly NodeVerdict[];
}
