/**
 * Memberships in groups of IPv6 on one interface. The kernel reports them (MLD, RFC 3810), so that switches that look at these
 * reports let the group through, and opens the filter of the network card.
 */
import { addressBytes } from "./address-bytes.ts";
import { AF_INET6, SOCK_DGRAM, SystemCallError, type SystemCalls } from "./system-calls.ts";

const IPPROTO_IPV6 = 41;
const IPV6_JOIN_GROUP = 20;
const IPV6_LEAVE_GROUP = 21;

export interface MulticastGroups {
  /** Joins and leaves until these are the ones joined. Throws where the interface takes no part in IPv6; said again it goes on. */
  set(groups: ReadonlySet<string>): void;
  close(): void;
}

export function createMulticastGroups(calls: SystemCalls, index: number): MulticastGroups {
  /** One socket may join only so many (net.core.optmem_max); the last one may have room. */
  const sockets: number[] = [];
  const joined = new Map<string, number>();

  function openSocket(): number {
    const fd = calls.socket(AF_INET6, SOCK_DGRAM, 0);
    sockets.push(fd);
    return fd;
  }

  function join(group: string): void {
    const request = membership(group, index);
    let fd = sockets.at(-1) ?? openSocket();
    try {
      calls.setOption(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, request);
    } catch (error) {
      if (!(error instanceof SystemCallError && (error.code === "ENOMEM" || error.code === "ENOBUFS")))
        throw error;
      fd = openSocket();
      calls.setOption(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, request);
    }
    joined.set(group, fd);
  }

  function leave(group: string, fd: number): void {
    joined.delete(group);
    try {
      calls.setOption(fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, membership(group, index));
    } catch (error) {
      // The interface is gone, and with it the membership.
      if (!(error instanceof SystemCallError)) throw error;
    }
  }

  return {
    set(groups) {
      for (const [group, fd] of joined) if (!groups.has(group)) leave(group, fd);
      for (const group of groups) if (!joined.has(group)) join(group);
    },
    close() {
      for (const fd of sockets.splice(0)) calls.close(fd);
      joined.clear();
    },
  };
}

/** struct ipv6_mreq. */
function membership(group: string, index: number): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes.set(addressBytes(group));
  new DataView(bytes.buffer).setUint32(16, index, true);
  return bytes;
}
