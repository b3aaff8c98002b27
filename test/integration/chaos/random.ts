/** Choices that can be made again: the same seed gives the same ones. */

export interface Random {
  /** A whole number from 0 to below `count`. */
  below(count: number): number;
  /** From `first` to `last`, both included. */
  between(first: number, last: number): number;
  /** @throws RangeError for an empty list. */
  pick<T>(from: readonly T[]): T;
}

/** The seed of this run: `FAIRLEAD_TEST_SEED`, or a new one. It is printed, for a failure is to be had again. */
export function seedOfRun(what: string): number {
  const given = process.env.FAIRLEAD_TEST_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 1e9) : Number(given);
  process.stderr.write(`${what}: FAIRLEAD_TEST_SEED=${seed}\n`);
  return seed;
}

/** A linear congruential generator modulo 2^32 (the constants of Numerical Recipes), of which the upper bits are used. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const below = (count: number) => Math.floor(next() * count);
  return {
    below,
    between: (first, last) => first + below(last - first + 1),
    pick(from) {
      if (from.length === 0) throw new RangeError("Cannot pick from an empty list");
      return from[below(from.length)] as (typeof from)[number];
    },
  };
}
