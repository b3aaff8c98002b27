/** What this node is known to have and to do, as its parts have told, and what its `Announcer` says of it. */
import type {
  AnnouncedAddress,
  AnnouncerBgp,
  AnnouncerCapability,
  AnnouncerStatus,
} from "../api/announcer.ts";
import { announcerStatus } from "./announcer/status.ts";
import { arpIgnore } from "./linux/arp-ignore.ts";
import type { ProtocolView } from "./protocol/view.ts";
import { strictArp } from "./strict-arp.ts";
import type { FromThread, InterfaceReport } from "./thread/messages.ts";

export interface NodeState {
  readonly state: AnnouncerStatus["state"];
  readonly interfaces: readonly InterfaceReport[];
  readonly capabilities: readonly AnnouncerCapability[];
  readonly protocol: ProtocolView | undefined;
  readonly bgp: AnnouncerBgp | undefined;
  /** What a former process of this node announced: see `announcer/status.ts`. */
  readonly inherited: readonly AnnouncedAddress[];
  /** Takes what concerns it, and says whether anything did. */
  take(message: FromThread): boolean;
  /** What BGP is able to, and does. */
  setBgp(bgp: AnnouncerBgp | undefined, capabilities: readonly AnnouncerCapability[]): void;
  inherit(addresses: readonly AnnouncedAddress[]): void;
  leave(): void;
  status(incarnation: number, before: AnnouncerStatus | undefined): AnnouncerStatus;
}

export interface NodeStateOptions {
  readonly version: string;
  readonly heartbeatPort: number;
  /** Wall clock, ms. */
  readonly now: () => number;
}

export function createNodeState(o: NodeStateOptions): NodeState {
  let interfaces: readonly InterfaceReport[] | undefined;
  let ofThread: readonly AnnouncerCapability[] = [];
  let ofBgp: readonly AnnouncerCapability[] = [];
  let protocol: ProtocolView | undefined;
  let bgp: AnnouncerBgp | undefined;
  let inherited: readonly AnnouncedAddress[] = [];
  let leaving = false;

  const self: NodeState = {
    get state() {
      if (leaving) return "Leaving";
      return protocol?.state === "Ready" ? "Ready" : "Starting";
    },
    get interfaces() {
      return interfaces ?? [];
    },
    get capabilities() {
      return [...ofThread, ...strictArp(self.interfaces, arpIgnore), ...ofBgp];
    },
    get protocol() {
      return protocol;
    },
    get bgp() {
      return bgp;
    },
    get inherited() {
      return inherited;
    },
    take(message) {
      switch (message.kind) {
        case "started":
          ofThread = message.capabilities;
          return true;
        case "interfaces":
          ({ interfaces } = message);
          return true;
        case "view":
          protocol = message.view;
          return true;
        case "leases-wanted":
        case "api-wanted":
        case "happened":
        case "statistics":
        case "left":
          return false;
        default:
          return message satisfies never;
      }
    },
    setBgp(next, capabilities) {
      bgp = next;
      ofBgp = capabilities;
    },
    inherit(addresses) {
      inherited = addresses;
    },
    leave() {
      leaving = true;
      inherited = [];
    },
    status: (incarnation, before) =>
      announcerStatus(
        {
          ...o,
          incarnation,
          state: self.state,
          interfaces,
          capabilities: self.capabilities,
          addresses: protocol?.addresses ?? [],
          inherited,
          bgp,
        },
        before,
        o.now(),
      ),
  };
  return self;
}
