/** Plans show what differs, and long values stay readable. */
import { describe, expect, test } from "@jest/globals";
import { changeLines, valueLines } from "../../../../src/core/plan/format-change.ts";
import { legible } from "../../../../src/core/plan/legible.ts";
import { reference } from "../../../../src/core/plan/reference.ts";
import type { Json } from "../../../../src/core/plan/types.ts";

describe("a field that gets a value", () => {
  test.each<[string, Json, string[]]>([
    ["is said as it is", "a b", ["field: a b"]],
    ["is not said where there is none", null, []],
    ["is not said where it is empty", { pin: {}, other: null }, []],
    [
      "is quoted where it would steer the terminal or look like nothing",
      "x\u001b[2J\ny",
      ['field: "x\\u001b[2J\\ny"'],
    ],
    ["is a list", [80, 443], ["field: 80, 443"]],
    ["is known later", [reference("firewall")], ["field: (known after apply: firewall)"]],
    ["is a record", { b: "2", a: { c: true } }, ["field: a.c=true, b=2"]],
    ["is a list of records", [{ id: "i-1", port: 80 }, { id: "i-2" }], ["field: id=i-1 port=80; id=i-2"]],
  ])("%s", (_what, value, lines) => {
    expect(valueLines("field", value)).toEqual(lines);
  });

  test("goes on in the next lines where it is long, and ends where it is endless", () => {
    const long = valueLines(
      "tags",
      Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`name-${index}`, "of some length"])),
    );
    expect(long.length).toBeGreaterThan(1);
    expect(long.every((line) => line.length <= 112)).toBe(true);
    expect(long.join("")).toContain("name-11=of some length");
    const endless = valueLines(
      "targets",
      Array.from({ length: 1000 }, (_, index) => ({ id: `i-${index}`, port: 80 })),
    );
    expect(endless).toHaveLength(20);
    expect(endless.at(-1)).toMatch(/^ {2}… and \d+ lines more$/);
  });
});

describe("a field that changes", () => {
  test.each<[string, Json | undefined, Json | undefined, string[]]>([
    ["has both values", "/a", "/b", ["field: /a → /b"]],
    ["had none", undefined, 3, ["field: none → 3"]],
    ["has none any more", 3, undefined, ["field: 3 → none"]],
    [
      "is a record of which one entry differs",
      { "a.b": "1", c: "2" },
      { "a.b": "1", c: "3" },
      ["field: c: 2 → 3"],
    ],
    [
      "is a record that lost an entry and got one",
      { a: 1 },
      { b: 1 },
      ["field: a: 1 → none", "field: b: none → 1"],
    ],
    ["is a short list", [80], [80, 443], ["field: [80] → [80, 443]"]],
    [
      "is a list of records of which one goes and one comes",
      [{ id: "a" }, { id: "b" }],
      [{ id: "b" }, { id: "c" }],
      ["field: - id=a", "field: + id=c"],
    ],
    [
      "is a list whose order alone differs",
      [{ id: "a" }, { id: "b" }],
      [{ id: "b" }, { id: "a" }],
      ["field: [id=a, id=b] → [id=b, id=a]"],
    ],
  ])("%s", (_what, from, to, lines) => {
    expect(changeLines("field", from, to)).toEqual(lines);
  });
});

describe("of a record that is compared in part", () => {
  // As tags and attributes are: what others put there does not count, and what has another value does.
  const mine = (_field: string, desired: Json, observed: Json): boolean =>
    Object.entries(desired as Record<string, Json>).every(
      ([name, value]) => (observed as Record<string, Json>)[name] === value,
    );

  test("what does not count as a difference is not told as one", () => {
    const change = { field: "tags", from: { team: "a", theirs: "x" }, to: { team: "b" } };
    expect(legible({ equal: mine }, change)).toEqual({ ...change, from: { team: "a" } });
    expect(legible({}, change)).toEqual(change);
  });

  test("what is missing counts, and is told", () => {
    const change = { field: "tags", from: { theirs: "x" }, to: { team: "b" } };
    expect(legible({ equal: mine }, change)).toEqual({ ...change, from: {} });
  });
});
