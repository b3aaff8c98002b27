import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createWorkQueue, Priority, type WorkQueue } from "../../../../src/runtime/queue/work-queue.ts";
import { createFakeClock } from "../../../../src/testing/fake-clock.ts";

const backoff = { baseMs: 1000, maxMs: 60_000 };

function setUp() {
  const clock = createFakeClock();
  return { clock, queue: createWorkQueue({ clock, backoff, random: () => 1 }) };
}

/** What the workers would get now, one after the other. */
async function takeAll(queue: WorkQueue): Promise<string[]> {
  const taken: string[] = [];
  while (queue.length > 0) {
    const key = (await queue.take()) as string;
    taken.push(key);
    queue.done(key);
  }
  return taken;
}

describe("coalescing", () => {
  test("a key added many times before it is taken is worked on once", async () => {
    const { queue } = setUp();
    for (let n = 0; n < 5; n++) queue.add("a");
    expect(await takeAll(queue)).toEqual(["a"]);
  });

  test("a key added during its work waits for the end of it, and is worked on once more", async () => {
    const { queue } = setUp();
    queue.add("a");
    const first = await queue.take();
    queue.add("a");
    queue.add("a");
    expect(queue.length).toBe(0);
    queue.done(first as string);
    expect(await takeAll(queue)).toEqual(["a"]);
  });

  test("a waiting worker gets the key that is added", async () => {
    const { queue } = setUp();
    const taken = queue.take();
    queue.add("a");
    expect(await taken).toBe("a");
    expect(queue.length).toBe(0);
  });
});

describe("priority", () => {
  test("what just changed overtakes the first list, and each level keeps its order", async () => {
    const { queue } = setUp();
    for (const key of ["old-1", "old-2"]) queue.add(key, { priority: Priority.background });
    for (const key of ["new-1", "new-2"]) queue.add(key);
    expect(await takeAll(queue)).toEqual(["new-1", "new-2", "old-1", "old-2"]);
  });

  test("a change lifts a waiting key to the tail of the fresh ones; a resync lowers nothing", async () => {
    const { queue } = setUp();
    for (const key of ["a", "b"]) queue.add(key, { priority: Priority.background });
    queue.add("c");
    queue.add("b");
    queue.add("c", { priority: Priority.background });
    expect(await takeAll(queue)).toEqual(["c", "b", "a"]);
  });

  test("a key from the first list keeps its place behind fresh ones when it is tried again", async () => {
    const { queue, clock } = setUp();
    queue.add("old", { priority: Priority.background });
    await queue.take();
    queue.addRateLimited("old");
    queue.done("old");
    await clock.advance(1000);
    queue.add("new");
    expect(await takeAll(queue)).toEqual(["new", "old"]);
  });

  test("a key that was added with different priorities during its work takes the highest", async () => {
    const { queue } = setUp();
    queue.add("a");
    await queue.take();
    queue.add("a", { priority: Priority.background });
    queue.add("a", { priority: 5 });
    queue.add("b");
    queue.done("a");
    expect(await takeAll(queue)).toEqual(["a", "b"]);
  });
});

describe("delays", () => {
  test("the earliest time asked for counts", async () => {
    const { queue, clock } = setUp();
    queue.addAfter("a", 5000);
    queue.addAfter("a", 1000);
    queue.addAfter("a", 9000);
    await clock.advance(999);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(await takeAll(queue)).toEqual(["a"]);
    await clock.advance(20_000);
    expect(queue.length).toBe(0);
  });

  test("an add cancels the delay", async () => {
    const { queue, clock } = setUp();
    queue.addAfter("a", 1000);
    queue.add("a");
    expect(await takeAll(queue)).toEqual(["a"]);
    await clock.advance(5000);
    expect(queue.length).toBe(0);
    expect(clock.timers).toBe(0);
  });

  test("a delay that ends during the work brings the key up again after it", async () => {
    const { queue, clock } = setUp();
    queue.add("a");
    await queue.take();
    queue.addAfter("a", 1000);
    await clock.advance(2000);
    expect(queue.length).toBe(0);
    queue.done("a");
    expect(queue.length).toBe(1);
  });

  test.each([0, -1, Number.NaN])("a delay of %d is none", async (delayMs) => {
    const { queue } = setUp();
    queue.addAfter("a", delayMs);
    queue.addAfter("b", 1000);
    expect(await takeAll(queue)).toEqual(["a"]);
  });

  test("keys become ready in the order of their times", async () => {
    const { queue, clock } = setUp();
    for (const seconds of [7, 3, 9, 1, 5]) queue.addAfter(`after-${seconds}`, seconds * 1000);
    await clock.advance(10_000);
    expect(await takeAll(queue)).toEqual(["after-1", "after-3", "after-5", "after-7", "after-9"]);
  });
});

describe("failures", () => {
  test("each doubles the delay up to the maximum; forget starts over", () => {
    const { queue } = setUp();
    const delays = Array.from({ length: 8 }, () => queue.addRateLimited("a"));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(queue.failures("a")).toBe(8);
    queue.forget("a");
    expect(queue.failures("a")).toBe(0);
    expect(queue.addRateLimited("a")).toBe(1000);
  });

  test("half of each delay is left to chance", () => {
    const queue = createWorkQueue({ backoff, random: () => 0 });
    expect(queue.addRateLimited("a")).toBe(500);
    queue.close();
  });

  test("ten thousand failures in a row still wait for the maximum", () => {
    const { queue } = setUp();
    for (let n = 0; n < 10_000; n++) queue.addRateLimited("a");
    expect(queue.addRateLimited("a")).toBe(60_000);
  });
});

describe("the end", () => {
  test("a worker that waits goes when its signal aborts, and takes nothing with it", async () => {
    const { queue } = setUp();
    const stop = new AbortController();
    const taken = queue.take(stop.signal);
    stop.abort();
    expect(await taken).toBeUndefined();
    queue.add("a");
    expect(await queue.take(stop.signal)).toBeUndefined();
    expect(await takeAll(queue)).toEqual(["a"]);
  });

  test("closing drops what waits, refuses more and lets the workers go", async () => {
    const { queue, clock } = setUp();
    const taken = [queue.take(), queue.take()];
    queue.add("a");
    queue.add("b");
    queue.add("c");
    queue.addAfter("d", 1000);
    queue.close();
    queue.add("e");
    queue.addAfter("f", 10);
    expect(await Promise.all(taken)).toEqual(["a", "b"]);
    expect(queue.length).toBe(0);
    expect(await queue.take()).toBeUndefined();
    expect(clock.timers).toBe(0);
  });

  test("it is drained when the last key is done", async () => {
    const { queue } = setUp();
    queue.add("a");
    await queue.take();
    queue.close();
    let drained = false;
    const waiting = queue.drained().then(() => {
      drained = true;
    });
    await Promise.resolve();
    expect(drained).toBe(false);
    queue.done("a");
    await waiting;
    await queue.drained();
  });
});

type Step =
  | { do: "add"; key: string; priority: number }
  | { do: "addAfter"; key: string; delayMs: number; priority: number }
  | { do: "fail"; key: string }
  | { do: "take" | "done" }
  | { do: "wait"; ms: number };

const key = fc.constantFrom("a", "b", "c", "d");
const priority = fc.constantFrom(Priority.fresh, Priority.background);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("add" as const), key, priority }),
  fc.record({ do: fc.constant("addAfter" as const), key, priority, delayMs: fc.nat(5000) }),
  fc.record({ do: fc.constant("fail" as const), key }),
  fc.record({ do: fc.constantFrom("take" as const, "done" as const) }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.nat(3000) }),
);

describe("in any order of calls", () => {
  test("no key is with two workers, and every key added is worked on after its add", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { queue, clock } = setUp();
        const atWork: string[] = [];
        /** Keys that were added and have not been taken since. */
        const owed = new Set<string>();
        const waiters: Promise<void>[] = [];
        const stop = new AbortController();
        const take = async () => {
          const taken = await queue.take(stop.signal);
          if (taken === undefined) return;
          expect(atWork).not.toContain(taken);
          expect(owed).toContain(taken);
          atWork.push(taken);
          owed.delete(taken);
        };
        const done = () => {
          const finished = atWork.shift();
          if (finished !== undefined) queue.done(finished);
        };
        for (const one of steps) {
          switch (one.do) {
            case "add":
              queue.add(one.key, one);
              owed.add(one.key);
              break;
            case "addAfter":
              queue.addAfter(one.key, one.delayMs, one);
              owed.add(one.key);
              break;
            case "fail":
              queue.addRateLimited(one.key);
              owed.add(one.key);
              break;
            case "take":
              waiters.push(take());
              break;
            case "done":
              done();
              break;
            case "wait":
              await clock.advance(one.ms);
              break;
          }
          // Whoever was given a key notes it before the next step.
          await Promise.resolve().then(() => {});
        }
        await clock.advance(200_000);
        while (owed.size > 0 || atWork.length > 0) {
          const before = owed.size + atWork.length;
          while (atWork.length > 0) done();
          await clock.advance(0);
          while (queue.length > 0) await take();
          expect(owed.size + atWork.length).toBeLessThanOrEqual(before);
          if (atWork.length === 0) expect([...owed]).toEqual([]);
        }
        stop.abort();
        await Promise.all(waiters);
        expect(clock.timers).toBe(0);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});
