/** What the protocol wants done. To be done in the order given, each before the next: a claim goes out after its first announcement, not before. */
import type { Layer2Mode } from "../world.ts";
import type { Heartbeat } from "./heartbeat-message.ts";

export type Effect =
  /** To be sent on every segment, to this node's watchers over the node network, and to the nodes in `also`. That a path fails is no matter. */
  | { readonly kind: "send"; readonly heartbeat: Heartbeat; readonly also: readonly string[] }
  /** One request on each of these interfaces, now. */
  | { readonly kind: "probe"; readonly address: string; readonly interfaces: readonly string[] }
  /** Answer for the address and announce it, the first frame in this turn. Said again when the interfaces change. */
  | {
      readonly kind: "hold";
      readonly address: string;
      readonly mode: Layer2Mode;
      readonly interfaces: readonly string[];
      readonly epoch: number;
    }
  | { readonly kind: "release"; readonly address: string }
  /**
   * Until when frames may be sent for held addresses, announcements too. To be applied before anything else of the same turn may send
   * a frame: with the event `links` before layer 2 hears of the links.
   */
  | { readonly kind: "answer-until"; readonly deadline: number }
  /** Whose Leases are to be looked at. Replaces the list before. */
  | { readonly kind: "leases-wanted"; readonly nodes: readonly string[] }
  /** The API server is to be asked something small, at once: `api-reached` follows if it answers. */
  | { readonly kind: "api-wanted" }
  /** `view()` has changed. At most once in a turn, and the last. */
  | { readonly kind: "changed" }
  /** For the log and for Events. */
  | { readonly kind: "happened"; readonly happening: ProtocolHappening }
  /** After `leave`: nothing is held any more, or nobody has taken the rest within 3 s. Whoever wants may stop now. */
  | { readonly kind: "left" };

export interface ProtocolHappening {
  readonly level: "info" | "warn";
  readonly reason:
    | "Placed"
    | "TookOver"
    | "TakenBack"
    | "HandedOver"
    | "Yielded"
    | "Released"
    | "AddressInUse"
    | "AnsweredByNode"
    | "HolderSilent"
    | "LinkLost"
    | "Paused"
    | "Fenced"
    | "Blind"
    | "Sighted"
    | "LeftWithoutTaker"
    | "RecordIgnored";
  readonly message: string;
  readonly address?: string;
}
