/** What the main thread and the network thread tell each other. Plain data: it is copied from one to the other. */
import type { AddressView, ProtocolView } from "../protocol/view.ts";
import type { World } from "../world.ts";

/** Given to the network thread when it starts. */
export interface ThreadSettings {
  readonly node: string;
  /** As this node's `Announcer` has it by now: it has been written there before the first heartbeat goes out. */
  readonly incarnation: number;
  /** UDP port of heartbeats, the same on all nodes. */
  readonly heartbeatPort: number;
  /** See `ToThread`, "keys". */
  readonly keys: HeartbeatKeys;
  /** Regular expressions of names of interfaces that are left alone. undefined: the usual list. */
  readonly skipInterfaces: readonly string[] | undefined;
}

/** The first signs, all verify. "insecure": heartbeats are neither signed nor verified. */
export type HeartbeatKeys = readonly Uint8Array[] | "insecure";

/** Times are milliseconds of CLOCK_BOOTTIME, as `NetworkThread.now()` gives them. */
export type ToThread =
  /** Replaces the one before. */
  | { readonly kind: "world"; readonly world: World }
  | { readonly kind: "keys"; readonly keys: HeartbeatKeys }
  /** The API server has answered a request that was sent at `at`. At least every 4 s while it can be reached. */
  | { readonly kind: "api-reached"; readonly at: number }
  | { readonly kind: "lease"; readonly lease: LeaseSeen }
  /** This node goes: hand everything over. Answered with "left". */
  | { readonly kind: "leave" }
  /** Answered with the same number. */
  | { readonly kind: "statistics"; readonly request: number };

/** A Lease of an agent, as it was last seen to change. */
export interface LeaseSeen {
  readonly node: string;
  /** Own Lease: when the confirmed renewal was sent. Others: when the change was seen. undefined: there is none any more. */
  readonly renewedAt: number | undefined;
  readonly durationMs: number;
}

export type FromThread =
  /** Sockets are open. Always the first. */
  | { readonly kind: "started"; readonly capabilities: readonly CapabilityReport[] }
  /** All interfaces, whenever one has changed. */
  | { readonly kind: "interfaces"; readonly interfaces: readonly InterfaceReport[] }
  /** What this node holds and whom it hears, whenever it has changed. */
  | { readonly kind: "view"; readonly view: ProtocolView }
  /** Whose Leases are to be looked at from now on, and no others: what is seen comes back as "lease". */
  | { readonly kind: "leases-wanted"; readonly nodes: readonly string[] }
  /** The API server is to be asked something small, at once: what it answers comes back as "api-reached". */
  | { readonly kind: "api-wanted" }
  /** Worth an Event or a line in the log: all of a turn, in their order. */
  | { readonly kind: "happened"; readonly happenings: readonly Happening[] }
  | { readonly kind: "statistics"; readonly request: number; readonly statistics: Statistics }
  /** After "leave": nothing is held any more. */
  | { readonly kind: "left" };

export interface CapabilityReport {
  /** `RawSockets`: answer for addresses at all; `BindAddresses`: pools with `layer2Mode: Bind`. */
  readonly name: "RawSockets" | "BindAddresses";
  readonly available: boolean;
  /** What is missing, and what needs it. */
  readonly message?: string;
}

export interface InterfaceReport {
  readonly name: string;
  readonly index: number;
  readonly mac: string;
  readonly up: boolean;
  /** See `Link`. */
  readonly networks: readonly string[];
  /** Why it is left alone. */
  readonly skipped?: string;
}

export type AddressReport = AddressView;

export interface Happening {
  readonly level: "info" | "warn";
  /** One word in CamelCase: those of `ProtocolHappening`, and `Trouble` with what the kernel refused. */
  readonly reason: string;
  readonly message: string;
  /** The address that it is about, if it is about one. */
  readonly address?: string;
}

/** Counted since the thread started; of an address, since it was first held or asked for. */
export interface Statistics {
  readonly heartbeats: HeartbeatStatistics;
  readonly peers: readonly PeerStatistics[];
  readonly addresses: readonly AddressStatistics[];
  /** Longest that a turn of the loop took, or began after it was due, since statistics were last asked for. */
  readonly lagMs: number;
  /** Of the thread's JavaScript heap. */
  readonly heapBytes: number;
}

export interface HeartbeatStatistics {
  readonly sent: number;
  readonly received: number;
  /** Datagrams that were not taken, by why. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface PeerStatistics {
  readonly node: string;
  /** Heartbeats that were heard, and those that must have been sent in between, by their numbers. */
  readonly heard: number;
  readonly missed: number;
  /** CLOCK_BOOTTIME, milliseconds. */
  readonly lastHeardAt: number;
}

export interface AddressStatistics {
  readonly address: string;
  readonly interface: string;
  readonly requests: number;
  readonly answers: number;
  readonly announcements: number;
}
