/** Blocks of addresses that one route stands for. Pure. */
import { type AddressRange, compareRanges, parseRange } from "../../core/ip/range.ts";

/** The block of that prefix length that the address is in; undefined where the address can't be read. */
export function blockOf(address: string, length: number): AddressRange | undefined {
  const parsed = parseRange(`${address}/${length}`);
  return parsed.ok ? parsed.range : undefined;
}

/** Whether every address of the block is in one of the ranges, as users write them. A single address is taken to be: it was given out. */
export function isWithin(block: AddressRange, ranges: readonly string[]): boolean {
  if (block.first === block.last) return true;
  let next = block.first;
  const sorted = ranges.map(parseRange).flatMap((parsed) => (parsed.ok ? [parsed.range] : []));
  for (const { family, first, last } of sorted.sort(compareRanges)) {
    if (family === block.family && first <= next && last >= next) next = last + 1n;
  }
  return next > block.last;
}
