/** What happens to an agent, as the protocol sees it. Plain data. All times are milliseconds of CLOCK_BOOTTIME. */
import type { World } from "../world.ts";
import type { Heartbeat } from "./heartbeat-message.ts";

export type ProtocolEvent =
  /** Replaces the one before. */
  | { readonly kind: "world"; readonly world: World }
  /** All interfaces, whenever one has changed. Replaces those before. */
  | { readonly kind: "links"; readonly links: readonly ProtocolLink[] }
  /** A verified heartbeat that this path has not brought before. Own ones do no harm. */
  | { readonly kind: "heard"; readonly heartbeat: Heartbeat; readonly path: Path }
  /** Somebody's frame about an address that is held or probed for: see `SeenFrame` of layer 2. */
  | {
      readonly kind: "frame";
      readonly address: string;
      readonly interface: string;
      readonly mac: string;
      readonly what: "reply" | "announcement" | "probe";
    }
  /** The API server answered a request that was sent at `at`. At least every 4 s while it can be reached. */
  | { readonly kind: "api-reached"; readonly at: number }
  /**
   * A Lease. Own: its renewal was confirmed, and was sent at `renewedAt`. Of a node in `leases-wanted`: it was seen for the first time, or to
   * have changed; undefined: there is none, or it was given back.
   */
  | {
      readonly kind: "lease";
      readonly node: string;
      readonly renewedAt: number | undefined;
      readonly durationMs: number;
    }
  /** This node goes: everything is handed over. Answered with the effect `left`. */
  | { readonly kind: "leave" }
  /**
   * `wakeAt()` is reached, or any time: it does what is due. Every frame that came before `framesUntil` has been told; undefined: all.
   * A probe is answered by nobody only once that is after its end. `framesLost`: of those that came since the last `wake` some could not be
   * told; default: none. Every heartbeat that came before `heardUntil` has been told; undefined: all.
   */
  | {
      readonly kind: "wake";
      readonly framesUntil?: number;
      readonly framesLost?: boolean;
      readonly heardUntil?: number;
    };

/** `Link` of `linux`, as far as the protocol looks at it. */
export interface ProtocolLink {
  readonly name: string;
  readonly mac: string;
  /** Set up, and with a carrier. */
  readonly up: boolean;
  /** Why nothing is announced on it; absent: it may be. */
  readonly skipped?: string;
  readonly ipv6: boolean;
  /** Addresses that are the node's own: see `Link`. */
  readonly own?: readonly string[];
}

/** How a heartbeat came: over the node network, or by multicast on an interface of this node. */
export type Path = { readonly kind: "network" } | { readonly kind: "segment"; readonly interface: string };
