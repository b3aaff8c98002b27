/** IP addresses as the kernel takes them: struct sockaddr_in (ip(7)) and sockaddr_in6 (ipv6(7)). Pure. */
import { addressBytes } from "../linux/address-bytes.ts";
import { AF_INET, AF_INET6 } from "../linux/system-calls.ts";

export interface SocketAddress {
  readonly family: typeof AF_INET | typeof AF_INET6;
  readonly bytes: Uint8Array;
}

/**
 * @param scope index of an interface; for addresses of IPv6 that mean nothing without one
 * @throws RangeError for what is no address
 */
export function socketAddress(address: string, port: number, scope = 0): SocketAddress {
  const ip = addressBytes(address);
  const isIPv4 = ip.length === 4;
  const bytes = new Uint8Array(isIPv4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  const family = isIPv4 ? AF_INET : AF_INET6;
  // The machine's order: little-endian on all that we run on.
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  bytes.set(ip, isIPv4 ? 4 : 8);
  if (!isIPv4) view.setUint32(24, scope, true);
  return { family, bytes };
}
