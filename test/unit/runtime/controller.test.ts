import { describe, expect, test } from "@jest/globals";
import { createController, type Reconcile } from "../../../src/runtime/controller.ts";
import { RetryAfterError, TerminalError } from "../../../src/runtime/errors.ts";
import { LeaseLostError } from "../../../src/runtime/leader/lease-lost.ts";
import { type Logger, silentLogger } from "../../../src/runtime/logger.ts";
import { createMetrics } from "../../../src/runtime/metrics.ts";
import { createFakeClock } from "../../../src/testing/fake-clock.ts";

interface Options {
  concurrency?: number;
  graceMs?: number;
  timeoutMs?: number;
  logger?: Logger;
}

function setUp(reconcile: Reconcile, options: Options = {}) {
  const clock = createFakeClock();
  const metrics = createMetrics();
  const controller = createController({
    name: "test",
    reconcile,
    backoff: { baseMs: 1000, maxMs: 60_000 },
    logger: silentLogger,
    clock,
    metrics,
    ...options,
  });
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  const value = async (line: string) => {
    const found = (await metrics.render()).split("\n").find((one) => one.startsWith(`${line} `));
    return found === undefined ? undefined : Number(found.slice(line.length));
  };
  return { clock, controller, queue: controller.queue, stop, ended, value };
}

/** Reconciles what it is told to, and remembers when. */
function scripted(...outcomes: (() => unknown)[]) {
  const seen: number[] = [];
  let clock: { monotonic(): number } = { monotonic: () => 0 };
  const reconcile: Reconcile = async () => {
    seen.push(clock.monotonic());
    return outcomes[seen.length - 1]?.() as never;
  };
  const run = setUp(reconcile);
  clock = run.clock;
  return { ...run, seen };
}

const fails = (error: unknown) => () => {
  throw error;
};

describe("what follows a reconcile", () => {
  test("success: nothing more", async () => {
    const { queue, clock, seen } = scripted();
    queue.add("a");
    await clock.advance(1e6);
    expect(seen).toEqual([0]);
  });

  test("an error: again after the backoff, which grows", async () => {
    const { queue, clock, seen } = scripted(fails(new Error("1")), fails(new Error("2")));
    queue.add("a");
    await clock.advance(1e6);
    const [first = 0, second = 0, third = 0] = seen;
    expect(seen).toHaveLength(3);
    expect(second - first).toBeLessThanOrEqual(1000);
    expect(third - second).toBeGreaterThanOrEqual(1000);
    expect(third - second).toBeLessThanOrEqual(2000);
    expect(queue.failures("a")).toBe(0);
  });

  test("requeueAfterMs: again then, and earlier failures are forgotten", async () => {
    const { queue, clock, seen } = scripted(fails(new Error("1")), () => ({ requeueAfterMs: 5000 }));
    queue.add("a");
    await clock.advance(1000);
    expect(queue.failures("a")).toBe(0);
    await clock.advance(1e6);
    expect((seen[2] ?? 0) - (seen[1] ?? 0)).toBe(5000);
  });

  test("RetryAfterError, wrapped too: again after exactly that; the count of failures stays", async () => {
    const wrapped = new Error("outer", { cause: new RetryAfterError("slow down", 7000) });
    const { queue, clock, seen } = scripted(fails(new Error("1")), fails(wrapped));
    queue.add("a");
    await clock.advance(1000);
    expect(queue.failures("a")).toBe(1);
    await clock.advance(1e6);
    expect((seen[2] ?? 0) - (seen[1] ?? 0)).toBe(7000);
  });

  test("TerminalError, wrapped too: not again until something adds the key", async () => {
    const wrapped = new Error("outer", { cause: new TerminalError("never") });
    const { queue, clock, seen, value } = scripted(fails(wrapped));
    queue.add("a");
    await clock.advance(1e6);
    expect(seen).toHaveLength(1);
    expect(await value('controller_runtime_terminal_reconcile_errors_total{controller="test"}')).toBe(1);
    queue.add("a");
    await clock.advance(0);
    expect(seen).toHaveLength(2);
  });

  test.each<[string, () => unknown]>([
    ["a TypeError", fails(new TypeError("x is undefined"))],
    ["a string", fails("text")],
    ["undefined", fails(undefined)],
    ["null", fails(null)],
  ])("%s that is thrown stops nothing, counts as a mistake and is tried again", async (_, outcome) => {
    const { queue, clock, seen, value } = scripted(outcome);
    queue.add("a");
    await clock.advance(1e6);
    expect(seen).toHaveLength(2);
    expect(await value('controller_runtime_reconcile_panics_total{controller="test"}')).toBe(1);
    expect(await value('controller_runtime_reconcile_errors_total{controller="test"}')).toBe(1);
    expect(await value('controller_runtime_reconcile_total{controller="test",result="success"}')).toBe(1);
    expect(await value('controller_runtime_active_workers{controller="test"}')).toBe(0);
  });

  test("a reconcile that throws before its first wait is contained like any other", async () => {
    let calls = 0;
    const { queue, clock } = setUp((() => {
      calls += 1;
      throw new Error("at once");
    }) as Reconcile);
    queue.add("a");
    await clock.advance(1000);
    expect(calls).toBe(2);
  });
});

describe("workers", () => {
  test("as many run at once as allowed, never two on one key", async () => {
    const open: { key: string; finish: () => void }[] = [];
    const { queue, clock, value } = setUp(
      (key) => new Promise((resolve) => open.push({ key, finish: () => resolve() })),
      { concurrency: 3 },
    );
    for (const key of ["a", "b", "c", "d"]) queue.add(key);
    await clock.advance(0);
    queue.add("a");
    await clock.advance(0);
    expect(open.map(({ key }) => key)).toEqual(["a", "b", "c"]);
    expect(await value('controller_runtime_active_workers{controller="test"}')).toBe(3);
    open[0]?.finish();
    await clock.advance(0);
    expect(open.map(({ key }) => key)).toEqual(["a", "b", "c", "d"]);
    open[1]?.finish();
    await clock.advance(0);
    expect(open.map(({ key }) => key)).toEqual(["a", "b", "c", "d", "a"]);
  });

  test("thousands of reconciles that wait for nothing let timers have their turn", async () => {
    const { queue, ended, stop } = setUp(async () => {
      const until = performance.now() + 1;
      while (performance.now() < until);
    });
    for (let n = 0; n < 200; n++) queue.add(`key-${n}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(queue.length).toBeGreaterThan(0);
    stop.abort();
    await ended;
  });

  test("a reconcile over its time is told, counted, and tried again", async () => {
    let calls = 0;
    const { queue, clock, value } = setUp(
      (_, { signal }) => {
        calls += 1;
        return new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
        );
      },
      { timeoutMs: 500 },
    );
    queue.add("a");
    await clock.advance(499);
    expect(await value('controller_runtime_reconcile_timeouts_total{controller="test"}')).toBe(0);
    await clock.advance(1);
    expect(await value('controller_runtime_reconcile_timeouts_total{controller="test"}')).toBe(1);
    await clock.advance(1000);
    expect(calls).toBe(2);
  });

  test.each([0, -1, 1.5, Number.NaN])("a concurrency of %d is refused", (concurrency) => {
    expect(() => setUp(async () => {}, { concurrency })).toThrow(RangeError);
  });
});

describe("the stop", () => {
  const hanging = () => {
    const seen = { aborted: false, finish: () => {} };
    const reconcile: Reconcile = (_, { signal }) => {
      signal.addEventListener("abort", () => {
        seen.aborted = true;
      });
      return new Promise((resolve) => {
        seen.finish = resolve;
      });
    };
    return { seen, reconcile };
  };

  test("what is in flight may finish; nothing new begins", async () => {
    const { seen, reconcile } = hanging();
    const keys: string[] = [];
    const run = setUp((key, context) => {
      keys.push(key);
      return reconcile(key, context);
    });
    run.queue.add("a");
    run.queue.add("b");
    await run.clock.advance(0);
    run.stop.abort();
    await run.clock.advance(1000);
    expect(seen.aborted).toBe(false);
    seen.finish();
    await run.ended;
    expect(keys).toEqual(["a"]);
    expect(run.clock.timers).toBe(0);
  });

  test("a key that a worker was given in the very moment of the stop is left alone", async () => {
    let calls = 0;
    const run = setUp(async () => {
      calls += 1;
    });
    await run.clock.advance(0);
    run.queue.add("a");
    run.stop.abort();
    await run.ended;
    expect(calls).toBe(0);
  });

  test("what outlasts the grace is told to end", async () => {
    const { seen, reconcile } = hanging();
    const run = setUp(reconcile, { graceMs: 5000 });
    run.queue.add("a");
    await run.clock.advance(0);
    run.stop.abort();
    await run.clock.advance(4999);
    expect(seen.aborted).toBe(false);
    await run.clock.advance(1);
    expect(seen.aborted).toBe(true);
    seen.finish();
    await run.ended;
  });

  test("what ends with the process, and before its own grace is over, has not failed", async () => {
    const reason = new Error("SIGTERM");
    const shared = Promise.withResolvers<void>();
    const told: string[] = [];
    const error = (message: string) => void told.push(message);
    const logger: Logger = { ...silentLogger, error, child: () => logger };
    const run = setUp(() => shared.promise, { logger });
    run.queue.add("a");
    await run.clock.advance(0);
    run.stop.abort(reason);
    shared.reject(reason);
    await run.ended;
    expect(told).toEqual([]);
  });

  test("a lost lease ends the grace before it begins", async () => {
    const { seen, reconcile } = hanging();
    const run = setUp(reconcile);
    run.queue.add("a");
    await run.clock.advance(0);
    run.stop.abort(new LeaseLostError("gone"));
    expect(seen.aborted).toBe(true);
    seen.finish();
    await run.ended;
  });
});
