import { expect, test } from "@jest/globals";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import { retryOnConflict } from "../../../../src/runtime/patch/retry-on-conflict.ts";
import { createFakeClock } from "../../../../src/testing/fake-clock.ts";

const conflict = new ApiError("replace services a/b", { status: 409, reason: "Conflict" });

function work(conflicts: number, then: () => string = () => "done") {
  const calls = { count: 0 };
  const run = async () => {
    calls.count += 1;
    if (calls.count <= conflicts) throw conflict;
    return then();
  };
  return { calls, run };
}

test("the work is tried again after each conflict, with growing pauses", async () => {
  const clock = createFakeClock();
  const { calls, run } = work(3);
  const result = retryOnConflict(run, { clock, factor: 5, random: () => 0 });
  await clock.advance(10 + 50 + 249);
  expect(calls.count).toBe(3);
  await clock.advance(1);
  expect(await result).toBe("done");
});

test("the last conflict is thrown when there is no try left", async () => {
  const clock = createFakeClock();
  const { calls, run } = work(99);
  const result = retryOnConflict(run, { clock }).catch((error: unknown) => error);
  await clock.advance(1000);
  expect(await result).toBe(conflict);
  expect(calls.count).toBe(5);
});

test("other errors are thrown at once, AlreadyExists among them", async () => {
  const exists = new ApiError("create services a/b", { status: 409, reason: "AlreadyExists" });
  const { calls, run } = work(0, () => {
    throw exists;
  });
  await expect(retryOnConflict(run)).rejects.toBe(exists);
  expect(calls.count).toBe(1);
});

test("the signal ends the pause", async () => {
  const stop = new AbortController();
  const { run } = work(99);
  const result = retryOnConflict(run, { clock: createFakeClock(), signal: stop.signal });
  stop.abort(new Error("over"));
  await expect(result).rejects.toThrow("over");
});
