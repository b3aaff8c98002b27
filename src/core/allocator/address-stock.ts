/**
 * One family's addresses as stock: which are held, which were ever given out, and in which order they came back.
 * Knows neither pools nor holders. Costs follow the number of addresses in use, never the size of a range.
 */
import type { IPFamily } from "../ip/address.ts";
import { createIntervalSet } from "../ip/interval-set.ts";

/** A part of a pool to choose from. */
export interface Slice {
  readonly first: bigint;
  readonly last: bigint;
  /** Whose awkward addresses to skip; see `isAvoided`. */
  readonly avoid: IPFamily | undefined;
}

export interface AddressStock {
  hold(value: bigint): void;
  free(value: bigint): void;
  /** The lowest address of the slice that was never given out. */
  fresh(slice: Slice): bigint | undefined;
  /** The address of the slices that has been free the longest. */
  longestFreed(slices: readonly Slice[]): bigint | undefined;
  countHeld(slice: Slice): { readonly all: bigint; readonly notAvoided: bigint };
}

/** Beyond this many the address freed first counts as fresh again, so that memory stays bounded. */
const defaultMemory = 4096;

export function createAddressStock({
  memory = defaultMemory,
}: {
  readonly memory?: number;
} = {}): AddressStock {
  const held = createIntervalSet();
  const known = createIntervalSet(); // held or freed
  const freed = createFreedList();

  return {
    hold(value) {
      freed.remove(value);
      held.add(value);
      known.add(value);
    },
    free(value) {
      if (!held.has(value)) return;
      held.remove(value);
      freed.append(value);
      if (freed.size() > memory) known.remove(freed.shift());
    },
    fresh({ first, last, avoid }) {
      let value = known.nextOutside(first);
      while (value <= last && isAvoided(value, avoid)) value = known.nextOutside(value + 1n);
      return value <= last ? value : undefined;
    },
    longestFreed: (slices) => freed.oldest(slices),
    countHeld({ first, last, avoid }) {
      let all = 0n;
      let avoided = 0n;
      for (const part of held.within(first, last)) {
        all += part.last - part.first + 1n;
        avoided += countAvoided(part.first, part.last, avoid);
      }
      return { all, notAvoided: all - avoided };
    },
  };
}

/** Freed addresses, sorted by value to be found by range, each with its turn. */
function createFreedList() {
  const turns = new Map<bigint, number>(); // in the order of freeing
  const sorted: bigint[] = [];
  let turn = 0;

  function locate(value: bigint): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] as bigint) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function remove(value: bigint): void {
    if (turns.delete(value)) sorted.splice(locate(value), 1);
  }

  return {
    remove,
    size: () => sorted.length,
    append(value: bigint): void {
      turns.set(value, turn++);
      sorted.splice(locate(value), 0, value);
    },
    shift(): bigint {
      const [value] = turns.keys() as MapIterator<bigint>;
      remove(value as bigint);
      return value as bigint;
    },
    oldest(slices: readonly Slice[]): bigint | undefined {
      let best: bigint | undefined;
      let bestTurn = Number.POSITIVE_INFINITY;
      for (const { first, last, avoid } of slices) {
        for (let at = locate(first); at < sorted.length; at++) {
          const value = sorted[at] as bigint;
          if (value > last) break;
          const itsTurn = turns.get(value) as number;
          if (itsTurn >= bestTurn || isAvoided(value, avoid)) continue;
          best = value;
          bestTurn = itsTurn;
        }
      }
      return best;
    },
  };
}

const interfaceBits = 64n;

/**
 * Some old clients take an IPv4 address that ends in .0 or .255 for a network or a broadcast. An IPv6 address whose last
 * 64 bits are zero is the anycast address of all routers of its subnet (RFC 4291 §2.6.1): they answer for it.
 */
function isAvoided(value: bigint, family: IPFamily | undefined): boolean {
  if (family === undefined) return false;
  if (family === "IPv6") return BigInt.asUintN(64, value) === 0n;
  const octet = value & 255n;
  return octet === 0n || octet === 255n;
}

/** How many from `first` to `last` are avoided. */
export function countAvoided(first: bigint, last: bigint, family: IPFamily | undefined): bigint {
  if (family === undefined) return 0n;
  // Up to n (inclusive) there are floor(n / 256) + 1 zeros and floor((n + 1) / 256) 255s.
  const upTo = (n: bigint) => {
    if (n < 0n) return 0n;
    return family === "IPv6" ? (n >> interfaceBits) + 1n : n / 256n + 1n + (n + 1n) / 256n;
  };
  return upTo(last) - upTo(first - 1n);
}
