/** What comes in: answers to who asks for a held address, and word of others who use an address. */
import { macText } from "../linux/address-bytes.ts";
import type { Link } from "../linux/link.ts";
import { answerFrame } from "./frames.ts";
import type { Packet } from "./packet.ts";
import type { SeenFrame } from "./types.ts";
import type { Wanted } from "./wanted.ts";
import type { Wire } from "./wire.ts";

export interface ResponderOptions {
  readonly wanted: Wanted;
  /** Whether a hardware address is of this node. */
  readonly isOwn: (mac: string) => boolean;
  /** Whether the kernel answers for the address there. */
  readonly isBound: (address: string, link: Link) => boolean;
  /** Sends, if this may be; whether it was sent. */
  readonly speak: (wire: Wire, frame: Uint8Array) => boolean;
  readonly onFrame: (frame: SeenFrame) => void;
}

export function createResponder(o: ResponderOptions): (wire: Wire, packet: Packet) => void {
  function answer(wire: Wire, target: string, mac: Uint8Array, asker: string | undefined): void {
    const { link } = wire;
    if (o.wanted.heldOn(target, link) === undefined) return;
    // An answer to a group would turn one frame into many.
    if (((mac[0] ?? 1) & 1) === 1) return;
    const counts = o.wanted.counts(target, link.name);
    counts.requests += 1;
    if (o.isBound(target, link)) return;
    if (o.speak(wire, answerFrame(link.mac, target, { mac, address: asker }))) counts.answers += 1;
  }

  function tell(link: Link, address: string, mac: string, what: SeenFrame["what"]): void {
    if (o.wanted.knows(address)) o.onFrame({ address, interface: link.name, mac, what });
  }

  return (wire, packet) => {
    const { link } = wire;
    const bytes = packet.kind === "claim" ? packet.mac : packet.askerMac;
    const mac = macText(bytes);
    // Two interfaces of this node are on one wire.
    if (o.isOwn(mac)) return;
    if (packet.kind === "claim") {
      tell(link, packet.address, mac, packet.solicited ? "reply" : "announcement");
      return;
    }
    if (packet.asker === undefined) tell(link, packet.target, mac, "probe");
    else tell(link, packet.asker, mac, "announcement");
    answer(wire, packet.target, bytes, packet.asker);
  };
}
