/** The addresses of pools as advertisements look at them. Pure. */
import type { IPAddressPool, IPAddressPoolSpec } from "../../api/ip-address-pool.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import { familyBits, type IPFamily } from "../../core/ip/address.ts";
import { larger } from "../../core/ip/min-max.ts";
import { type AddressRange, compareRanges, parseRange } from "../../core/ip/range.ts";

export interface KnownPool {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** What it has to give, sorted, with neighbouring ranges made one. Empty while it was never accepted. */
  readonly ranges: readonly AddressRange[];
}

export function knownPools(pools: readonly IPAddressPool[]): KnownPool[] {
  return pools.map((pool) => ({
    name: pool.metadata.name ?? "",
    labels: pool.metadata.labels,
    ranges: joined(specInForce<IPAddressPoolSpec>(pool)?.addresses ?? []),
  }));
}

/** A range without one whole route of this prefix length. `undefined`: there is none of the family. */
export function rangeWithoutRoute(
  { ranges }: KnownPool,
  family: IPFamily,
  length: number,
): AddressRange | undefined {
  const size = sizeOf(family, length);
  return ranges.find(
    ({ family: of, first, last }) => of === family && ((first + size - 1n) / size) * size + size - 1n > last,
  );
}

/** A range that ends in the middle of a route of this prefix length, on either side. `undefined`: there is none of the family. */
export function raggedRange(
  { ranges }: KnownPool,
  family: IPFamily,
  length: number,
): AddressRange | undefined {
  const size = sizeOf(family, length);
  return ranges.find(
    ({ family: of, first, last }) => of === family && (first % size !== 0n || (last + 1n) % size !== 0n),
  );
}

function sizeOf(family: IPFamily, length: number): bigint {
  return 1n << BigInt(familyBits[family] - length);
}

function joined(texts: readonly string[]): AddressRange[] {
  const sorted = texts
    .map(parseRange)
    .flatMap((read) => (read.ok ? [read.range] : []))
    .sort(compareRanges);
  const all: AddressRange[] = [];
  for (const range of sorted) {
    const before = all.at(-1);
    if (before?.family === range.family && before.last + 1n >= range.first)
      all[all.length - 1] = { ...before, last: larger(range.last, before.last) };
    else all.push(range);
  }
  return all;
}
