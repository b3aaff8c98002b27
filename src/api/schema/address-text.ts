/** Whether a text is an address, a CIDR or a range, by the rules of CEL's `isIP` and `isCIDR`. Does no arithmetic. */

import { BlockList, isIP } from "node:net";

const mapped = new BlockList();
mapped.addSubnet("::ffff:0:0", 96, "ipv6");

/** The family of an address, or undefined where the text is none: no leading zeros, no zones, no IPv4-mapped IPv6. */
export function familyOf(text: string): "IPv4" | "IPv6" | undefined {
  const family = isIP(text);
  if (family === 4) return "IPv4";
  if (family !== 6 || text.includes("%") || mapped.check(text, "ipv6")) return undefined;
  return "IPv6";
}

/** Whether the text is a CIDR. Bits beyond the prefix length may be set. */
export function isCidr(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const family = familyOf(address);
  if (family === undefined || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(length)) return false;
  return Number(length) <= (family === "IPv4" ? 32 : 128);
}

/** The two ends of `a-b`, where both are addresses of one family; spaces around the dash are allowed. */
export function rangeEnds(
  text: string,
): { first: string; last: string; family: "IPv4" | "IPv6" } | undefined {
  const [first = "", last = "", ...rest] = text.split("-").map((end) => end.trim());
  const family = familyOf(first);
  if (family === undefined || rest.length > 0 || familyOf(last) !== family) return undefined;
  return { first, last, family };
}

/** Whether the range does not end before it begins; true for a text that is no range. */
export function isAscending(text: string): boolean {
  const ends = rangeEnds(text);
  if (ends === undefined) return true;
  try {
    new BlockList().addRange(ends.first, ends.last, ends.family === "IPv4" ? "ipv4" : "ipv6");
    return true;
  } catch {
    // The only thing left that addRange can object to is the order.
    return false;
  }
}

/** Addresses that are not those of one router reached by address: this host (RFC 6890), multicast and above, link-local IPv6. */
export const peerlessRanges = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/3",
  "::/127",
  "fe80::/10",
  "ff00::/8",
] as const;

const peerless = new BlockList();
for (const range of peerlessRanges) {
  const [address = "", length] = range.split("/");
  peerless.addSubnet(address, Number(length), address.includes(":") ? "ipv6" : "ipv4");
}

/** Whether the address can be that of one router reached by address. */
export function isPeerAddress(text: string): boolean {
  return !peerless.check(text, familyOf(text) === "IPv6" ? "ipv6" : "ipv4");
}
