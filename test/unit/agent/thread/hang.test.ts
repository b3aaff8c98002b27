import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { createControl } from "../../../../src/agent/thread/control.ts";
import { watchForHang } from "../../../../src/agent/thread/hang.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Looks for so many seconds while the thread turns, or does not; gives how often a hang was told. */
function watching() {
  const control = createControl();
  // As the other thread has it.
  const there = createControl(control.memory);
  let hangs = 0;
  const watch = watchForHang(control, () => {
    hangs += 1;
  });
  return {
    watch,
    hangs: () => hangs,
    pass(seconds: number, turns: boolean) {
      for (let second = 0; second < seconds; second += 1) {
        if (turns) there.turned(0);
        jest.advanceTimersByTime(1_000);
      }
    },
  };
}

test("a thread that turns does not hang, one that does not for ten looks does, and that is told once", () => {
  const { pass, hangs } = watching();
  pass(60, true);
  pass(9, false);
  expect(hangs()).toBe(0);
  pass(30, false);
  expect(hangs()).toBe(1);
});

test("one that was late comes back to a full measure of patience", () => {
  const { pass, hangs } = watching();
  for (let round = 0; round < 5; round += 1) {
    pass(8, false);
    pass(1, true);
  }
  expect(hangs()).toBe(0);
});

test("after its end nobody looks", () => {
  const { pass, hangs, watch } = watching();
  watch.stop();
  pass(60, false);
  expect(hangs()).toBe(0);
});
