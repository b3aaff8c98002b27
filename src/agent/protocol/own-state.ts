/** What one address is to this node: see the states in docs/design/agents.md. */
import type { AddressReason } from "./view.ts";

export type OwnState = None | Waiting | Probing | Holding | Conflict | Blocked;

/** Another node has it, or this one may not. */
export interface None {
  readonly at: "none";
}

/** Nobody answers for it; nodes that come earlier in the order have their turn. */
export interface Waiting {
  readonly at: "waiting";
  /** Since when nobody has. */
  readonly since: number;
}

export interface Probing {
  readonly at: "probing";
  readonly begunAt: number;
  readonly since: number;
  readonly isFirstUse: boolean;
  /** Requests sent, and when the last was. */
  sent: number;
  sentAt: number;
  /** How often it began anew because frames were lost. */
  readonly repeats: number;
  /** An agent's node that is not expected to answer did. */
  answeredBy: string | undefined;
  /** What the last probe found, if a foreign machine had it. */
  readonly again: Conflict | undefined;
  /** What the last probe found, if its silent holder answered. */
  readonly blocked: Blocked | undefined;
}

/** This node claims it. */
export interface Holding {
  readonly at: "holding";
  readonly epoch: number;
  readonly claimedAt: number;
  /** Milliseconds since 1970: when this state, or the offer, began. */
  sinceWall: number;
  readonly reason: AddressReason;
  readonly message: string;
  /** Interfaces on which it was last told to be answered for. */
  interfaces: readonly string[];
  /** Somebody else is to have it. */
  offer: Offer | undefined;
  /** Nodes that did not take it, and when that was. */
  readonly refused: Map<string, number>;
  /** A foreign machine's frame was seen: whose was told and when, and when the last of any was seen. */
  foreign: { readonly mac: string; readonly toldAt: number; readonly at: number } | undefined;
  /** A higher claim that the API server tells of, and the questions sent because of it. */
  doubt: Doubt | undefined;
  /** The lower claim that this one was last raised over. */
  raisedOver: string | undefined;
}

export interface Doubt {
  readonly node: string;
  readonly epoch: number;
  readonly at: number;
  sent: number;
}

export interface Offer {
  readonly why: OfferReason;
  /** undefined: there is nobody fit. */
  readonly to: string | undefined;
  readonly at: number;
}

export type OfferReason = "Leaving" | "NotFit" | "Blind" | "LinkLost" | "Rebalancing";

/** A foreign machine answers for it. */
export interface Conflict {
  readonly at: "conflict";
  readonly mac: string;
  readonly probeAt: number;
  readonly sinceWall: number;
  readonly since: number;
}

/** Its silent holder answers the probe, or another agent's node does. */
export interface Blocked {
  readonly at: "blocked";
  readonly by: string;
  /** When it is asked for again. */
  readonly until: number;
  /** Probes in a row that nobody has answered since `by` did. */
  readonly unanswered: number;
}

export const none: None = { at: "none" };
