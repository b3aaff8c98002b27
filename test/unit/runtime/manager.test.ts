import { describe, expect, test } from "@jest/globals";
import { createHealthServer } from "../../../src/runtime/health.ts";
import { LeaseLostError } from "../../../src/runtime/leader/lease-lost.ts";
import type { Leadership } from "../../../src/runtime/leader-election.ts";
import {
  createManager,
  type GroupName,
  type ManagerOptions,
  type Part,
} from "../../../src/runtime/manager.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";

/** Parts that write down when they start and end. */
function setUp(options: ManagerOptions = {}) {
  const clock = createFakeClock();
  const story: string[] = [];
  const manager = createManager({ clock, ...options });
  const part = (name: string, group: GroupName, more: Partial<Part> = {}) =>
    manager.add({
      name,
      group,
      run: async (signal) => {
        story.push(`${name} runs`);
        if (!signal.aborted)
          await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        story.push(`${name} ends`);
      },
      ...more,
    });
  return { clock, story, manager, part, stop: new AbortController() };
}

/** An elector whose Lease is given and taken by the test. */
function electorFor(story: string[]) {
  const won = Promise.withResolvers<void>();
  const term = new AbortController();
  return {
    win: () => won.resolve(),
    lose: () => term.abort(new LeaseLostError("taken")),
    isLeader: () => true,
    async run({ signal, lead }: Leadership): Promise<"stopped" | "lost"> {
      const stopped = new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      await Promise.race([won.promise, stopped]);
      if (signal.aborted) return "stopped";
      try {
        await lead(AbortSignal.any([signal, term.signal]));
        if (!term.signal.aborted) story.push("lease released");
      } catch (error) {
        story.push("lease left");
        throw error;
      }
      return term.signal.aborted ? "lost" : "stopped";
    },
  };
}

test("groups start in order, each when the one before has started, and end in reverse", async () => {
  const synced = Promise.withResolvers<void>();
  const { clock, story, manager, part, stop } = setUp();
  part("work", "leader");
  part("caches", "cache", { started: () => synced.promise });
  part("watcher", "always");
  part("server", "http");
  const ended = manager.run(stop.signal);
  await clock.advance(0);
  expect(story).toEqual(["server runs", "caches runs"]);
  synced.resolve();
  await clock.advance(0);
  expect(story.slice(2)).toEqual(["watcher runs", "work runs"]);
  stop.abort();
  await ended;
  expect(story.slice(4)).toEqual(["work ends", "watcher ends", "caches ends", "server ends"]);
  expect(clock.timers).toBe(0);
});

test("the leader's work waits for the Lease; at the end the Lease is given back after all work, and Events come last", async () => {
  const story: string[] = [];
  const elector = electorFor(story);
  const events = {
    run: async () => {},
    flush: async () => void story.push("events flushed"),
  };
  const run = setUp({ elector, events });
  const note = (name: string) => async (signal: AbortSignal) => {
    story.push(`${name} runs`);
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    story.push(`${name} ends`);
  };
  run.part("work", "leader", { run: note("work") });
  run.part("watcher", "always", { run: note("watcher") });
  const ended = run.manager.run(run.stop.signal);
  await run.clock.advance(60_000);
  expect(story).toEqual(["watcher runs"]);
  elector.win();
  await run.clock.advance(0);
  run.stop.abort();
  await ended;
  expect(story).toEqual([
    "watcher runs",
    "work runs",
    "work ends",
    "watcher ends",
    "lease released",
    "events flushed",
  ]);
});

test("a process that never led stops as well", async () => {
  const { clock, story, manager, part, stop } = setUp({ elector: electorFor([]) });
  part("work", "leader");
  const ended = manager.run(stop.signal);
  await clock.advance(0);
  stop.abort();
  await ended;
  expect(story).toEqual([]);
});

describe("trouble", () => {
  test("an error in one part stops all and is what run rejects with", async () => {
    const { clock, story, manager, part, stop } = setUp();
    const broken = Promise.withResolvers<void>();
    part("server", "http");
    part("bad", "always", { run: () => broken.promise });
    part("work", "leader");
    const ended = manager.run(stop.signal).catch((error: unknown) => error);
    await clock.advance(0);
    const failure = new Error("broken");
    broken.reject(failure);
    expect(await ended).toBe(failure);
    expect(story.slice(-2)).toEqual(["work ends", "server ends"]);
  });

  test("a part that ends early without an error stops nothing", async () => {
    const { clock, manager, part, stop } = setUp();
    part("short", "always", { run: async () => {} });
    let over = false;
    const ended = manager.run(stop.signal).then(() => {
      over = true;
    });
    await clock.advance(60_000);
    expect(over).toBe(false);
    stop.abort();
    await ended;
  });

  test("a lost lease stops the leader's work at once with that reason, and all the rest", async () => {
    const story: string[] = [];
    const elector = electorFor(story);
    const run = setUp({ elector });
    let reason: unknown;
    run.part("watcher", "always");
    run.part("work", "leader", {
      run: (signal) =>
        new Promise((resolve) =>
          signal.addEventListener("abort", () => {
            reason = signal.reason;
            resolve();
          }),
        ),
    });
    const ended = run.manager.run(run.stop.signal).catch((error: unknown) => error);
    elector.win();
    await run.clock.advance(0);
    elector.lose();
    expect(reason).toBeInstanceOf(LeaseLostError);
    expect(await ended).toBe(reason);
    expect(run.story).toEqual(["watcher runs", "watcher ends"]);
    expect(story).toEqual([]);
  });

  test("a start that takes too long is an error that names the group", async () => {
    const { clock, manager, part, stop } = setUp({ startTimeoutMs: 1000 });
    part("caches", "cache", { started: () => new Promise(() => {}) });
    part("work", "leader");
    const ended = manager.run(stop.signal).catch((error: unknown) => error);
    await clock.advance(1000);
    expect(await ended).toMatchObject({ message: 'The group "cache" did not start within 1000 ms' });
  });

  test.each<[string, (signal: AbortSignal) => Promise<void>]>([
    ["never ends", () => new Promise(() => {})],
    [
      "is given up with the reason",
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ],
  ])("a stop during a start that %s is no error", async (_, started) => {
    const { clock, story, manager, part, stop } = setUp();
    part("caches", "cache", { started });
    part("work", "leader");
    const ended = manager.run(stop.signal);
    await clock.advance(0);
    stop.abort();
    await ended;
    expect(story).toEqual(["caches runs", "caches ends"]);
  });

  test("a stop that takes too long names what still runs, and leaves the Lease to expire", async () => {
    const story: string[] = [];
    const elector = electorFor(story);
    const run = setUp({ elector, stopTimeoutMs: 5000 });
    run.part("stuck", "leader", { run: () => new Promise(() => {}) });
    run.part("watcher", "always");
    const ended = run.manager.run(run.stop.signal).catch((error: unknown) => error);
    elector.win();
    await run.clock.advance(0);
    run.stop.abort();
    await run.clock.advance(4499);
    expect(run.story).toEqual(["watcher runs"]);
    await run.clock.advance(1);
    expect(run.story).toEqual(["watcher runs", "watcher ends"]);
    await run.clock.advance(500);
    expect(await ended).toMatchObject({ message: "These did not stop within 5000 ms: stuck" });
    expect(story).toEqual(["lease left"]);
  });

  test("a stop that takes too long is told without an election as well", async () => {
    const { clock, manager, part, stop } = setUp({ stopTimeoutMs: 5000 });
    part("stuck", "always", { run: () => new Promise(() => {}) });
    const ended = manager.run(stop.signal).catch((error: unknown) => error);
    await clock.advance(0);
    stop.abort();
    await clock.advance(5000);
    expect(await ended).toMatchObject({ message: "These did not stop within 5000 ms: stuck" });
  });

  test("Events that can't be written hold up the end for two seconds at most", async () => {
    const events = {
      run: async () => {},
      flush: (signal?: AbortSignal) =>
        new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true })),
    };
    const { clock, manager, stop } = setUp({ events });
    const ended = manager.run(stop.signal);
    stop.abort();
    await clock.advance(2000);
    await ended;
  });
});

test("parts may not share a name, nor come once it runs", async () => {
  const { manager, part, stop } = setUp();
  part("a", "always");
  expect(() => part("a", "leader")).toThrow('There is a part "a" already');
  stop.abort();
  await manager.run(stop.signal);
  expect(() => part("b", "always")).toThrow("runs already");
  await expect(manager.run(stop.signal)).rejects.toThrow("runs already");
});

test("the health server is a part, and asks the others whether they are ready", async () => {
  const health = createHealthServer({ listen: { host: "127.0.0.1", port: 0 } });
  const manager = createManager({ health });
  let ready: boolean | string = "not synced";
  const untilStopped = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  manager.add({ name: "caches", group: "cache", run: untilStopped, ready: () => ready });
  const stop = new AbortController();
  const ended = manager.run(stop.signal);
  const { port } = await health.listening();
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  expect(await ask()).toBe(500);
  ready = true;
  expect(await ask()).toBe(200);
  stop.abort();
  await ended;
});
