import { describe, expect, test } from "@jest/globals";
import { leftBehind, problemsOf } from "../../../../src/controllers/load-balancer/engine/member-outcome.ts";
import type { Execution, OperationResult } from "../../../../src/controllers/load-balancer/execute.ts";
import { CloudError } from "../../../../src/core/plan/cloud-error.ts";
import type { ObservedResource, Operation, Plan } from "../../../../src/core/plan/types.ts";
import type { Member } from "../../../../src/providers/provider.ts";
import { loadBalancer } from "../../core/objects.ts";

const a = loadBalancer({ name: "a" });
const b = loadBalancer({ name: "b" });
const uid = (lb: typeof a) => lb.metadata.uid ?? "";
const operation = (key: string, ...members: (typeof a)[]): Operation => ({
  do: "create",
  key,
  id: key,
  kind: "listener",
  members: members.map(uid),
  changes: [],
  because: "",
  after: [],
  fields: {},
  replaces: [],
});
const planOf = (...operations: Operation[]): Plan => ({ id: "", operations, held: [], refused: [] });
const ran = (results: Record<string, OperationResult>): Execution => ({
  results: new Map(Object.entries(results)),
  complete: Object.values(results).every(({ ended }) => ended === "done"),
});
const _done = { ended: "done" } as const;
const failed = (as: ConstructorParameters<typeof CloudError>[0], member?: string) =>
  ({ ended: "failed", error: new CloudError(as, `it is ${as}`, { member }) }) as const;
const _blocked = (by: string) => ({ ended: "blocked", by }) as const;

describe("a failure is told to", () => {
  const told = (lb: typeof a, planned: Plan, execution: Execution) =>
    problemsOf(
      lb,
      { key: lb.metadata.name ?? "" } as Member,
      { resources: [], problems: new Map() },
      planned,
      execution,
    ).map(({ reason }) => reason);

  test.each([
    ["the member that the operation serves", operation("one", a), failed("quota"), ["QuotaExceeded"], []],
    [
      "all whom the operation serves",
      operation("both", a, b),
      failed("quota"),
      ["QuotaExceeded"],
      ["QuotaExceeded"],
    ],
    [
      "everybody, if it serves the whole stack",
      operation("all"),
      failed("quota"),
      ["QuotaExceeded"],
      ["QuotaExceeded"],
    ],
    [
      "the one whom the cloud names",
      operation("both", a, b),
      failed("invalid", uid(b)),
      [],
      ["RejectedByCloud"],
    ],
  ])("%s", (_whom, op, result, ofA, ofB) => {
    const execution = ran({ [op.key]: result });
    expect([told(a, planOf(op), execution), told(b, planOf(op), execution)]).toEqual([ofA, ofB]);
  });
});

describe("a member on its way out", () => {
  const resource = (cloudId: string, more: Partial<ObservedResource> = {}): ObservedResource => ({
    id: cloudId,
    kind: "listener",
    cloudId,
    fields: {},
    dependsOn: [],
    ours: true,
    ...more,
  });
  const left = (after: ObservedResource[], live: (typeof a)[], execution = ran({})) =>
    leftBehind(a, {
      planned: planOf(...[...execution.results.keys()].map((key) => operation(key))),
      execution,
      after,
      live: new Set(live.map(uid)),
    });

  test.each([
    ["may go when nothing of it is left", [], [b], ran({}), undefined],
    [
      "may go though others use the stack",
      [resource("shared"), resource("x", { members: [uid(b)] })],
      [b],
      ran({}),
      undefined,
    ],
    [
      "may go though another's work failed",
      [resource("x", { members: [uid(b)] })],
      [b],
      ran({ x: failed("invalid") }),
      undefined,
    ],
    [
      "stays while something of its own is left",
      [resource("x", { members: [uid(a)] })],
      [b],
      ran({}),
      "Conflict",
    ],
    ["stays while anything is left, if it is the last", [resource("shared")], [], ran({}), "Conflict"],
    [
      "stays in doubt about what is not marked",
      [resource("shared")],
      [b],
      ran({ x: failed("retry") }),
      "Retrying",
    ],
    ["does not stay for what is not ours", [resource("foreign", { ours: false })], [], ran({}), undefined],
  ] as [string, ObservedResource[], (typeof a)[], Execution, string | undefined][])(
    "%s",
    (_sentence, after, live, execution, reason) => {
      expect(left(after, live, execution)?.reason).toBe(reason);
    },
  );
});
