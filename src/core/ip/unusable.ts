/** Addresses that no load balancer can have, however well they are written. */
import { familyBits, type IPFamily } from "./address.ts";
import { type AddressRange, formatRange, rangesOverlap } from "./range.ts";

const unusable = [
  { range: block("IPv4", 0n, 8), name: "addresses of this network" },
  { range: block("IPv4", 127n << 24n, 8), name: "loopback addresses" },
  { range: block("IPv4", 224n << 24n, 4), name: "multicast addresses" },
  { range: block("IPv4", 0xffff_ffffn, 32), name: "the broadcast address" },
  { range: block("IPv6", 0n, 128), name: "the unspecified address" },
  { range: block("IPv6", 1n, 128), name: "the loopback address" },
  { range: block("IPv6", 0xffffn << 32n, 96), name: "IPv4 addresses written as IPv6" },
  { range: block("IPv6", 0xfe80n << 112n, 10), name: "link-local addresses" },
  { range: block("IPv6", 0xffn << 120n, 8), name: "multicast addresses" },
] as const;

function block(family: IPFamily, first: bigint, prefix: number): AddressRange {
  return { family, first, last: first + (1n << BigInt(familyBits[family] - prefix)) - 1n };
}

/** Why a range can't serve; `undefined` if it can. */
export function unusableBecause(range: AddressRange): string | undefined {
  const touched = unusable.find((other) => rangesOverlap(other.range, range));
  return touched && `it contains ${touched.name} (${formatRange(touched.range)})`;
}
