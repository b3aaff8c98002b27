/** A set of numbers kept as sorted intervals, so that its cost follows how scattered it is, never how large. */
import { larger, smaller } from "./min-max.ts";

export interface IntervalSet {
  add(value: bigint): void;
  remove(value: bigint): void;
  has(value: bigint): boolean;
  /** The smallest number that is not in the set and not below `from`. */
  nextOutside(from: bigint): bigint;
  /** The parts of the set between `first` and `last`, ascending. */
  within(first: bigint, last: bigint): { readonly first: bigint; readonly last: bigint }[];
}

export function createIntervalSet(): IntervalSet {
  // Interval i is starts[i]..ends[i]. Intervals never touch: two neighbours become one.
  const starts: bigint[] = [];
  const ends: bigint[] = [];

  /** The index of the first interval that ends at or after `value`. */
  function locate(value: bigint): number {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] as bigint) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function covers(index: number, value: bigint): boolean {
    const start = starts[index];
    return start !== undefined && start <= value;
  }

  return {
    has: (value) => covers(locate(value), value),

    add(value) {
      const at = locate(value);
      if (covers(at, value)) return;
      const joinsLeft = at > 0 && ends[at - 1] === value - 1n;
      const joinsRight = starts[at] === value + 1n;
      if (joinsLeft && joinsRight) {
        ends.splice(at - 1, 1);
        starts.splice(at, 1);
      } else if (joinsLeft) {
        ends[at - 1] = value;
      } else if (joinsRight) {
        starts[at] = value;
      } else {
        starts.splice(at, 0, value);
        ends.splice(at, 0, value);
      }
    },

    remove(value) {
      const at = locate(value);
      if (!covers(at, value)) return;
      const start = starts[at] as bigint;
      const end = ends[at] as bigint;
      if (start === end) {
        starts.splice(at, 1);
        ends.splice(at, 1);
      } else if (value === start) {
        starts[at] = value + 1n;
      } else if (value === end) {
        ends[at] = value - 1n;
      } else {
        ends.splice(at, 0, value - 1n);
        starts.splice(at + 1, 0, value + 1n);
      }
    },

    nextOutside(from) {
      const at = locate(from);
      return covers(at, from) ? (ends[at] as bigint) + 1n : from;
    },

    within(first, last) {
      const parts: { first: bigint; last: bigint }[] = [];
      for (let at = locate(first); at < starts.length && covers(at, last); at++) {
        const start = starts[at] as bigint;
        const end = ends[at] as bigint;
        parts.push({ first: larger(start, first), last: smaller(end, last) });
      }
      return parts;
    },
  };
}
