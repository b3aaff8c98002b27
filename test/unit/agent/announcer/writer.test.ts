/** When the Announcer is written: what has changed, not too often, until it is there. */
import { expect, test } from "@jest/globals";
import { writeTimes } from "../../../../src/agent/announcer/write-times.ts";
import { createAnnouncerWriter } from "../../../../src/agent/announcer/writer.ts";
import type { AnnouncerStatus } from "../../../../src/api/announcer.ts";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import { silentLogger } from "../../../../src/runtime/logger.ts";
import { createFakeClock } from "../../../../src/testing/fake-clock.ts";

const statusOf = (announcing: number) =>
  ({ incarnation: 1, version: "1", state: "Ready", announcing }) as unknown as AnnouncerStatus;

/** A writer at work on an API server that notes when what was written, and answers as it is told. */
function writing(nodes = 3) {
  const clock = createFakeClock();
  const begun = clock.monotonic();
  const writes: { at: number; announcing: number | undefined }[] = [];
  const created: number[] = [];
  const answers: Error[] = [];
  let announcing = 0;
  const client = {
    async patch(_: unknown, __: unknown, body: { status: AnnouncerStatus }) {
      const failure = answers.shift();
      if (failure !== undefined) throw failure;
      writes.push({ at: clock.monotonic() - begun, announcing: body.status.announcing });
      return {};
    },
    async get() {
      throw notFound();
    },
    async create() {
      created.push(clock.monotonic() - begun);
      return { metadata: {} };
    },
  };
  const writer = createAnnouncerWriter({
    client: client as never,
    node: { name: "node-a", uid: "uid" },
    written: statusOf(0),
    status: () => statusOf(announcing),
    times: () => writeTimes(nodes, 0.5),
    logger: silentLogger,
    clock,
  });
  const stop = new AbortController();
  const ended = writer.run(stop.signal);
  return {
    clock,
    writes,
    created,
    answers,
    writer,
    set(value: number) {
      announcing = value;
      writer.changed();
    },
    async end() {
      stop.abort();
      await ended;
    },
  };
}

const notFound = () => new ApiError("patch", { status: 404, reason: "NotFound", message: "gone" });
const away = () => new ApiError("patch", { status: 503, reason: "ServiceUnavailable", message: "away" });

test("changes of one moment are one write, and a second one comes a second later with what is then the case", async () => {
  const { clock, writes, set, end } = writing();
  await clock.advance(5_000);
  set(1);
  set(2);
  await clock.advance(500);
  expect(writes).toEqual([{ at: 5_100, announcing: 2 }]);
  set(3);
  set(4);
  await clock.advance(5_000);
  expect(writes.slice(1)).toEqual([{ at: 6_100, announcing: 4 }]);
  await end();
});

test("what is as it was written is not written again", async () => {
  const { clock, writes, set, end } = writing();
  set(1);
  set(0);
  await clock.advance(60_000);
  expect(writes).toEqual([]);
  await end();
});

test("while the API server is away it tries on, ever more slowly, and writes what is then the case", async () => {
  const { clock, writes, answers, set, end } = writing();
  answers.push(away(), away(), away());
  set(1);
  await clock.advance(4_500);
  expect(writes).toEqual([]);
  set(2);
  await clock.advance(10_000);
  expect(writes).toMatchObject([{ announcing: 2 }]);
  await end();
});

test("one that was deleted is made again, though nothing has changed", async () => {
  const { clock, writes, created, answers, writer, end } = writing();
  answers.push(notFound());
  writer.lost();
  await clock.advance(2_000);
  expect(created).toHaveLength(1);
  expect(writes).toMatchObject([{ announcing: 0 }]);
  await end();
});

test("at the end it is written at once", async () => {
  const { clock, writes, writer, set, end } = writing();
  set(1);
  await clock.advance(2_000);
  set(2);
  await end();
  await writer.finish(new AbortController().signal);
  expect(writes.map(({ announcing }) => announcing)).toEqual([1, 2]);
});

test("all agents together stay under what Leases leave of 50 writes a second, however many they are", () => {
  for (const nodes of [1, 10, 30, 100, 1_000, 5_000]) {
    const leases = nodes / Math.max(3, nodes / 40);
    expect(nodes / (writeTimes(nodes, 0).spacingMs / 1000) + leases).toBeLessThanOrEqual(50);
  }
});
