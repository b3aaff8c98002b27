/** ARP (RFC 826) and neighbour discovery (RFC 4861) over Ethernet, as much as a client needs. Knows nothing of sockets. */

/** Somebody says that an address is at a MAC. */
export interface Said {
  readonly address: string;
  readonly mac: string;
  /** To whom: the address of the one who asked; undefined if it was said to everybody. */
  readonly to: string | undefined;
}

const broadcast = Buffer.alloc(6, 0xff);
const nobody = Buffer.alloc(6);

export function arpRequest(mac: Buffer, from: string, address: string): Buffer {
  const ethernet = Buffer.concat([broadcast, mac, Buffer.from([0x08, 0x06])]);
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, 1]);
  return Buffer.concat([ethernet, head, mac, bytes4(from), nobody, bytes4(address)]);
}

export function solicitation(mac: Buffer, from: string, address: string): Buffer {
  const target = bytes6(address);
  const group = Buffer.concat([Buffer.from("ff0200000000000000000001ff", "hex"), target.subarray(13)]);
  const ethernet = Buffer.concat([
    Buffer.from([0x33, 0x33]),
    group.subarray(12),
    mac,
    Buffer.from([0x86, 0xdd]),
  ]);
  const message = Buffer.concat([Buffer.from([135, 0, 0, 0, 0, 0, 0, 0]), target, Buffer.from([1, 1]), mac]);
  const source = bytes6(from);
  message.writeUInt16BE(checksum(source, group, message), 2);
  const head = Buffer.from([0x60, 0, 0, 0, 0, message.length, 58, 255]);
  return Buffer.concat([ethernet, head, source, group, message]);
}

/** What a frame says, if it says where an address is. Requests do that only as announcements, of their sender's own address. */
export function said(frame: Buffer): Said | undefined {
  const type = frame.length < 14 ? 0 : frame.readUInt16BE(12);
  if (type === 0x0806) return saidByArp(frame);
  return type === 0x86dd ? saidByAdvertisement(frame) : undefined;
}

function saidByArp(frame: Buffer): Said | undefined {
  if (frame.length < 42) return undefined;
  const operation = frame.readUInt16BE(20);
  const address = text4(frame.subarray(28, 32));
  const target = text4(frame.subarray(38, 42));
  const mac = textOf(frame.subarray(22, 28));
  if (address === target) return { address, mac, to: undefined };
  return operation === 2 ? { address, mac, to: target } : undefined;
}

function saidByAdvertisement(frame: Buffer): Said | undefined {
  // Next header ICMPv6, type neighbour advertisement, then the option that holds the MAC.
  if (frame.length < 78 || frame[20] !== 58 || frame[54] !== 136) return undefined;
  const address = text6(frame.subarray(62, 78));
  const hasOption = frame.length >= 86 && frame[78] === 2;
  const mac = textOf(hasOption ? frame.subarray(80, 86) : frame.subarray(6, 12));
  const isMulticast = frame[38] === 0xff;
  return { address, mac, to: isMulticast ? undefined : text6(frame.subarray(38, 54)) };
}

function checksum(source: Buffer, destination: Buffer, message: Buffer): number {
  const pseudo = Buffer.concat([
    source,
    destination,
    Buffer.from([0, 0, 0, message.length, 0, 0, 0, 58]),
    message,
  ]);
  let sum = 0;
  for (let at = 0; at < pseudo.length; at += 2) sum += pseudo.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function bytes4(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

function text4(bytes: Buffer): string {
  return bytes.join(".");
}

function bytes6(address: string): Buffer {
  const [left = "", right] = address.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const middle = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return Buffer.from([...head, ...middle, ...tail].map((group) => group.padStart(4, "0")).join(""), "hex");
}

/** All eight groups, without leading zeros. */
function text6(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(2 * group).toString(16)).join(":");
}

/** An address as frames have it, so that two spellings of one are equal. */
export function canonical(address: string): string {
  return address.includes(":") ? text6(bytes6(address)) : address;
}

function textOf(mac: Buffer): string {
  return Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
