import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { type Cache, createCache } from "../../../../src/runtime/cache/cache.ts";
import type { Informer } from "../../../../src/runtime/cache/informer.ts";
import { silentLogger } from "../../../../src/runtime/logger.ts";
import { createFakeClock, type FakeClock } from "../../../../src/testing/fake-clock.ts";
import { json, status, type Widget, widgets } from "../loopback.ts";
import { type ApiDouble, apiDouble, until } from "./api-double.ts";

interface Scene {
  readonly api: ApiDouble;
  readonly cache: Cache;
  readonly clock: FakeClock;
  readonly informer: Informer<Widget>;
  /** What handlers were told: `add ns/a (initial)`, `update ns/a 101 → 102`, `delete ns/a`. */
  readonly told: string[];
}

let stop: AbortController;
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort(new Error("the test is over")));

function scene(api: ApiDouble, o: { namespaces?: string[]; random?: () => number } = {}): Scene {
  const clock = createFakeClock();
  const cache = createCache({
    client: api.server.client(),
    clock,
    logger: silentLogger,
    random: o.random ?? (() => 0),
    ...(o.namespaces && { namespaces: o.namespaces }),
  });
  const informer = cache.informer(widgets);
  const told: string[] = [];
  const key = ({ metadata }: Widget) => `${metadata.namespace}/${metadata.name}`;
  informer.on({
    add: (object, { initial }) => told.push(`add ${key(object)}${initial ? " (initial)" : ""}`),
    update: (before, after) =>
      told.push(
        `update ${key(after)} ${before.metadata.resourceVersion} → ${after.metadata.resourceVersion}`,
      ),
    delete: (object) => told.push(`delete ${key(object)}`),
  });
  return { api, cache, clock, informer, told };
}

async function started(api: ApiDouble, o: { namespaces?: string[] } = {}): Promise<Scene> {
  const made = scene(api, o);
  made.cache.start(stop.signal);
  await made.cache.synced();
  const streams = o.namespaces?.length ?? 1;
  await until(() => api.watchers === streams);
  return made;
}

/** Everything the informer holds, as `ns/a@101`. */
const held = ({ informer }: Scene): string[] =>
  informer
    .list()
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}@${metadata.resourceVersion}`)
    .sort();

const patience = 1_000;

describe.each([
  ["streamed", true],
  ["paged", false],
])("with a %s first list", (_, streaming) => {
  test("what exists is told as initial, what follows is not", async () => {
    await using api = await apiDouble({ streaming });
    api.put("ns/a");
    api.put("ns/b");
    const s = await started(api);
    expect(s.informer.hasSynced).toBe(true);
    api.put("ns/a");
    api.put("ns/c");
    api.remove("ns/b");
    await until(() => s.told.length === 5);
    expect(s.told).toEqual([
      "add ns/a (initial)",
      "add ns/b (initial)",
      "update ns/a 101 → 103",
      "add ns/c",
      "delete ns/b",
    ]);
    expect(held(s)).toEqual(["ns/a@103", "ns/c@104"]);
  });

  test("a reset watch goes on where it was: nothing is lost, nothing told twice, nothing listed again", async () => {
    await using api = await apiDouble({ streaming });
    api.put("ns/a");
    const s = await started(api);
    api.put("ns/b");
    await until(() => s.informer.size === 2);
    api.cut();
    await until(() => api.watchers === 0);
    api.put("ns/a");
    api.remove("ns/b");
    await until(
      () => s.told.length === 4,
      () => s.clock.advance(patience),
    );
    expect(s.told.slice(1)).toEqual(["add ns/b", "update ns/a 101 → 103", "delete ns/b"]);
    expect(api.asked.at(-1)).toBe("watch 102");
  });

  test("after a 410 the copy is exchanged at once: deletions, additions and only real updates are told", async () => {
    await using api = await apiDouble({ streaming });
    for (const key of ["ns/same", "ns/changed", "ns/gone"]) api.put(key);
    const s = await started(api);
    s.told.length = 0;
    const sizes: number[] = [];
    s.informer.on({ delete: () => sizes.push(s.informer.size) });
    await s.clock.advance(60_000);
    api.mute(true);
    api.put("ns/changed");
    api.remove("ns/gone");
    api.put("ns/new");
    api.compact();
    api.mute(false);
    api.cut();
    await until(
      () => s.told.length === 3,
      () => s.clock.advance(patience),
    );
    expect(s.told).toEqual(["delete ns/gone", "update ns/changed 102 → 104", "add ns/new"]);
    // The handler of the deletion saw the whole new state already.
    expect(sizes).toEqual([3]);
    expect(held(s)).toEqual(["ns/changed@104", "ns/new@106", "ns/same@101"]);
  });

  test("a 410 inside the stream is noticed as well", async () => {
    await using api = await apiDouble({ streaming });
    const s = await started(api);
    await s.clock.advance(60_000);
    api.mute(true);
    api.put("ns/a");
    api.mute(false);
    api.compact();
    api.say(`${JSON.stringify({ type: "ERROR", object: status(410, "Expired") })}\n`);
    await until(() => s.informer.size === 1);
    expect(held(s)).toEqual(["ns/a@101"]);
  });

  test("the first list is tried until it succeeds", async () => {
    await using api = await apiDouble({ streaming });
    api.put("ns/a");
    let failures = 4;
    api.intercept = (_, __, response) => {
      if (failures-- <= 0) return false;
      if (failures % 2) json(response, 503, status(503, "ServiceUnavailable"));
      else response.socket?.destroy();
      return true;
    };
    const s = scene(api);
    s.cache.start(stop.signal);
    await until(
      () => s.informer.hasSynced,
      () => s.clock.advance(patience),
    );
    expect(held(s)).toEqual(["ns/a@101"]);
  });
});

test("a watch that has gone silent is replaced, and what was missed comes", async () => {
  await using api = await apiDouble();
  const s = await started(api);
  api.mute(true);
  api.put("ns/a");
  await s.clock.advance(140_000);
  expect(s.cache.health()[0]?.secondsSinceLastEvent).toBe(140);
  expect(api.watchers).toBe(1);
  api.mute(false);
  await until(
    () => s.informer.size === 1,
    () => s.clock.advance(patience),
  );
  expect(held(s)).toEqual(["ns/a@101"]);
  expect(api.asked).toEqual(["stream", "watch 100"]);
  expect(s.cache.health()[0]?.secondsSinceLastEvent).toBeLessThan(30);
});

test("catching up brings in what a silent watch has not told, deletions too, once the server can be read", async () => {
  await using api = await apiDouble();
  api.put("ns/gone");
  api.put("ns/changed");
  const s = await started(api);
  api.mute(true);
  api.remove("ns/gone");
  api.put("ns/changed");
  api.put("ns/new");
  let failures = 2;
  api.intercept = (asked, _, response) => {
    if (asked !== "list" || failures-- <= 0) return false;
    json(response, 503, status(503, "ServiceUnavailable"));
    return true;
  };
  let isDone = false;
  const caughtUp = s.cache.catchUp(stop.signal).then(() => {
    isDone = true;
  });
  await until(
    () => isDone,
    () => s.clock.advance(1_000),
  );
  await caughtUp;
  expect(held(s)).toEqual(["ns/changed@104", "ns/new@105"]);
  expect(s.told.slice(2)).toEqual(["delete ns/gone", "update ns/changed 102 → 104", "add ns/new"]);
  expect(api.watchers).toBe(1);
});

test("bookmarks keep a quiet watch alive and move the place to resume from", async () => {
  await using api = await apiDouble();
  const s = await started(api);
  const seconds = () => s.cache.health()[0]?.secondsSinceLastEvent ?? 0;
  for (let minute = 0; minute < 10; minute++) {
    await s.clock.advance(60_000);
    api.bookmark();
    await until(() => seconds() === 0);
  }
  expect(api.asked).toEqual(["stream"]);
  // Something happened elsewhere, and the history before it is forgotten.
  api.compact();
  await s.clock.advance(1_000);
  api.bookmark();
  await until(() => seconds() === 0);
  api.cut();
  await until(
    () => api.asked.length === 2,
    () => s.clock.advance(patience),
  );
  expect(api.asked).toEqual(["stream", "watch 101"]);
});

test("a server that takes the streamed list for an ordinary watch is asked for pages instead", async () => {
  await using api = await apiDouble();
  api.put("ns/a");
  api.intercept = (asked, _, response) => {
    if (asked !== "stream") return false;
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    response.write(
      `${JSON.stringify({ type: "ADDED", object: { metadata: { name: "a", namespace: "ns" } } })}\n`,
    );
    return true;
  };
  const s = scene(api);
  s.cache.start(stop.signal);
  await until(
    () => s.informer.hasSynced,
    () => s.clock.advance(patience),
  );
  expect(held(s)).toEqual(["ns/a@101"]);
  expect(api.asked.slice(0, 3)).toEqual(["stream", "list", "watch 101"]);
});

test("a streamed list that breaks off is not taken for the whole", async () => {
  await using api = await apiDouble();
  api.put("ns/a");
  let half: ServerResponse | undefined;
  api.intercept = (asked, _, response) => {
    if (asked !== "stream" || half) return false;
    half = response.writeHead(200, { "content-type": "application/json" });
    half.flushHeaders();
    return true;
  };
  const s = scene(api);
  s.cache.start(stop.signal);
  await until(() => half !== undefined);
  await s.clock.advance(10_000);
  half?.end();
  await until(
    () => s.informer.hasSynced,
    () => s.clock.advance(patience),
  );
  expect(held(s)).toEqual(["ns/a@101"]);
  expect(api.asked).toEqual(["stream", "stream"]);
});

test("a long list comes in pages", async () => {
  await using api = await apiDouble({ streaming: false, pageSize: 3 });
  for (let i = 0; i < 8; i++) api.put(`ns/w${i}`);
  const s = await started(api);
  expect(s.informer.size).toBe(8);
  expect(api.asked).toEqual(["stream", "list", "page", "page", "watch 108"]);
});

test("a page token that expired leads to the whole list in one piece", async () => {
  await using api = await apiDouble({ streaming: false, pageSize: 3 });
  for (let i = 0; i < 8; i++) api.put(`ns/w${i}`);
  api.intercept = (asked, _, response) => {
    if (asked === "page") json(response, 410, status(410, "Expired"));
    return asked === "page";
  };
  const s = await started(api);
  expect(s.informer.size).toBe(8);
  expect(api.asked).toEqual(["stream", "list", "page", "whole list", "watch 108"]);
});

test("a server that ends every watch at once is not dialled in a loop", async () => {
  await using api = await apiDouble();
  const s = await started(api);
  api.intercept = (_, __, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end();
    return true;
  };
  api.end();
  const waits: number[] = [];
  let before = s.clock.monotonic();
  for (let seen = api.asked.length; waits.length < 8; ) {
    await until(
      () => api.asked.length > seen,
      () => s.clock.advance(100),
    );
    seen = api.asked.length;
    waits.push(s.clock.monotonic() - before);
    before = s.clock.monotonic();
  }
  // The clock moves in steps of 100 ms while the server answers in real time: only the order of size is exact.
  expect(waits.at(-1)).toBeGreaterThanOrEqual(30_000);
  expect(waits.slice(1).every((wait, i) => wait >= Math.min(30_000, 800 * 2 ** i))).toBe(true);
});

test("a watch that lived its time is begun anew without a wait", async () => {
  await using api = await apiDouble();
  const s = await started(api);
  await s.clock.advance(100_000);
  api.end();
  await until(() => api.asked.length === 2);
  expect(api.asked[1]).toBe("watch 100");
});

test("resuming that fails time and again is given up for a list", async () => {
  await using api = await apiDouble();
  const s = await started(api);
  api.intercept = (asked, _, response) => {
    if (!asked.startsWith("watch")) return false;
    json(response, 504, status(504, "Timeout"));
    return true;
  };
  api.cut();
  await until(
    () => api.asked.filter((asked) => asked === "stream").length === 2,
    () => s.clock.advance(patience),
  );
  expect(api.asked).toEqual(["stream", "watch 100", "watch 100", "watch 100", "stream"]);
});

describe("with a scope of namespaces", () => {
  test("each has its stream, others are not seen, and all must be there to be in sync", async () => {
    await using api = await apiDouble();
    for (const key of ["one/a", "two/b", "three/c"]) api.put(key);
    let held2 = true;
    api.intercept = (_, seen, response) => {
      if (held2 && seen.url.includes("/two/")) json(response, 503, status(503, "ServiceUnavailable"));
      return held2 && seen.url.includes("/two/");
    };
    const s = scene(api, { namespaces: ["one", "two"] });
    s.cache.start(stop.signal);
    await until(() => s.informer.size === 1);
    expect(s.informer.hasSynced).toBe(false);
    expect(s.cache.health().map(({ namespace, synced }) => ({ namespace, synced }))).toEqual([
      { namespace: "one", synced: true },
      { namespace: "two", synced: false },
    ]);
    held2 = false;
    await until(
      () => s.informer.hasSynced,
      () => s.clock.advance(patience),
    );
    expect(held(s)).toEqual(["one/a@101", "two/b@102"]);
    expect(s.informer.get("two/b")?.metadata.name).toBe("b");
    expect(s.informer.get("three/c")).toBeUndefined();
  });

  test("a relist in one namespace leaves the other alone", async () => {
    await using api = await apiDouble();
    api.put("one/a");
    api.put("two/b");
    const s = await started(api, { namespaces: ["one", "two"] });
    s.told.length = 0;
    api.compact();
    api.intercept = undefined;
    api.cut();
    await until(
      () => api.asked.length >= 6 && api.watchers === 2,
      () => s.clock.advance(patience),
    );
    expect(s.told).toEqual([]);
    expect(held(s)).toEqual(["one/a@101", "two/b@102"]);
  });
});

test("an own write is seen at once, before the watch brings it, and told once", async () => {
  await using api = await apiDouble();
  api.put("ns/a");
  const s = await started(api);
  api.mute(true);
  const written = api.put("ns/a", { labels: { mine: "yes" } });
  expect(s.informer.observe(written)).toBe(true);
  expect(s.informer.get("ns/a")?.metadata.labels).toEqual({ mine: "yes" });
  expect(s.informer.get("ns/a")).not.toBe(written);
  api.mute(false);
  api.cut();
  api.put("ns/b");
  await until(
    () => s.informer.size === 2,
    () => s.clock.advance(patience),
  );
  expect(s.told).toEqual(["add ns/a (initial)", "update ns/a 101 → 102", "add ns/b"]);
});

test("an abort ends every stream and leaves no timer behind", async () => {
  await using api = await apiDouble();
  const s = await started(api);
  stop.abort(new Error("enough"));
  await until(() => api.watchers === 0 && s.clock.timers === 0);
  expect(s.cache.health()[0]?.at).toBe("stopped");
});
