import { expect, test } from "@jest/globals";
import {
  createRequestLimiter,
  type RequestFamily,
  type RequestReport,
} from "../../../src/providers/request-limiter.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";

const throttled = new Error("too fast");
const signal = new AbortController().signal;

function setUp(family: RequestFamily) {
  const clock = createFakeClock();
  const sentMs: number[] = [];
  const reports: RequestReport[] = [];
  const limiter = createRequestLimiter({
    families: { read: family, write: family },
    clock,
    isThrottled: (error) => error === throttled,
    onRequest: (report) => reports.push(report),
  });
  const send = (answer: () => Promise<unknown> = async () => {}, from: AbortSignal = signal) => {
    const done = limiter.run({ family: "read", operation: "List", signal: from }, () => {
      sentMs.push(clock.monotonic());
      return answer();
    });
    done.catch(() => {});
    return done;
  };
  return { clock, limiter, send, sentMs, reports };
}

test("a burst goes out at once, and what is more at the family's rate", async () => {
  const { clock, send, sentMs } = setUp({ perSecond: 2, burst: 3 });
  for (let index = 0; index < 6; index++) void send();
  await clock.advance(1400);
  expect(sentMs).toEqual([0, 0, 0, 500, 1000]);
  await clock.advance(100);
  expect(sentMs).toHaveLength(6);
});

test("the higher priority goes first, and the others in their order", async () => {
  const { clock, limiter } = setUp({ perSecond: 1, burst: 1, concurrency: 2 });
  const sent: string[] = [];
  const ask = (operation: string, priority?: number) =>
    void limiter.run({ family: "read", operation, signal, ...(priority && { priority }) }, async () => {
      sent.push(operation);
    });
  for (const operation of ["a", "b", "c", "d"]) ask(operation);
  await clock.advance(0);
  ask("late", 1);
  await clock.advance(4000);
  // Two were let in before, and wait for their tokens already.
  expect(sent).toEqual(["a", "b", "c", "late", "d"]);
});

test("families do not wait for each other", async () => {
  const { clock, limiter, send } = setUp({ perSecond: 1, burst: 1 });
  void send();
  void send();
  let sent = false;
  void limiter.run({ family: "write", operation: "Create", signal }, async () => {
    sent = true;
  });
  await clock.advance(0);
  expect(sent).toBe(true);
});

test("a throttled request halves the rate once for all that were under way with it, and it recovers in minutes", async () => {
  const { clock, limiter, send, sentMs } = setUp({ perSecond: 10, burst: 5 });
  const answers = Array.from({ length: 3 }, () => Promise.withResolvers<unknown>());
  for (const { promise } of answers) void send(() => promise);
  await clock.advance(0);
  for (const { reject } of answers) reject(throttled);
  await clock.advance(0);
  expect(limiter.rate("read")).toBe(5);
  expect(limiter.rate("write")).toBe(10);

  void send();
  void send();
  await clock.advance(450);
  expect(sentMs.slice(3)).toHaveLength(2);
  expect(sentMs[3]).toBeCloseTo(200, 0);
  await clock.advance(60_000);
  expect(limiter.rate("read")).toBeGreaterThan(7);
  expect(limiter.rate("read")).toBeLessThan(10);
  await clock.advance(120_000);
  expect(limiter.rate("read")).toBe(10);
});

test("however often it is throttled, requests go on", async () => {
  const { clock, limiter, send } = setUp({ perSecond: 16, burst: 1 });
  for (let index = 0; index < 20; index++) {
    void send(() => Promise.reject(throttled));
    await clock.advance(1000);
  }
  expect(limiter.rate("read")).toBeGreaterThanOrEqual(1);
  const answer = send(async () => "answer");
  await clock.advance(1000);
  await expect(answer).resolves.toBe("answer");
});

test("who stops waiting is never sent and takes no one's place", async () => {
  const { clock, send, sentMs } = setUp({ perSecond: 1, burst: 1 });
  void send();
  const leaves = new AbortController();
  const left = [send(undefined, leaves.signal), send(undefined, leaves.signal)];
  void send();
  await clock.advance(100);
  leaves.abort(new Error("the operator stops"));
  for (const one of left) await expect(one).rejects.toThrow("the operator stops");
  await clock.advance(900);
  expect(sentMs).toEqual([0, 1000]);
});

test("no more than the given number are under way at once", async () => {
  const { clock, send, sentMs } = setUp({ perSecond: 100, burst: 100, concurrency: 2 });
  const first = Promise.withResolvers<unknown>();
  void send(() => first.promise);
  void send(() => Promise.withResolvers<unknown>().promise);
  void send();
  await clock.advance(1000);
  expect(sentMs).toHaveLength(2);
  first.resolve(undefined);
  await clock.advance(0);
  expect(sentMs).toHaveLength(3);
});

test("each request sent is reported with its time and how it ended", async () => {
  const { clock, send, reports } = setUp({ perSecond: 1, burst: 1 });
  const answer = Promise.withResolvers<unknown>();
  void send(() => answer.promise);
  void send(() => Promise.reject(new Error("no")));
  await clock.advance(300);
  answer.resolve(undefined);
  await clock.advance(700);
  expect(reports).toEqual([
    { family: "read", operation: "List", ms: 300, waitedMs: 0, outcome: "done" },
    { family: "read", operation: "List", ms: 0, waitedMs: 1000, outcome: "failed" },
  ]);
});
