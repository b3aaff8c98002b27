/** The node's BGP identifier (RFC 6286): unique among the nodes, and the same after every start. Pure. */
import { createHash } from "node:crypto";
import { formatAddress, parseAddress } from "../../core/ip/address.ts";
import type { BgpNode } from "./input.ts";

/**
 * The node's first internal IPv4 address. A node that has none gets a number made of its name: BGP daemons would else take
 * 0.0.0.0, with which no session comes up. Always said to the daemon, which by itself would follow whatever addresses interfaces get.
 */
export function routerIDOf({ name, internalIPs }: BgpNode): string {
  const own = internalIPs.find((each) => {
    const parsed = parseAddress(each);
    return parsed.ok && parsed.address.family === "IPv4";
  });
  if (own !== undefined) return own;
  const value = createHash("sha256").update(name).digest().readUInt32BE(0);
  return formatAddress({ family: "IPv4", value: BigInt(value === 0 ? 1 : value) });
}
