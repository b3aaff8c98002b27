import { expect, test } from "@jest/globals";
import { createPeerCounters } from "../../../../src/agent/thread/peer-counters.ts";

const beats = (sequences: readonly number[], incarnation = 1) => {
  const counters = createPeerCounters();
  for (const [index, sequence] of sequences.entries())
    counters.heard({ node: "a", incarnation, sequence }, index);
  return counters;
};

test("what is missing between two heartbeats is counted, and what comes on two paths counts once", () => {
  expect(beats([7, 7, 8, 11, 11, 12]).all()).toEqual([{ node: "a", heard: 4, missed: 2, lastHeardAt: 5 }]);
});

test("one that is heard again after seconds of silence, or has started anew, has not lost what was in between", () => {
  expect(beats([1, 500]).all()).toMatchObject([{ heard: 2, missed: 0 }]);
  const counters = beats([90, 91]);
  counters.heard({ node: "a", incarnation: 2, sequence: 1 }, 9);
  counters.heard({ node: "a", incarnation: 2, sequence: 3 }, 10);
  expect(counters.all()).toMatchObject([{ heard: 4, missed: 1, lastHeardAt: 10 }]);
});

test("nodes that are no more are not counted any more", () => {
  const counters = beats([1]);
  counters.heard({ node: "b", incarnation: 1, sequence: 1 }, 1);
  counters.keepOnly(new Set(["b"]));
  expect(counters.all().map(({ node }) => node)).toEqual(["b"]);
});
