/** What can be said of the protocol's state from outside. */
import type { Layer2Mode } from "../world.ts";
import type { AgentState } from "./heartbeat-message.ts";

export interface ProtocolView {
  readonly state: AgentState;
  /** Addresses that this node has to do with, by address. */
  readonly addresses: readonly AddressView[];
  /** Nodes heard within 600 ms, by name. */
  readonly heard: readonly string[];
  readonly blind: boolean;
}

export interface AddressView {
  readonly address: string;
  readonly state: "Announcing" | "Offering" | "Probing" | "Conflict";
  readonly mode: Layer2Mode;
  readonly epoch: number;
  readonly interfaces: readonly string[];
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly reason: AddressReason;
  /** The same for people. */
  readonly message: string;
  /** Who else, that is no agent, answers for it. */
  readonly foreignMac?: string;
}

export type AddressReason =
  /** Nobody had it, and this node was first in the order. */
  | "Placed"
  /** Recorded in this node's `Announcer` when the agents started. */
  | "Recalled"
  /** Its holder was gone. */
  | "TookOver"
  /** Its holder offered it. */
  | "HandedOver"
  /** This node offers it: it leaves. */
  | "Leaving"
  /** This node offers it: it may not announce it any more. */
  | "NotFit"
  /** This node offers it: it does not reach the API server, and others do. */
  | "Blind"
  /** This node offers it: an interface on which it is announced has lost its carrier, and another node has all of its own. */
  | "LinkLost"
  /** This node offers it: it has more than its share, or another is preferred. */
  | "Rebalancing"
  /** A machine that is no agent has it. */
  | "AddressInUse"
  /** The node of another agent answers for it, and nobody claims it. */
  | "AnsweredByNode";
