/** When the protocol is told that the API server was reached. */
import { expect, test } from "@jest/globals";
import { createApiContact } from "../../../src/agent/api-contact.ts";

function contact() {
  const told: (number | "refreshed")[] = [];
  let time = 0;
  let refreshing: PromiseWithResolvers<void> | undefined;
  const made = createApiContact({
    now: () => time,
    reached: (at) => told.push(at),
    refresh() {
      refreshing = Promise.withResolvers<void>();
      return refreshing.promise.then(() => void told.push("refreshed"));
    },
  });
  return {
    told,
    answered(at: number, afterMs = 0) {
      time = at + afterMs;
      made.answered(at);
    },
    async refreshed(how: "done" | "failed") {
      if (how === "done") refreshing?.resolve();
      else refreshing?.reject(new Error("away again"));
      refreshing = undefined;
      await new Promise(setImmediate);
    },
    isRefreshing: () => refreshing !== undefined,
  };
}

test("each answer is told, as long as they come", () => {
  const { told, answered } = contact();
  for (const at of [0, 3_000, 6_000]) answered(at);
  expect(told).toEqual([0, 3_000, 6_000]);
});

test("after a gap nothing is told before everything was read anew", async () => {
  const { told, answered, refreshed } = contact();
  answered(0);
  answered(20_000);
  answered(23_000);
  expect(told).toEqual([0]);
  await refreshed("done");
  expect(told).toEqual([0, "refreshed", 20_000]);
  answered(26_000);
  expect(told.at(-1)).toBe(26_000);
});

test("an answer to what was asked early in an outage comes after it, and does not hide it", async () => {
  const { told, answered, refreshed } = contact();
  answered(0);
  answered(7_500, 2_000);
  answered(10_000);
  expect(told).toEqual([0]);
  await refreshed("done");
  expect(told).toEqual([0, "refreshed", 9_500]);
});

test("what could not be read anew is tried again with the next answer", async () => {
  const { told, answered, refreshed, isRefreshing } = contact();
  answered(0);
  answered(20_000);
  await refreshed("failed");
  answered(40_000);
  expect(isRefreshing()).toBe(true);
  expect(told).toEqual([0]);
  await refreshed("done");
  expect(told).toEqual([0, "refreshed", 40_000]);
});
