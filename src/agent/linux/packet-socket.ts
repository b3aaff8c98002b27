/** Whole Ethernet frames of one protocol on one interface: packet(7). */
import { AF_PACKET, SOCK_RAW, type SystemCalls } from "./system-calls.ts";

const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;

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

/** struct sockaddr_ll. */
function linkLayerAddress(protocol: number, index: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, index, true);
  return bytes;
}
