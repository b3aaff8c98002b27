import { expect, test } from "@jest/globals";
import { sleep } from "../../../src/runtime/clock.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";

test("timers fire in the order of their times, also those that a continuation sets on the way", async () => {
  const clock = createFakeClock({ startMs: 0 });
  const seen: string[] = [];
  clock.setTimeout(() => seen.push(`b at ${clock.monotonic()}`), 30);
  const chain = async () => {
    await sleep(10, { clock });
    seen.push(`a at ${clock.monotonic()}`);
    await sleep(10, { clock });
    seen.push(`c at ${clock.now()}`);
  };
  void chain();
  await clock.advance(40);
  expect(seen).toEqual(["a at 10", "c at 20", "b at 30"]);
  expect(clock.monotonic()).toBe(40);
});

test("a pause moves time without firing; what became due fires late", async () => {
  const clock = createFakeClock({ startMs: 0 });
  const seen: number[] = [];
  clock.setTimeout(() => seen.push(clock.monotonic()), 10);
  clock.pause(100);
  expect(seen).toEqual([]);
  await clock.advance(0);
  expect(seen).toEqual([100]);
});

test("a jump moves the wall clock alone", () => {
  const clock = createFakeClock({ startMs: 1000 });
  clock.jump(-500);
  expect([clock.now(), clock.monotonic()]).toEqual([500, 0]);
});
