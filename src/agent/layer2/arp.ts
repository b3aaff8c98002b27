/** ARP over Ethernet (RFC 826, RFC 5227): frames from and to bytes. */
import { addressBytes, addressText } from "../linux/address-bytes.ts";
import { ETH_P_ARP } from "../linux/packet-socket.ts";
import { type Asker, BROADCAST, newFrame, type Packet } from "./packet.ts";

const at = {
  header: 14,
  operation: 20,
  senderMac: 22,
  sender: 28,
  targetMac: 32,
  target: 38,
  end: 42,
} as const;
const REQUEST = 1;
const REPLY = 2;
/** Hardware type Ethernet, protocol IPv4, lengths 6 and 4. */
const header = Uint8Array.of(0, 1, 8, 0, 6, 4);
const NOBODY = "0.0.0.0";
const noMac = new Uint8Array(6);

/** undefined: no ARP between Ethernet and IPv4, or too short. */
export function readArp(frame: Uint8Array): Packet | undefined {
  if (frame.length < at.end || header.some((byte, index) => frame[at.header + index] !== byte))
    return undefined;
  const operation = ((frame[at.operation] ?? 0) << 8) | (frame[at.operation + 1] ?? 0);
  const mac = frame.slice(at.senderMac, at.sender);
  const sender = addressText(frame.subarray(at.sender, at.targetMac));
  const target = addressText(frame.subarray(at.target, at.end));
  if (operation === REQUEST && sender !== target) {
    return { kind: "question", target, askerMac: mac, asker: sender === NOBODY ? undefined : sender };
  }
  if (operation !== REQUEST && operation !== REPLY) return undefined;
  return { kind: "claim", address: sender, mac, solicited: operation === REPLY && sender !== target };
}

/** `mac` has `address`, to whoever asked. */
export function arpAnswer(mac: Uint8Array, address: string, { mac: to, address: asker }: Asker): Uint8Array {
  return arp(to, { operation: REPLY, mac, sender: address, targetMac: to, target: asker ?? NOBODY });
}

/** Both forms of a gratuitous ARP, for some learn from requests only and some from replies only. */
export function arpAnnouncements(mac: Uint8Array, address: string): Uint8Array[] {
  const announced = { mac, sender: address, targetMac: BROADCAST, target: address };
  return [REQUEST, REPLY].map((operation) => arp(BROADCAST, { ...announced, operation }));
}

/** Asks without saying who asks, so that nobody's table changes (RFC 5227 §2.1.1). */
export function arpProbe(mac: Uint8Array, address: string): Uint8Array {
  return arp(BROADCAST, { operation: REQUEST, mac, sender: NOBODY, targetMac: noMac, target: address });
}

function arp(
  to: Uint8Array,
  packet: {
    readonly operation: number;
    readonly mac: Uint8Array;
    readonly sender: string;
    readonly targetMac: Uint8Array;
    readonly target: string;
  },
): Uint8Array {
  const frame = newFrame(to, packet.mac, ETH_P_ARP, at.end - at.header);
  frame.set(header, at.header);
  frame[at.operation + 1] = packet.operation;
  frame.set(packet.mac, at.senderMac);
  frame.set(addressBytes(packet.sender), at.sender);
  frame.set(packet.targetMac, at.targetMac);
  frame.set(addressBytes(packet.target), at.target);
  return frame;
}
