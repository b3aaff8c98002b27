/** Neighbour solicitations and advertisements (RFC 4861 §4.3, §4.4): frames from and to bytes. */
import { addressBytes, addressText } from "../linux/address-bytes.ts";
import { ETH_P_IPV6 } from "../linux/packet-socket.ts";
import { type Asker, newFrame, type Packet } from "./packet.ts";

const at = {
  ip: 14,
  payloadLength: 18,
  nextHeader: 20,
  hopLimit: 21,
  source: 22,
  destination: 38,
  icmp: 54,
  checksum: 56,
  flags: 58,
  target: 62,
  options: 78,
} as const;
const ICMPV6 = 58;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const SOLICITED = 0x40;
const OVERRIDE = 0x20;
const sourceMacOption = 1;
const targetMacOption = 2;
/** What a router would have lowered: whoever sends it is on the same wire. */
const untouchedHopLimit = 255;
const optionBytes = 8;
const NOBODY = "::";
const ALL_NODES = "ff02::1";

/** undefined: neither of the two, or not valid by RFC 4861 §7.1. The checksum is not looked at: between local interfaces it is not filled in. */
export function readNdp(frame: Uint8Array): Packet | undefined {
  if (frame.length < at.options || frame[at.nextHeader] !== ICMPV6) return undefined;
  const type = frame[at.icmp];
  if (frame[at.hopLimit] !== untouchedHopLimit || frame[at.icmp + 1] !== 0) return undefined;
  const options = readOptions(frame);
  const target = addressText(frame.subarray(at.target, at.options));
  if (options === undefined || target.startsWith("ff")) return undefined;
  const etherSource = frame.slice(6, 12);
  if (type === SOLICITATION) {
    const source = addressText(frame.subarray(at.source, at.destination));
    if (!isHost(frame.subarray(at.source, at.destination))) return undefined;
    const asker = source === NOBODY ? undefined : source;
    return { kind: "question", target, askerMac: options.get(sourceMacOption) ?? etherSource, asker };
  }
  if (type !== ADVERTISEMENT) return undefined;
  const solicited = ((frame[at.flags] ?? 0) & SOLICITED) !== 0;
  return { kind: "claim", address: target, mac: options.get(targetMacOption) ?? etherSource, solicited };
}

/** Not a group, not the loopback address, and not IPv4 in disguise: nobody sends from these (RFC 4291 §2.5.3, §2.5.5, §2.7). */
function isHost(address: Uint8Array): boolean {
  if (address[0] === 0xff) return false;
  const isLow = address.subarray(0, 10).every((byte) => byte === 0);
  return !isLow || address.subarray(10).every((byte) => byte === 0);
}

/** Hardware addresses by option; undefined where the options are broken. */
function readOptions(frame: Uint8Array): Map<number, Uint8Array> | undefined {
  const options = new Map<number, Uint8Array>();
  const payload = ((frame[at.payloadLength] ?? 0) << 8) | (frame[at.payloadLength + 1] ?? 0);
  const end = at.icmp + payload;
  if (end > frame.length || end < at.options) return undefined;
  for (let from = at.options; from < end; ) {
    const length = (frame[from + 1] ?? 0) * 8;
    if (length === 0 || from + length > end) return undefined;
    if (length === optionBytes) options.set(frame[from] ?? 0, frame.slice(from + 2, from + optionBytes));
    from += length;
  }
  return options;
}

/**
 * `mac` has `address`, to whoever asked; to all, if the asker has no address to answer to (RFC 4861 §7.2.4). With the override flag, as
 * from any owner: there is one holder at a time, and the latest word counts. It speaks from the address itself, as Linux does for its own.
 */
export function ndpAnswer(mac: Uint8Array, address: string, asker: Asker): Uint8Array {
  if (asker.address === undefined) return ndpAnnouncement(mac, address);
  return advertisement(mac, address, { mac: asker.mac, address: asker.address, flags: SOLICITED | OVERRIDE });
}

export function ndpAnnouncement(mac: Uint8Array, address: string): Uint8Array {
  const all = multicastMac(addressBytes(ALL_NODES));
  return advertisement(mac, address, { mac: all, address: ALL_NODES, flags: OVERRIDE });
}

/** Asks without saying who asks (RFC 4862 §5.4.2). */
export function ndpProbe(mac: Uint8Array, address: string): Uint8Array {
  const group = solicitedNodeGroup(address);
  const frame = message(multicastMac(addressBytes(group)), mac, { source: NOBODY, destination: group }, 24);
  frame[at.icmp] = SOLICITATION;
  frame.set(addressBytes(address), at.target);
  return withChecksum(frame);
}

/** The group to which questions for an address are sent: RFC 4291 §2.7.1. Addresses that end alike share it. */
export function solicitedNodeGroup(address: string): string {
  const group = addressBytes("ff02::1:ff00:0");
  group.set(addressBytes(address).subarray(13), 13);
  return addressText(group);
}

function advertisement(
  mac: Uint8Array,
  address: string,
  to: { readonly mac: Uint8Array; readonly address: string; readonly flags: number },
): Uint8Array {
  const addresses = { source: address, destination: to.address };
  const frame = message(to.mac, mac, addresses, 24 + optionBytes);
  frame[at.icmp] = ADVERTISEMENT;
  frame[at.flags] = to.flags;
  frame.set(addressBytes(address), at.target);
  frame[at.options] = targetMacOption;
  frame[at.options + 1] = 1;
  frame.set(mac, at.options + 2);
  return withChecksum(frame);
}

function message(
  to: Uint8Array,
  from: Uint8Array,
  { source, destination }: { source: string; destination: string },
  icmpBytes: number,
): Uint8Array {
  const frame = newFrame(to, from, ETH_P_IPV6, 40 + icmpBytes);
  frame[at.ip] = 0x60;
  frame[at.payloadLength + 1] = icmpBytes;
  frame[at.nextHeader] = ICMPV6;
  frame[at.hopLimit] = untouchedHopLimit;
  frame.set(addressBytes(source), at.source);
  frame.set(addressBytes(destination), at.destination);
  return frame;
}

/** RFC 2464 §7. */
function multicastMac(group: Uint8Array): Uint8Array {
  return Uint8Array.of(0x33, 0x33, ...group.subarray(12));
}

/** Over both addresses, length, protocol and message (RFC 8200 §8.1), which is what `source` and on have, in another order. */
function withChecksum(frame: Uint8Array): Uint8Array {
  let sum = frame.length - at.icmp + ICMPV6;
  for (let from: number = at.source; from < frame.length; from += 2) {
    sum += ((frame[from] ?? 0) << 8) | (frame[from + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  const checksum = ~sum & 0xffff;
  frame[at.checksum] = checksum >>> 8;
  frame[at.checksum + 1] = checksum & 255;
  return frame;
}
