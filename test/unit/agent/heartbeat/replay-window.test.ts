import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createReplayWindow } from "../../../../src/agent/heartbeat/replay-window.ts";

const from = { node: "a", incarnation: 3 };

test("nothing is taken twice on one way, in whatever order it comes", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom("network", "segment eth0"), fc.nat(100))), (arrivals) => {
      const window = createReplayWindow();
      const taken = new Set<string>();
      for (const [way, sequence] of arrivals) {
        if (!window.isNew(from, way, sequence)) continue;
        expect(taken).not.toContain(`${way} ${sequence}`);
        taken.add(`${way} ${sequence}`);
      }
    }),
  );
});

test("one that comes late is taken, and then not again", () => {
  const window = createReplayWindow();
  expect([10, 12, 11, 11, 10, 12].map((sequence) => window.isNew(from, "network", sequence))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});

test("what comes in order, or out of order by less than 64, is taken", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 200 }), (delays) => {
      const window = createReplayWindow();
      const arrivals = delays
        .map((delay, sequence) => ({ sequence, at: sequence + delay }))
        .sort((a, b) => a.at - b.at);
      for (const { sequence } of arrivals) expect(window.isNew(from, "network", sequence)).toBe(true);
    }),
  );
});

test("the same heartbeat is taken once on each way", () => {
  const window = createReplayWindow();
  expect(
    ["network", "segment eth0", "network", "segment eth0"].map((way) => window.isNew(from, way, 7)),
  ).toEqual([true, true, false, false]);
});

test("what was recorded on one wire is not taken from another when it is old", () => {
  const window = createReplayWindow();
  window.isNew(from, "network", 1000);
  expect(window.isNew(from, "segment eth0", 1000 - 64)).toBe(false);
  expect(window.isNew(from, "segment eth0", 1000 - 63)).toBe(true);
});

test("a process that is gone is not heard any more, and its successor counts from its own first number", () => {
  const window = createReplayWindow();
  window.isNew(from, "network", 500);
  expect(window.isNew({ node: "a", incarnation: 4 }, "network", 1)).toBe(true);
  expect(window.isNew(from, "network", 501)).toBe(false);
  expect(window.isNew({ node: "b", incarnation: 1 }, "network", 1)).toBe(true);
});

test("only nodes that are to be kept are remembered", () => {
  const window = createReplayWindow();
  window.isNew(from, "network", 5);
  window.isNew({ node: "b", incarnation: 1 }, "network", 5);
  window.keepOnly(new Set(["b"]));
  expect(window.isNew(from, "network", 5)).toBe(true);
  expect(window.isNew({ node: "b", incarnation: 1 }, "network", 5)).toBe(false);
});
