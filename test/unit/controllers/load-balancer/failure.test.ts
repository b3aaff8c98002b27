import { describe, expect, test } from "@jest/globals";
import { asQueueError, mostHopeful, problemOf } from "../../../../src/controllers/load-balancer/failure.ts";
import { CloudError, type CloudErrorClass } from "../../../../src/core/plan/cloud-error.ts";
import { isTerminal, retryAfterOf } from "../../../../src/runtime/errors.ts";

const cloudError = (as: CloudErrorClass, retryAfterMs?: number) =>
  new CloudError(as, `it is ${as}`, { retryAfterMs });

describe("an error of a cloud", () => {
  const rows: [CloudErrorClass, string, "backoff" | "slow" | "edit"][] = [
    ["retry", "Retrying", "backoff"],
    ["conflict", "Conflict", "backoff"],
    ["gone", "Gone", "backoff"],
    ["quota", "QuotaExceeded", "slow"],
    ["permission", "PermissionDenied", "slow"],
    ["missing", "MissingReference", "slow"],
    ["invalid", "RejectedByCloud", "edit"],
  ];
  test.each(rows)("of class %s is told as %s and tried again: %s", (as, reason, again) => {
    const error = cloudError(as);
    expect(problemOf(error, false)).toEqual({ kind: "pending", reason, message: `it is ${as}` });
    expect(problemOf(error, true).kind).toBe("degraded");
    const queued = asQueueError(error, () => 0.5);
    expect(isTerminal(queued)).toBe(again === "edit");
    const after = retryAfterOf(queued);
    if (again === "slow") expect(after).toBeGreaterThanOrEqual(600_000);
    else expect(after).toBeUndefined();
  });

  test("is tried again no sooner than the cloud says", () => {
    expect(retryAfterOf(asQueueError(cloudError("retry", 7_000), () => 0))).toBe(7_000);
  });
});

test("an error of any other kind is tried again with backoff", () => {
  expect(problemOf(new Error("oops"), false)).toEqual({
    kind: "pending",
    reason: "Retrying",
    message: "oops",
  });
  const error = new Error("oops");
  expect(asQueueError(error)).toBe(error);
});

test.each([
  ["what may pass soon, before what waits for an edit", ["invalid", "retry", "quota"], "retry"],
  ["what waits for minutes, before what waits for an edit", ["invalid", "quota"], "quota"],
  ["an edit, if nothing else helps any of them", ["invalid", "invalid"], "invalid"],
] as [string, CloudErrorClass[], CloudErrorClass][])(
  "of several errors the next try follows %s",
  (_which, all, chosen) => {
    expect(mostHopeful(all.map((as) => cloudError(as)))).toMatchObject({ class: chosen });
  },
);
