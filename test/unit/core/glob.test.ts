import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { globMatches } from "../../../src/core/glob.ts";

test.each([
  ["abc", "abc", true],
  ["abc", "abcd", false],
  ["*", "", true],
  ["a*", "a", true],
  ["a*c", "abbc", true],
  ["a*c", "abcb", false],
  ["ab*ba", "aba", false],
  ["a*b*c", "a-b-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["arn:*:loadbalancer/net/team-*", "arn:aws:x:1:loadbalancer/net/team-a/5", true],
  ["a.c", "abc", false],
])("%s fits %s: %s", (pattern, text, fits) => {
  expect(globMatches(pattern, text)).toBe(fits);
});

test("fits what a regular expression of the same meaning fits", () => {
  const few = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
  fc.assert(
    fc.property(few, text, (pattern, given) => {
      const same = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
      expect(globMatches(pattern, given)).toBe(same.test(given));
    }),
    { numRuns: 1000 },
  );
});
