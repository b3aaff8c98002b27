/** The UDP sockets of heartbeats: what they are bound to, and the options that keep them apart. */
import { addressBytes } from "../linux/address-bytes.ts";
import type { Link } from "../linux/link.ts";
import { AF_INET, AF_INET6, SOCK_DGRAM, type SystemCalls } from "../linux/system-calls.ts";
import { type SocketAddress, socketAddress } from "./socket-address.ts";

/**
 * Groups for experiments, within one link: RFC 4727 §2.4.1 and §3.4.1. The one of IPv4 is flooded by switches that snoop (RFC 4541 §2.1.2);
 * for the one of IPv6 the kernel reports that it is listened to.
 */
const groups = { [AF_INET]: "224.0.0.254", [AF_INET6]: "ff02::114" } as const;
export type Family = keyof typeof groups;

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BINDTODEVICE = 25;
/** Of each family: the level, and the same options under different numbers (ip(7), ipv6(7)). */
const multicast = {
  [AF_INET]: { level: 0, outInterface: 32, hops: 33, loop: 34, join: 35, all: 49 },
  [AF_INET6]: { level: 41, outInterface: 17, hops: 18, loop: 19, join: 20, all: 29 },
} as const;
const IPV6_V6ONLY = 26;

/** Bound to the port on all of the node's addresses. Of two agents on one node the second is refused: EADDRINUSE. */
export function openNodeSocket(calls: SystemCalls, family: Family, port: number): number {
  return opened(calls, family, (fd) => {
    calls.bind(fd, socketAddress(family === AF_INET ? "0.0.0.0" : "::", port).bytes);
    // Only now, when nobody else can have the port any more: the sockets of segments are bound to it as well.
    calls.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    // Not what was sent to a group that some other socket has joined.
    calls.setOption(fd, multicast[family].level, multicast[family].all, 0);
  });
}

/** Hears and sends what goes to the group on this one interface. */
export function openSegmentSocket(calls: SystemCalls, family: Family, link: Link, port: number): number {
  const o = multicast[family];
  return opened(calls, family, (fd) => {
    calls.setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    calls.setOption(fd, SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(`${link.name}\0`));
    calls.bind(fd, groupAddress(family, link, port).bytes);
    calls.setOption(fd, o.level, o.join, membership(family, link.index));
    calls.setOption(
      fd,
      o.level,
      o.outInterface,
      family === AF_INET ? membership(family, link.index) : link.index,
    );
    calls.setOption(fd, o.level, o.hops, 1);
    calls.setOption(fd, o.level, o.loop, 0);
  });
}

export function groupAddress(family: Family, link: Link, port: number): SocketAddress {
  return socketAddress(groups[family], port, link.index);
}

/** struct ip_mreqn, struct ipv6_mreq */
function membership(family: Family, index: number): Uint8Array {
  const group = addressBytes(groups[family]);
  const at = family === AF_INET ? 8 : 16;
  const bytes = new Uint8Array(at + 4);
  bytes.set(group);
  new DataView(bytes.buffer).setInt32(at, index, true);
  return bytes;
}

function opened(calls: SystemCalls, family: Family, prepare: (fd: number) => void): number {
  const fd = calls.socket(family, SOCK_DGRAM, 0);
  try {
    if (family === AF_INET6) calls.setOption(fd, multicast[AF_INET6].level, IPV6_V6ONLY, 1);
    prepare(fd);
    return fd;
  } catch (error) {
    calls.close(fd);
    throw error;
  }
}
