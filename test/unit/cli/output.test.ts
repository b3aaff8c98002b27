import { describe, expect, test } from "@jest/globals";
import { ageOf } from "../../../src/cli/output/age.ts";
import { paintFor } from "../../../src/cli/output/paint.ts";
import { printable } from "../../../src/cli/output/printable.ts";
import { table } from "../../../src/cli/output/table.ts";

const none = paintFor({ isTTY: false });

describe("a table", () => {
  test("has columns as wide as they must be, and no spaces at the ends of lines", () => {
    expect(
      table(
        ["NAME", "WHY"],
        [
          ["a", "because"],
          ["longer", ""],
        ],
        none,
      ),
    ).toBe("NAME     WHY\na        because\nlonger   -");
  });

  test("shows text of others without letting it steer the terminal", () => {
    const text = table(["A"], [["\u001b[2Jx\ny\u202ez"]], none);
    expect(text).toBe("A\n\\u001b[2Jx\\u000ay\\u202ez");
  });
});

test("colours are for terminals that have them, unless the user wants none", () => {
  const coloured = "\u001b[32mok\u001b[0m";
  expect(paintFor({ isTTY: true }, {})("good", "ok")).toBe(coloured);
  expect(paintFor({ isTTY: true }, { NO_COLOR: "1" })("good", "ok")).toBe("ok");
  expect(paintFor({ isTTY: true }, { TERM: "dumb" })("good", "ok")).toBe("ok");
  expect(paintFor({}, {})("good", "ok")).toBe("ok");
});

test("text of many scripts stays as it is", () => {
  expect(printable("Größe 東京 🚢")).toBe("Größe 東京 🚢");
});

test.each([
  ["2026-01-01T00:00:00Z", "0s"],
  ["2025-12-31T23:58:01Z", "119s"],
  ["2025-12-31T23:00:00Z", "60m"],
  ["2025-12-31T00:00:00Z", "24h"],
  ["2025-12-01T00:00:00Z", "31d"],
  ["2026-01-01T00:00:09Z", "0s"],
  [undefined, "unknown"],
  ["no time", "unknown"],
])("%s is %s ago", (timestamp, age) => {
  expect(ageOf(timestamp, Date.parse("2026-01-01T00:00:00Z"))).toBe(age);
});
