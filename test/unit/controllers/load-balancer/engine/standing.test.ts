import { describe, expect, test } from "@jest/globals";
import type { Round } from "../../../../../src/controllers/load-balancer/engine/rounds.ts";
import { sparesWhatStood } from "../../../../../src/controllers/load-balancer/engine/standing.ts";
import type { OperationResult } from "../../../../../src/controllers/load-balancer/execute.ts";
import { plan } from "../../../../../src/core/plan/plan.ts";
import type {
  DesiredResource,
  Json,
  KindRules,
  ObservedResource,
} from "../../../../../src/core/plan/types.ts";

const rules: Record<string, KindRules> = {
  wall: {
    change: (field) => (field === "site" ? "replace" : "update"),
    widen: (field, a, b) =>
      field === "ports"
        ? [...new Set([...(a as number[]), ...(b as number[])])].sort((x, y) => x - y)
        : undefined,
    replace: "create-first",
    changesAddress: false,
  },
};
const policy = { replacement: "Allow", drift: "Repair", deletion: "Delete" } as const;
const common = { kind: "wall", dependsOn: [] };
const wall = (id: string, ports: readonly number[], site = "here"): DesiredResource => ({
  ...common,
  id,
  fields: { ports, site },
  members: ["a"],
});
const there = (id: string, ports: readonly number[], cloudId = `old-${id}`): ObservedResource => ({
  ...common,
  id,
  cloudId,
  fields: { ports: ports as Json, site: "here" },
  ours: true,
});

interface Case {
  readonly before: readonly ObservedResource[];
  readonly forAll: readonly DesiredResource[];
  /** What the first round made. */
  readonly made?: readonly string[];
  readonly now: readonly ObservedResource[];
  readonly without: readonly DesiredResource[];
  readonly retain?: boolean;
}

/** What a round that leaves somebody out may do. */
function may({ before, forAll, made = [], now, without, retain = false }: Case): string[] {
  const results = new Map(
    made.map((cloudId): [string, OperationResult] => [
      cloudId,
      { ended: "done", created: { cloudId, fields: {} } },
    ]),
  );
  const first: Pick<Round, "before" | "planned" | "execution"> = {
    before,
    planned: plan(forAll, before, rules, policy),
    execution: { results, complete: false },
  };
  const allowed = sparesWhatStood(first, [first], { rules, retain });
  return plan(without, now, rules, policy)
    .operations.filter(allowed)
    .map(({ key }) => key);
}

describe("rounds that leave members out delete", () => {
  test("nothing that stood and that the plan for all keeps", () => {
    const before = [there("x", [1]), there("y", [2])];
    expect(may({ before, forAll: [wall("x", [1]), wall("y", [2])], now: before, without: [] })).toEqual([]);
  });

  test("what the plan for all deletes, and what this attempt made", () => {
    const before = [there("x", [1])];
    const made = there("y", [2], "new-y");
    const during = { before, forAll: [wall("y", [2])], made: ["new-y"], now: [...before, made], without: [] };
    expect(may(during).sort()).toEqual(["delete x old-x", "delete y new-y"]);
    expect(may({ ...during, retain: true })).toEqual(["delete x old-x"]);
  });

  test("nothing that appeared since and that nobody here is known to have made", () => {
    const before: ObservedResource[] = [];
    expect(may({ before, forAll: [wall("x", [1])], now: [there("x", [1])], without: [] })).toEqual([]);
  });

  test("nothing that a creation found", () => {
    const before = [there("x", [1])];
    expect(may({ before, forAll: [wall("x", [1])], made: ["old-x"], now: before, without: [] })).toEqual([]);
  });
});

test("nothing that stood is replaced that the plan for all keeps", () => {
  const before = [there("x", [1])];
  expect(may({ before, forAll: [wall("x", [1])], now: before, without: [wall("x", [1], "there")] })).toEqual(
    [],
  );
  const forAll = [wall("x", [1], "there"), wall("y", [2])];
  const replaced = may({ before, forAll, now: before, without: [wall("x", [1], "there")] });
  expect(replaced).toEqual(["create x", "delete x old-x"]);
});

test.each([
  ["not below what stood", [1, 2], [1, 2], [1, 2], [1], []],
  ["by what this attempt widened it", [1], [1, 2], [1, 2], [1], ["narrow x"]],
  ["where the plan for all narrows it too", [1, 2, 3], [2, 3], [1, 2, 3], [2], ["narrow x"]],
])("what is left out narrows %s", (_how, stood, all, now, wanted, expected) => {
  const found = may({
    before: [there("x", stood)],
    forAll: [wall("x", all)],
    now: [there("x", now)],
    without: [wall("x", wanted)],
  });
  expect(found).toEqual(expected);
});
