import { describe, expect, test } from "@jest/globals";
import type { LabelSelector } from "../../../src/api/meta.ts";
import { matchesLabelSelector } from "../../../src/core/label-selector.ts";

const labels = { app: "web", tier: "front" };
const rule = (key: string, operator: "In" | "NotIn" | "Exists" | "DoesNotExist", ...values: string[]) => ({
  matchExpressions: [{ key, operator, values }],
});

describe("labels satisfy a selector when all its requirements hold", () => {
  test.each<[string, LabelSelector, boolean]>([
    ["an empty selector selects everything", {}, true],
    ["equal labels", { matchLabels: { app: "web" } }, true],
    ["one of two differs", { matchLabels: { app: "web", tier: "back" } }, false],
    ["a label that is not there", { matchLabels: { zone: "a" } }, false],
    ["In with the value", rule("app", "In", "api", "web"), true],
    ["In without the value", rule("app", "In", "api"), false],
    ["In on a label that is not there", rule("zone", "In", "a"), false],
    ["NotIn with the value", rule("app", "NotIn", "web"), false],
    ["NotIn on a label that is not there", rule("zone", "NotIn", "a"), true],
    ["Exists", rule("app", "Exists"), true],
    ["Exists on a label that is not there", rule("zone", "Exists"), false],
    ["DoesNotExist", rule("app", "DoesNotExist"), false],
    ["DoesNotExist on a label that is not there", rule("zone", "DoesNotExist"), true],
    [
      "both kinds of requirement count",
      { matchLabels: { app: "web" }, ...rule("tier", "NotIn", "front") },
      false,
    ],
    ["what every object inherits is no label", rule("constructor", "Exists"), false],
    ["an operator nobody knows selects nothing", rule("app", "Gt" as "In", "web"), false],
  ])("%s", (_, selector, expected) => expect(matchesLabelSelector(selector, labels)).toBe(expected));

  test("an object without labels satisfies only what asks for none", () => {
    expect(matchesLabelSelector({}, undefined)).toBe(true);
    expect(matchesLabelSelector(rule("app", "DoesNotExist"), undefined)).toBe(true);
    expect(matchesLabelSelector({ matchLabels: { app: "web" } }, undefined)).toBe(false);
  });
});
