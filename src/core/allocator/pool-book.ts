/** The pools in force: which pool an address is in, which pools a request may use, and in what order. */

import { compareText } from "../compare-text.ts";
import type { IPAddress, IPFamily } from "../ip/address.ts";
import {
  type AddressRange,
  compareRanges,
  intersectRanges,
  rangeContains,
  rangesOverlap,
} from "../ip/range.ts";
import { matchesLabelSelector } from "../label-selector.ts";
import type { Slice } from "./address-stock.ts";
import type { AllocationLimits, AllocationRequest, PoolConfig } from "./contract.ts";
import type { NodeBook } from "./node-book.ts";

export interface PoolBook {
  /** By name. */
  readonly pools: readonly PoolConfig[];
  get(name: string): PoolConfig | undefined;
  poolOf(address: IPAddress): PoolConfig | undefined;
  /** The pools that automatic choice may use for this request, best first. */
  automatic(request: AllocationRequest): readonly PoolConfig[];
}

export function createPoolBook(given: readonly PoolConfig[]): PoolBook {
  const pools = withoutOverlaps([...given].sort((a, b) => compareText(a.name, b.name)));
  const byName = new Map(pools.map((pool) => [pool.name, pool]));
  const index = pools
    .flatMap((pool) => pool.ranges.map((range) => ({ range, pool })))
    .sort((a, b) => compareRanges(a.range, b.range));
  const pinned = pools.filter((pool) => pool.autoAssign && pool.allocation).sort(byPriority);
  const open = pools.filter((pool) => pool.autoAssign && !pool.allocation);

  return {
    pools,
    get: (name) => byName.get(name),
    poolOf(address) {
      let low = 0;
      let high = index.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const { range } = index[middle] as (typeof index)[number];
        if (isBeyond(range, address)) low = middle + 1;
        else high = middle;
      }
      const found = index[low];
      return found && rangeContains(found.range, address) ? found.pool : undefined;
    },
    automatic: (request) =>
      [...pinned, ...open].filter((pool) => serves(pool, request) && allowsPool(request.limits, pool.name)),
  };
}

/** `address` comes after the whole range. */
function isBeyond(range: AddressRange, address: IPAddress): boolean {
  if (range.family !== address.family) return range.family === "IPv4";
  return range.last < address.value;
}

/** `acceptPools` lets no overlap through; should one come all the same, the first pool by name has the addresses. */
function withoutOverlaps(sorted: readonly PoolConfig[]): PoolConfig[] {
  const all = sorted.flatMap((pool) => pool.ranges).sort(compareRanges);
  const clean = all.every((range, at) => at === 0 || !rangesOverlap(all[at - 1] as AddressRange, range));
  if (clean && new Set(sorted.map((pool) => pool.name)).size === sorted.length) return [...sorted];

  const taken: AddressRange[] = [];
  const names = new Set<string>();
  const kept: PoolConfig[] = [];
  for (const pool of sorted) {
    if (names.has(pool.name)) continue;
    names.add(pool.name);
    const ranges: AddressRange[] = [];
    for (const range of pool.ranges) {
      if (taken.some((other) => rangesOverlap(other, range))) continue;
      taken.push(range);
      ranges.push(range);
    }
    kept.push({ ...pool, ranges });
  }
  return kept;
}

function byPriority(a: PoolConfig, b: PoolConfig): number {
  const rank = ({ priority }: PoolConfig) => (priority === 0 ? Number.POSITIVE_INFINITY : priority);
  const [rankA, rankB] = [rank(a), rank(b)];
  return rankA === rankB ? compareText(a.name, b.name) : rankA - rankB;
}

/** The pool's own say on who may use it: namespaces and labels, both. */
export function serves({ allocation }: PoolConfig, request: AllocationRequest): boolean {
  if (!allocation) return true;
  if (allocation.namespaces && !allocation.namespaces.has(request.namespace)) return false;
  const selectors = allocation.serviceSelectors;
  return (
    selectors.length === 0 || selectors.some((selector) => matchesLabelSelector(selector, request.labels))
  );
}

export function allowsPool(limits: AllocationLimits | undefined, name: string): boolean {
  return limits?.pools === undefined || limits.pools.includes(name);
}

export function allowsAddress(limits: AllocationLimits | undefined, address: IPAddress): boolean {
  return limits?.ranges === undefined || limits.ranges.some((range) => rangeContains(range, address));
}

/** What automatic choice may take of a pool, in list order, ascending within each entry; `nodes`: without what is theirs. */
export function slicesOf(
  pool: PoolConfig,
  family: IPFamily,
  limits: AllocationLimits | undefined,
  nodes?: Pick<NodeBook, "within">,
): readonly Slice[] {
  return pool.ranges
    .filter((range) => range.family === family)
    .flatMap((range) => {
      // An entry of one address was written on purpose.
      const avoid = pool.avoidBuggyIPs && range.first !== range.last ? family : undefined;
      return within(range, limits?.ranges)
        .flatMap((part) => (nodes === undefined ? [part] : withoutNodes(part, nodes)))
        .map(({ first, last }) => ({ first, last, avoid }));
    });
}

function within(range: AddressRange, limits: readonly AddressRange[] | undefined): readonly AddressRange[] {
  if (limits === undefined) return [range];
  return limits
    .map((limit) => intersectRanges(range, limit))
    .filter((part) => part !== undefined)
    .sort(compareRanges);
}

function withoutNodes(
  { family, first, last }: AddressRange,
  nodes: Pick<NodeBook, "within">,
): readonly Pick<Slice, "first" | "last">[] {
  const left: Pick<Slice, "first" | "last">[] = [];
  let from = first;
  for (const taken of nodes.within(family, first, last)) {
    if (from < taken.first) left.push({ first: from, last: taken.first - 1n });
    from = taken.last + 1n;
  }
  if (from <= last) left.push({ first: from, last });
  return left;
}
