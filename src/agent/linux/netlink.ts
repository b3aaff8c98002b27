/** Netlink messages (netlink(7), RFC 3549): bytes in the machine's order, which is little-endian on all that we run on. Pure, but for the sockets at the end. */
import { AF_NETLINK, SOCK_RAW, SystemCallError, type SystemCalls } from "./system-calls.ts";

export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CREATE = 0x400;
const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
const headerBytes = 16;
const attributeHeaderBytes = 4;
/** Beside the type of an attribute stands whether it is nested, and whether it is in network order. */
const attributeTypeMask = 0x3fff;
export const NLA_F_NESTED = 0x8000;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  /** What follows the header: a fixed struct, then attributes. */
  readonly payload: Uint8Array;
}

export type Attributes = ReadonlyMap<number, Uint8Array>;

export function readMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let from = 0; from + headerBytes <= bytes.length; ) {
    const length = view.getUint32(from, true);
    if (length < headerBytes || from + length > bytes.length) break;
    messages.push({
      type: view.getUint16(from + 4, true),
      flags: view.getUint16(from + 6, true),
      payload: bytes.subarray(from + headerBytes, from + length),
    });
    from += aligned(length);
  }
  return messages;
}

/** Of two with the same type the last counts. */
export function readAttributes(bytes: Uint8Array): Attributes {
  return new Map(listAttributes(bytes));
}

export function listAttributes(bytes: Uint8Array): [type: number, value: Uint8Array][] {
  const view = viewOf(bytes);
  const attributes: [number, Uint8Array][] = [];
  for (let from = 0; from + attributeHeaderBytes <= bytes.length; ) {
    const length = view.getUint16(from, true);
    if (length < attributeHeaderBytes || from + length > bytes.length) break;
    const type = view.getUint16(from + 2, true) & attributeTypeMask;
    attributes.push([type, bytes.subarray(from + attributeHeaderBytes, from + length)]);
    from += aligned(length);
  }
  return attributes;
}

/** The text of an attribute, which ends with a zero. */
export function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString().replace(/\0.*$/s, "");
}

export function numberOf(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined || bytes.length < 4 ? undefined : viewOf(bytes).getUint32(0, true);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function message(type: number, flags: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const payload = Buffer.concat(parts);
  const bytes = new Uint8Array(headerBytes + aligned(payload.length));
  const view = viewOf(bytes);
  view.setUint32(0, headerBytes + payload.length, true);
  view.setUint16(4, type, true);
  view.setUint16(6, flags, true);
  bytes.set(payload, headerBytes);
  return bytes;
}

export function attribute(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = Buffer.concat(parts);
  const bytes = new Uint8Array(aligned(attributeHeaderBytes + value.length));
  const view = viewOf(bytes);
  view.setUint16(0, attributeHeaderBytes + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, attributeHeaderBytes);
  return bytes;
}

export function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, true);
  return bytes;
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}

/** @param groups bits of the groups of multicast to hear, RTMGRP_… */
export function openNetlink(calls: SystemCalls, protocol: number, groups = 0): number {
  const fd = calls.socket(AF_NETLINK, SOCK_RAW, protocol);
  const address = new Uint8Array(12);
  viewOf(address).setUint16(0, AF_NETLINK, true);
  viewOf(address).setUint32(8, groups, true);
  try {
    calls.bind(fd, address);
    return fd;
  } catch (error) {
    calls.close(fd);
    throw error;
  }
}

/** Of answers as they are read, one after the other. */
const answers = new Uint8Array(64 * 1024);

/** Sends requests that all ask for an acknowledgement, and gives what comes back. The kernel has answered by the time it is read. @throws SystemCallError for the first one refused */
export function exchange(
  calls: SystemCalls,
  fd: number,
  requests: readonly Uint8Array[],
  doing: string,
): NetlinkMessage[] {
  calls.send(fd, requests.length === 1 && requests[0] !== undefined ? requests[0] : Buffer.concat(requests));
  const messages: NetlinkMessage[] = [];
  for (let length = calls.receive(fd, answers); length !== undefined; length = calls.receive(fd, answers)) {
    const read = readMessages(answers.subarray(0, length));
    const refused = read.map((one) => errorIn(one, doing)).find((error) => error !== undefined);
    if (refused !== undefined) {
      while (calls.receive(fd, answers) !== undefined);
      throw refused;
    }
    messages.push(...read.map((one) => ({ ...one, payload: one.payload.slice() })));
  }
  return messages;
}

/** For errors: what was to be done. */
export function errorIn({ type, payload }: NetlinkMessage, doing: string): SystemCallError | undefined {
  if (type !== NLMSG_ERROR) return undefined;
  const errno = -viewOf(payload).getInt32(0, true);
  return errno === 0 ? undefined : new SystemCallError(doing, errno);
}
