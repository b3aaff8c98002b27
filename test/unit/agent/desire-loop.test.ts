/** When the world is made anew. */
import { expect, test } from "@jest/globals";
import { createDesireLoop } from "../../../src/agent/desire-loop.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";

function looping(workMs = 0) {
  const clock = createFakeClock();
  const made: { at: number; must: boolean }[] = [];
  let outcome: "made" | "incomplete" = "made";
  const begun = clock.monotonic();
  const loop = createDesireLoop({
    clock,
    make({ must }) {
      made.push({ at: clock.monotonic() - begun, must });
      clock.pause(workMs);
      return outcome;
    },
  });
  const becomes = (next: typeof outcome) => {
    outcome = next;
  };
  return { clock, made, loop, becomes };
}

test("changes of one moment are taken together", async () => {
  const { clock, made, loop } = looping();
  for (let i = 0; i < 5; i++) loop.changed();
  await clock.advance(1_000);
  expect(made).toEqual([{ at: 20, must: false }]);
});

test("where it is much work it leaves time for the rest", async () => {
  const { clock, made, loop } = looping(50);
  loop.changed();
  await clock.advance(20);
  loop.changed();
  await clock.advance(400);
  expect(made).toHaveLength(1);
  await clock.advance(200);
  expect(made).toHaveLength(2);
});

test("what is missing is waited for, and taken as soon as it is there", async () => {
  const { clock, made, loop, becomes } = looping();
  becomes("incomplete");
  loop.changed();
  await clock.advance(1_000);
  becomes("made");
  loop.changed();
  await clock.advance(20);
  expect(made.map(({ must }) => must)).toEqual([false, false]);
  await clock.advance(10_000);
  expect(made).toHaveLength(2);
});

test("but not for ever", async () => {
  const { clock, made, loop, becomes } = looping();
  becomes("incomplete");
  loop.changed();
  await clock.advance(5_100);
  expect(made.at(-1)?.must).toBe(true);
});
