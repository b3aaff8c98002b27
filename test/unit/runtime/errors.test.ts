import { expect, test } from "@jest/globals";
import {
  isTerminal,
  messageOf,
  RetryAfterError,
  retryAfterOf,
  TerminalError,
} from "../../../src/runtime/errors.ts";

test("what an error asks for is found through its causes", () => {
  const terminal = new Error("1", { cause: new Error("2", { cause: new TerminalError("3") }) });
  const later = new Error("1", { cause: new RetryAfterError("2", 500) });
  expect([isTerminal(terminal), isTerminal(later), isTerminal("text"), isTerminal(undefined)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect([retryAfterOf(later), retryAfterOf(terminal), retryAfterOf(null)]).toEqual([
    500,
    undefined,
    undefined,
  ]);
});

test("a cycle of causes ends", () => {
  const error = new Error("round");
  error.cause = error;
  expect(isTerminal(error)).toBe(false);
});

test.each([Number.NaN, -5, Number.POSITIVE_INFINITY])(
  "a retry after %d counts as at once",
  (retryAfterMs) => {
    expect(retryAfterOf(new RetryAfterError("odd", retryAfterMs))).toBe(0);
  },
);

test("anything thrown has a message", () => {
  expect([new Error("a"), "b", undefined, { message: "c" }, 4].map(messageOf)).toEqual([
    "a",
    "b",
    "undefined",
    "c",
    "4",
  ]);
});
