import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { quote } from "../../../src/core/quote.ts";

test.each([
  ["plain", "edge", '"edge"'],
  ["control characters", "a\u0000\n\u001b[31m", String.raw`"a\u0000\n\u001b[31m"`],
  ["marks that turn the direction of text", "a\u202eb\u2066", String.raw`"a\u202eb\u2066"`],
  ["characters without width", "a\u200bb\ufeff", String.raw`"a\u200bb\ufeff"`],
  ["half a surrogate pair", "a\ud800", '"a\ufffd"'],
  ["a long text", "x".repeat(81), `"${"x".repeat(80)}"… (81 characters)`],
])("shows %s", (_what, text, shown) => {
  expect(quote(text)).toBe(shown);
});

test("whatever was written, the result is short, printable and on one line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      const shown = quote(text);
      expect(shown).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      expect(shown.isWellFormed()).toBe(true);
      expect(shown.length).toBeLessThan(600);
    }),
  );
});
