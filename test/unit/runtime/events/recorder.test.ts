import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "../../../../src/api/meta.ts";
import type { EventObject } from "../../../../src/runtime/events/event-object.ts";
import { createEventRecorder } from "../../../../src/runtime/events/recorder.ts";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import { createMetrics } from "../../../../src/runtime/metrics.ts";
import { createFakeClock } from "../../../../src/testing/fake-clock.ts";

const service = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace: "shop", name, uid: `uid-${name}` },
});

/** A recorder in front of a store of Events that can be made to fail or to hang. */
function setUp(options: { maxWaiting?: number } = {}) {
  const clock = createFakeClock();
  const metrics = createMetrics();
  const stored = new Map<string, EventObject>();
  const store = {
    failure: undefined as Error | undefined,
    hang: false,
    delay: Promise.resolve(),
    busy: 0,
    busiest: 0,
    requests: 0,
  };
  const serve = async <T>(act: () => T, signal: AbortSignal): Promise<T> => {
    store.requests += 1;
    store.busy += 1;
    store.busiest = Math.max(store.busiest, store.busy);
    try {
      if (store.hang)
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      await store.delay;
      if (store.failure !== undefined) throw store.failure;
      return act();
    } finally {
      store.busy -= 1;
    }
  };
  // The body is what it was when it was sent.
  const sent = <T, R>(body: T, act: (body: T) => R): R => act(structuredClone(body));
  const client = {
    create: (_: unknown, event: EventObject, { signal }: { signal: AbortSignal }) =>
      sent(event, (body) => serve(() => stored.set(body.metadata.name ?? "", body), signal)),
    patch: (_: unknown, { name }: { name: string }, body: object, { signal }: { signal: AbortSignal }) =>
      serve(() => {
        const event = stored.get(name);
        if (event === undefined) throw new ApiError("patch the event", { status: 404, reason: "NotFound" });
        Object.assign(event, body);
      }, signal),
  };
  const recorder = createEventRecorder({
    client: client as never,
    component: "fairlead",
    clock,
    metrics,
    random: () => 0.5,
    ...options,
  });
  const stop = new AbortController();
  const ended = recorder.run(stop.signal);
  const dropped = async (reason: string) => {
    const line = `fairlead_events_dropped_total{reason="${reason}"} `;
    return Number((await metrics.render()).split(line)[1]?.split("\n")[0]);
  };
  const events = () =>
    [...stored.values()].map(({ involvedObject, message, count }) => [involvedObject.name, message, count]);
  return { clock, recorder, store, stored, events, dropped, stop, ended };
}

test("what happens again counts up the Event that is there", async () => {
  const { clock, recorder, stored, events } = setUp();
  for (let n = 0; n < 3; n++) {
    recorder.event(service("web"), "Warning", "Pending", "no room");
    await clock.advance(60_000);
  }
  recorder.event(service("api"), "Warning", "Pending", "no room");
  await clock.advance(0);
  expect(events()).toEqual([
    ["web", "no room", 3],
    ["api", "no room", 1],
  ]);
  const [first] = stored.values();
  expect([first?.firstTimestamp, first?.lastTimestamp]).toEqual([
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:02:00Z",
  ]);
});

test("what happens again while its Event waits or is being written costs no further Event", async () => {
  const { clock, recorder, events, store } = setUp();
  for (let n = 0; n < 20; n++) recorder.event(service("web"), "Warning", "Pending", "no room");
  await clock.advance(0);
  expect(events()).toEqual([["web", "no room", 20]]);
  expect(store.requests).toBeLessThanOrEqual(2);
});

test("what happens while its Event is on its way is counted after it", async () => {
  const { clock, recorder, store, events } = setUp();
  const { promise: answer, resolve: arrive } = Promise.withResolvers<void>();
  store.delay = answer;
  recorder.event(service("web"), "Warning", "Pending", "no room");
  await clock.advance(0);
  expect(store.busy).toBe(1);
  recorder.event(service("web"), "Warning", "Pending", "no room");
  arrive();
  await clock.advance(0);
  expect(events()).toEqual([["web", "no room", 2]]);
});

test("an Event that has gone meanwhile is made anew and goes on counting", async () => {
  const { clock, recorder, stored, events } = setUp();
  recorder.event(service("web"), "Normal", "Added", "ok");
  await clock.advance(0);
  stored.clear();
  recorder.event(service("web"), "Normal", "Added", "ok");
  await clock.advance(0);
  expect(events()).toEqual([["web", "ok", 2]]);
});

test("many messages about one thing end in one Event with the latest", async () => {
  const { clock, recorder, events } = setUp();
  for (let n = 0; n < 20; n++) {
    recorder.event(service("web"), "Warning", "Failed", `request ${n}`);
    await clock.advance(0);
  }
  expect(events()).toHaveLength(10);
  expect(events()[9]).toEqual(["web", "(combined from similar events): request 19", 11]);
});

test("no more than two are written at once", async () => {
  const { clock, recorder, store, events } = setUp();
  for (let n = 0; n < 50; n++) recorder.event(service(`s${n}`), "Normal", "Added", "ok");
  await clock.advance(0);
  await clock.advance(0);
  expect(events()).toHaveLength(50);
  expect(store.busiest).toBe(2);
});

describe("when the API server fails", () => {
  test("a write is tried again later, and a burst meanwhile makes no more requests", async () => {
    const { clock, recorder, store, events } = setUp();
    store.failure = new ApiError("create the event", { status: 503 });
    recorder.event(service("web"), "Normal", "Added", "ok");
    await clock.advance(0);
    for (let n = 0; n < 10; n++) recorder.event(service("web"), "Normal", "Added", "ok");
    await clock.advance(4999);
    expect(store.requests).toBe(1);
    store.failure = undefined;
    await clock.advance(1);
    expect(events()).toEqual([["web", "ok", 11]]);
  });

  test("it gives up after twelve tries, and counts what is lost", async () => {
    const { clock, recorder, store, dropped } = setUp();
    store.failure = new Error("refused");
    recorder.event(service("web"), "Normal", "Added", "ok");
    await clock.advance(600_000);
    expect(store.requests).toBe(12);
    expect(await dropped("failed")).toBe(1);
  });

  test("a refusal that time does not cure is not tried again", async () => {
    const { clock, recorder, store, dropped } = setUp();
    store.failure = new ApiError("create the event", { status: 403, reason: "Forbidden" });
    recorder.event(service("web"), "Normal", "Added", "ok");
    await clock.advance(600_000);
    expect(store.requests).toBe(1);
    expect(await dropped("failed")).toBe(1);
  });

  test("only so many wait; the caller is never held up", async () => {
    const { clock, recorder, store, dropped } = setUp({ maxWaiting: 10 });
    store.hang = true;
    for (let n = 0; n < 15; n++) recorder.event(service(`s${n}`), "Normal", "Added", "ok");
    await clock.advance(0);
    expect(await dropped("queue_full")).toBe(5);
  });
});

describe("at the end", () => {
  test("what waits is written, also what waits for another try", async () => {
    const { clock, recorder, store, events, stop, ended, dropped } = setUp();
    store.failure = new ApiError("create the event", { status: 503 });
    recorder.event(service("web"), "Normal", "Deleted", "bye");
    await clock.advance(0);
    store.failure = undefined;
    stop.abort();
    await ended;
    for (let n = 0; n < 5; n++) recorder.event(service(`s${n}`), "Normal", "Deleted", "bye");
    await recorder.flush();
    expect(events()).toHaveLength(6);
    recorder.event(service("late"), "Normal", "Deleted", "bye");
    expect(await dropped("stopped")).toBe(1);
    expect(clock.timers).toBe(0);
  });

  test("a server that hangs holds up the end only as long as allowed", async () => {
    const { clock, recorder, store, dropped, ended } = setUp();
    store.hang = true;
    for (let n = 0; n < 5; n++) recorder.event(service(`s${n}`), "Normal", "Deleted", "bye");
    await clock.advance(0);
    const limit = new AbortController();
    const flushed = recorder.flush(limit.signal);
    limit.abort();
    await flushed;
    await ended;
    expect(await dropped("stopped")).toBe(5);
  });
});
