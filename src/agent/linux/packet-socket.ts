/** Whole Ethernet frames of one protocol on one interface: packet(7). */
import { AF_PACKET, refusalOf, SOCK_RAW, type SystemCalls } from "./system-calls.ts";

const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
const PACKET_IGNORE_OUTGOING = 23;

/**
 * What may come in before it is read: each frame counts for some 800 bytes. When a node with hundreds of addresses falls silent, all others
 * ask for them within half a second, and hear each other's questions.
 */
const receiveBytes = 4 * 1024 * 1024;

export const ETH_P_ARP = 0x0806;
export const ETH_P_IPV6 = 0x86dd;

/**
 * Opens a socket that never sees a frame its filter has not passed. Needs CAP_NET_RAW.
 * @param filter see `attachFilter`
 */
export function openPacketSocket(
  calls: SystemCalls,
  { protocol, index, filter }: { protocol: number; index: number; filter: Uint8Array },
): number {
  // Protocol 0 receives nothing: frames arrive only from `bind` on, when the filter is there.
  const fd = calls.socket(AF_PACKET, SOCK_RAW, 0);
  try {
    ignoreOutgoing(calls, fd);
    enlargeBuffer(calls, fd);
    calls.attachFilter(fd, filter);
    calls.bind(fd, linkLayerAddress(protocol, index));
    return fd;
  } catch (error) {
    calls.close(fd);
    throw error;
  }
}

/** Own frames are dropped by the filter too; this saves running it. Linux 4.20 and newer. */
function ignoreOutgoing(calls: SystemCalls, fd: number): void {
  try {
    calls.setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
  } catch {
    // The filter is enough.
  }
}

/** As far as may be: without CAP_NET_ADMIN no further than net.core.rmem_max. */
function enlargeBuffer(calls: SystemCalls, fd: number): void {
  if (refusalOf(() => calls.setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBytes)) !== undefined)
    calls.setOption(fd, SOL_SOCKET, SO_RCVBUF, receiveBytes);
}

/** How many frames found no room since this was last asked. */
export function lostFrames(calls: SystemCalls, fd: number): number {
  // struct tpacket_stats: received, lost.
  const statistics = new Uint32Array(2);
  calls.getOption(fd, SOL_PACKET, PACKET_STATISTICS, new Uint8Array(statistics.buffer));
  return statistics[1] ?? 0;
}

/** struct sockaddr_ll. */
function linkLayerAddress(protocol: number, index: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, index, true);
  return bytes;
}
