import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createIntervalSet } from "../../../../src/core/ip/interval-set.ts";

test("an interval set is a set, whatever is added and removed", () => {
  const step = fc.record({ add: fc.boolean(), value: fc.bigInt(0n, 20n) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.bigInt(0n, 20n), fc.bigInt(0n, 20n), (steps, a, b) => {
      const intervals = createIntervalSet();
      const model = new Set<bigint>();
      for (const { add, value } of steps) {
        intervals[add ? "add" : "remove"](value);
        model[add ? "add" : "delete"](value);
      }
      let outside = a;
      while (model.has(outside)) outside++;
      expect(intervals.has(a)).toBe(model.has(a));
      expect(intervals.nextOutside(a)).toBe(outside);

      const parts = intervals.within(a, b);
      const members = parts.flatMap(({ first, last }) =>
        Array.from({ length: Number(last - first) + 1 }, (_, at) => first + BigInt(at)),
      );
      const inside = [...model].filter((value) => a <= value && value <= b);
      expect(members).toEqual(inside.sort((x, y) => Number(x - y)));
      // Neighbours are joined, or the cost would grow with what was ever done.
      for (const [at, { first }] of parts.entries()) {
        if (at > 0) expect(first).toBeGreaterThan((parts[at - 1]?.last ?? 0n) + 1n);
      }
    }),
    { numRuns: 500 },
  );
});
