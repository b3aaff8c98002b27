/** Which pool has which ranges, sorted so that an overlap is found without looking at every pool. */
import { type AddressRange, compareRanges, rangesOverlap } from "../ip/range.ts";

export interface Overlap {
  readonly range: AddressRange;
  readonly pool: string;
  readonly other: AddressRange;
}

export interface RangeBook {
  get(pool: string): readonly AddressRange[];
  /** Makes these the pool's ranges; the caller has made sure that they overlap nobody's. */
  put(pool: string, ranges: readonly AddressRange[]): void;
  /** The first of the ranges that overlaps one of another pool. */
  firstOverlap(pool: string, ranges: readonly AddressRange[]): Overlap | undefined;
}

export function createRangeBook(): RangeBook {
  const byPool = new Map<string, readonly AddressRange[]>();
  const sorted: { readonly range: AddressRange; readonly pool: string }[] = []; // disjoint

  /** The index of the first entry that is not wholly before `range`. */
  function locate(range: AddressRange): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = sorted[middle]?.range as AddressRange;
      if (!rangesOverlap(entry, range) && compareRanges(entry, range) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get: (pool) => byPool.get(pool) ?? [],
    put(pool, ranges) {
      for (const range of byPool.get(pool) ?? []) sorted.splice(locate(range), 1);
      byPool.set(pool, ranges);
      for (const range of ranges) sorted.splice(locate(range), 0, { range, pool });
    },
    firstOverlap(pool, ranges) {
      for (const range of ranges) {
        for (let at = locate(range); at < sorted.length; at++) {
          const entry = sorted[at] as (typeof sorted)[number];
          if (!rangesOverlap(entry.range, range)) break;
          if (entry.pool !== pool) return { range, pool: entry.pool, other: entry.range };
        }
      }
      return undefined;
    },
  };
}
