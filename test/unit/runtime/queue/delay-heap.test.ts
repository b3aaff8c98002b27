import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { DelayHeap } from "../../../../src/runtime/queue/delay-heap.ts";

test("items come out by their time, whatever the order they went in", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), (times) => {
      const heap = new DelayHeap<{ dueMs: number }>();
      for (const dueMs of times) heap.push({ dueMs });
      const out: number[] = [];
      while (heap.size > 0) {
        const first = heap.first();
        expect(heap.pop()).toBe(first);
        out.push(first?.dueMs ?? Number.NaN);
      }
      expect(out).toEqual(times.toSorted((one, other) => one - other));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
