import { expect, test } from "@jest/globals";
import type { Condition } from "../../../../src/api/meta.ts";
import { findCondition, setCondition } from "../../../../src/runtime/patch/conditions.ts";

const then = "2026-01-01T00:00:00Z";
const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const now = "2026-01-02T03:04:05Z";
const programmed: Condition = {
  type: "Programmed",
  status: "False",
  reason: "Pending",
  message: "waiting",
  observedGeneration: 3,
  lastTransitionTime: then,
};
const { lastTransitionTime: _, ...update } = programmed;

test.each<[string, Partial<Condition>, Partial<Condition>]>([
  ["a new status gets a new time", { status: "True" }, { status: "True", lastTransitionTime: now }],
  ["another reason keeps the time", { reason: "NoPools" }, { reason: "NoPools", lastTransitionTime: then }],
  [
    "a newer generation keeps the time",
    { observedGeneration: 4 },
    { observedGeneration: 4, lastTransitionTime: then },
  ],
  ["an older generation changes nothing", { observedGeneration: 2, status: "True" }, {}],
])("%s", (_sentence, change, result) => {
  expect(setCondition([programmed], { ...update, ...change }, nowMs)).toEqual([{ ...programmed, ...result }]);
});

test("what changes nothing gives the same list, so that nobody writes it", () => {
  const conditions = [programmed];
  expect(setCondition(conditions, update, nowMs)).toBe(conditions);
});

test("a condition keeps its place among others, a new one goes to the end, and the list given is not touched", () => {
  const other: Condition = { ...programmed, type: "Accepted" };
  const conditions = [programmed, other];
  const changed = setCondition(conditions, { ...update, status: "True" }, nowMs);
  const added = setCondition(changed, { ...update, type: "Degraded" }, nowMs);
  expect(added.map(({ type, status }) => [type, status])).toEqual([
    ["Programmed", "True"],
    ["Accepted", "False"],
    ["Degraded", "False"],
  ]);
  expect(conditions).toEqual([programmed, other]);
  expect(findCondition(added, "Degraded")?.lastTransitionTime).toBe(now);
});
