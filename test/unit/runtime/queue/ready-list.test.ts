import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type ReadyItem, ReadyList } from "../../../../src/runtime/queue/ready-list.ts";

type Step = { do: "append"; key: string; priority: number } | { do: "remove"; key: string } | { do: "shift" };
const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "g");
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("append" as const), key, priority: fc.constantFrom(-100, 0, 7) }),
  fc.record({ do: fc.constant("remove" as const), key }),
  fc.record({ do: fc.constant("shift" as const) }),
);

test("it behaves as an array sorted by priority and then by arrival", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const list = new ReadyList<ReadyItem>();
      let model: ReadyItem[] = [];
      const first = () => model.toSorted((one, other) => other.priority - one.priority)[0];
      for (const one of steps) {
        if (one.do === "append") {
          if (model.some((item) => item.key === one.key)) continue;
          const item = { key: one.key, priority: one.priority };
          list.append(item);
          model.push(item);
          continue;
        }
        const wanted = one.do === "shift" ? first() : model.find((item) => item.key === one.key);
        expect(one.do === "shift" ? list.shift() : list.remove(one.key)).toBe(wanted);
        model = model.filter((item) => item !== wanted);
        expect(list.size).toBe(model.length);
        expect(list.sizes().reduce((sum, level) => sum + level.size, 0)).toBe(model.length);
      }
    }),
  );
});
