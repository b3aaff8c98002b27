import { expect, test } from "@jest/globals";
import { nearest } from "../../../src/api/nearest.ts";

const known = ["addresses", "autoAssign", "avoidBuggyIPs", "serviceAllocation"];

test.each([
  ["adresses", "addresses"],
  ["addresse", "addresses"],
  ["autoassign", "autoAssign"],
  ["autoAsisgn", "autoAssign"],
  ["serviceAllocatoin", "serviceAllocation"],
])("%s was meant to be %s", (word, meant) => {
  expect(nearest(word, known)).toBe(meant);
});

test("a word that is like none is left alone", () => {
  expect(nearest("ranges", known)).toBeUndefined();
  expect(nearest("", known)).toBeUndefined();
});

test("of two that are equally near the first by name is proposed", () => {
  expect(nearest("b", ["c", "a"])).toBe("a");
});
