import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { acceptPools, type PoolCandidate } from "../../../../src/core/allocator/accept-pools.ts";
import { formatRange, rangesOverlap } from "../../../../src/core/ip/range.ts";

/** `createdAt` follows from the place in the list: the first is the oldest. */
function candidates(...pools: [name: string, addresses: string[], inForce?: string[]][]): PoolCandidate[] {
  return pools.map(([name, addresses, inForce], at) => ({
    name,
    uid: `uid-${name}`,
    createdAt: `2026-01-0${at + 1}T00:00:00Z`,
    addresses,
    inForce,
  }));
}

/** `name: ranges in force`, and the reason of a refusal. */
function verdicts(pools: PoolCandidate[]): string[] {
  return acceptPools(pools).map((verdict) => {
    const ranges = verdict.ranges.map(formatRange).join(",");
    return `${verdict.name}: ${ranges}${verdict.accepted ? "" : ` ${verdict.problem.reason}`}`;
  });
}

const low = "10.0.0.0/25";
const high = "10.0.0.128/25";
const whole = "10.0.0.0/24";

describe("of two pools that claim one address", () => {
  test.each<[string, PoolCandidate[], string[]]>([
    ["neither, if they don't", candidates(["a", [low]], ["b", [high]]), [`a: ${low}`, `b: ${high}`]],
    ["the older has it", candidates(["b", [whole]], ["a", [high]]), ["a:  PoolOverlap", `b: ${whole}`]],
    [
      "of the same age the first by name",
      candidates(["b", [whole]], ["a", [high]]).map((pool) => ({ ...pool, createdAt: "same" })),
      [`a: ${high}`, "b:  PoolOverlap"],
    ],
    [
      "the one that has it in force keeps it, though it is younger",
      candidates(["a", [whole]], ["b", [high], [high]]),
      ["a:  PoolOverlap", `b: ${high}`],
    ],
    [
      "the one whose edit claims it keeps what it had",
      candidates(["a", [whole], [low]], ["b", [high], [high]]),
      [`a: ${low} PoolOverlap`, `b: ${high}`],
    ],
    [
      "the newcomer gets what the other gave up",
      candidates(["a", [low], [whole]], ["b", [high]]),
      [`a: ${low}`, `b: ${high}`],
    ],
    [
      "the older gets what a younger gave up, before a third",
      candidates(["a", [low, high], [low]], ["b", ["10.9.0.0/24"], [high]], ["c", [high]]),
      [`a: ${low},${high}`, "b: 10.9.0.0/24", "c:  PoolOverlap"],
    ],
    [
      "two that want to swap keep what they have",
      candidates(["a", [high], [low]], ["b", [low], [high]]),
      [`a: ${low} PoolOverlap`, `b: ${high} PoolOverlap`],
    ],
    [
      "a pool whose edit is malformed keeps what it had",
      candidates(["a", ["10.0.0.300"], [low]], ["b", [whole]]),
      [`a: ${low} InvalidRange`, "b:  PoolOverlap"],
    ],
    [
      "records that contradict each other count once",
      candidates(["a", [whole], [whole]], ["b", [high], [high]]),
      [`a: ${whole}`, "b:  PoolOverlap"],
    ],
    [
      "a record that can't be read counts for nothing",
      candidates(["a", [high]], ["b", [whole], ["rubbish"]]),
      [`a: ${high}`, "b:  PoolOverlap"],
    ],
    [
      "families don't meet",
      candidates(["a", ["0.0.0.5-10.0.0.9"]], ["b", ["::5-::9"]]).map((pool, at) =>
        at === 0 ? { ...pool, addresses: ["10.0.0.5"] } : pool,
      ),
      ["a: 10.0.0.5", "b: ::5-::9"],
    ],
  ])("%s", (_, pools, expected) => {
    expect(verdicts(pools)).toEqual(expected);
    expect(verdicts([...pools].reverse())).toEqual(expected);
  });
});

describe("a refusal says what is wrong with what", () => {
  test.each<[string, PoolCandidate[], string]>([
    [
      "overlap",
      candidates(["a", ["10.0.0.0/8"]], ["b", ["192.0.2.0/24", "10.1.0.0 - 10.1.0.9"]]),
      'Cannot use 10.1.0.0-10.1.0.9 in pool "b": it overlaps 10.0.0.0/8 of pool "a", which has it already; take it out of one of them',
    ],
    ["octet", candidates(["b", ["10.0.0.300"]]), 'Cannot use "10.0.0.300": not an IPv4 address'],
    [
      "octal",
      candidates(["b", [low, "10.0.1.010-10.0.1.020"]]),
      'Cannot use "10.0.1.010-10.0.1.020": its first address: not an IPv4 address: the leading zero of 010 is ambiguous',
    ],
    [
      "twice in one pool",
      candidates(["b", [whole, "10.0.0.7"]]),
      "Cannot use 10.0.0.7: it overlaps 10.0.0.0/24 of the same pool; name each address once",
    ],
    [
      "loopback",
      candidates(["b", ["127.0.0.0/30"]]),
      'Cannot use "127.0.0.0/30": it contains loopback addresses (127.0.0.0/8)',
    ],
    ["nothing", candidates(["b", []]), "The pool has no addresses; add a range"],
  ])("%s", (_, pools, message) => {
    const verdict = acceptPools(pools).find(({ name }) => name === "b");
    expect(verdict).toMatchObject({ accepted: false, problem: { message } });
  });
});

test("one bad pool hurts only itself", () => {
  const pools = candidates(["a", [low]], ["b", ["\u202e1.0.0.01"]], ["c", [high]]);
  expect(verdicts(pools)).toEqual([`a: ${low}`, "b:  InvalidRange", `c: ${high}`]);
});

const ranges = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 4 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pairs) => pairs.map(([from, length]) => `10.0.0.${from}-10.0.0.${from + length}`));
const worlds = fc
  .array(fc.record({ wanted: ranges, inForce: fc.option(ranges, { nil: undefined }), age: fc.nat(3) }), {
    maxLength: 6,
  })
  .map((pools) =>
    pools.map(({ wanted, inForce, age }, at): PoolCandidate => {
      return { name: `p${at}`, uid: `u${at}`, createdAt: `t${age}`, addresses: wanted, inForce };
    }),
  );

test("ranges in force never overlap, whatever the order of the input, and accepting again changes nothing", () => {
  fc.assert(
    fc.property(worlds, fc.infiniteStream(fc.nat()), (pools, random) => {
      const result = acceptPools(pools);
      const all = result.flatMap((verdict) => verdict.ranges);
      for (const [at, one] of all.entries()) {
        for (const other of all.slice(at + 1)) expect(rangesOverlap(one, other)).toBe(false);
      }
      const keys = new Map(pools.map((pool) => [pool, random.next().value as number]));
      const shuffled = [...pools].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
      expect(acceptPools(shuffled)).toEqual(result);

      const recorded = pools.map((pool) => {
        const { ranges: now } = result.find(({ name }) => name === pool.name) ?? { ranges: [] };
        return { ...pool, inForce: now.length > 0 ? now.map(formatRange) : undefined };
      });
      expect(verdicts(recorded)).toEqual(verdicts(pools));
    }),
    { numRuns: 500 },
  );
});
