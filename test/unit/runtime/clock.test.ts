import { describe, expect, test } from "@jest/globals";
import { sleep, systemClock } from "../../../src/runtime/clock.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";

describe("sleep", () => {
  test("rejects with the reason of a signal that has aborted already, and sets no timer", async () => {
    const clock = createFakeClock();
    const signal = AbortSignal.abort(new Error("over"));
    await expect(sleep(10, { clock, signal })).rejects.toThrow("over");
    expect(clock.timers).toBe(0);
  });

  test("rejects when the signal aborts meanwhile, and clears its timer", async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const asleep = sleep(10, { clock, signal: stop.signal });
    stop.abort(new Error("over"));
    await expect(asleep).rejects.toThrow("over");
    expect(clock.timers).toBe(0);
  });
});

describe("the system's clock", () => {
  test("waits for longer than Node's timers can", async () => {
    let fired = false;
    const timer = systemClock.setTimeout(() => {
      fired = true;
    }, 2 ** 40);
    // Node fires a timer that is too long after 1 ms: two later timers would be overtaken.
    await sleep(5);
    await sleep(5);
    timer.clear();
    expect(fired).toBe(false);
  });

  test("a cleared timer does not fire", async () => {
    let fired = false;
    systemClock
      .setTimeout(() => {
        fired = true;
      }, 1)
      .clear();
    await sleep(5);
    expect(fired).toBe(false);
  });
});
