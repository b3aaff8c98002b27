import { describe, expect, test } from "@jest/globals";
import { isReason } from "../../../../src/api/reasons.ts";
import {
  CloudError,
  type CloudErrorClass,
  isCloudError,
  reasonOf,
} from "../../../../src/core/plan/cloud-error.ts";
import { retryDelay } from "../../../../src/core/plan/retry-delay.ts";

const minute = 60_000;

describe("an error of a cloud", () => {
  test.each<[CloudErrorClass, string, ReturnType<typeof retryDelay>]>([
    ["retry", "Retrying", { retry: "backoff" }],
    ["conflict", "Conflict", { retry: "backoff" }],
    ["gone", "Gone", { retry: "backoff" }],
    ["quota", "QuotaExceeded", { retry: "after", afterMs: 12.5 * minute }],
    ["permission", "PermissionDenied", { retry: "after", afterMs: 12.5 * minute }],
    ["missing", "MissingReference", { retry: "after", afterMs: 12.5 * minute }],
    ["invalid", "RejectedByCloud", { retry: "never" }],
  ])("of class %s is shown as %s and tried again in its own way", (errorClass, reason, delay) => {
    expect(reasonOf(errorClass)).toBe(reason);
    expect(isReason(reason)).toBe(true);
    expect(retryDelay(new CloudError(errorClass, "no"), () => 0.5)).toEqual(delay);
  });

  test("that names a time is not tried before it", () => {
    const told = new CloudError("retry", "slow down", { retryAfterMs: 7_000 });
    expect(retryDelay(told, () => 0)).toEqual({ retry: "after", afterMs: 7_000 });
    const later = new CloudError("quota", "full", { retryAfterMs: 30 * minute });
    expect(retryDelay(later, () => 0)).toEqual({ retry: "after", afterMs: 30 * minute });
  });

  test.each([
    [
      "that names years is tried after an hour",
      365 * 24 * 60 * minute,
      { retry: "after", afterMs: 60 * minute },
    ],
    ["that names for ever is tried after an hour", Infinity, { retry: "after", afterMs: 60 * minute }],
    ["that names no time backs off", 0, { retry: "backoff" }],
    ["that names nonsense backs off", Number.NaN, { retry: "backoff" }],
  ])("%s", (_, retryAfterMs, delay) => {
    expect(retryDelay(new CloudError("retry", "slow down", { retryAfterMs }), () => 0)).toEqual(delay);
  });

  test("is known by its brand, keeps its cause, and does not show the brand", () => {
    const cause = { status: 429 };
    const error = new CloudError("retry", "throttled", { cause, member: "uid" });
    expect(isCloudError(error)).toBe(true);
    expect(isCloudError({ class: "retry", message: "throttled" })).toBe(false);
    expect(isCloudError(undefined)).toBe(false);
    expect(error.cause).toBe(cause);
    expect(Object.keys(error).sort()).toEqual(["class", "field", "member", "name", "retryAfterMs"]);
  });
});
