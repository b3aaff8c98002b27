import type { ServerResponse } from "node:http";
import { describe, expect, test } from "@jest/globals";
import type { WatchEvent } from "../../../../src/runtime/kube/requests.ts";
import { json, loopback, status, type Widget, widgets } from "../loopback.ts";

const event = (type: string, name: string, more: object = {}) =>
  `${JSON.stringify({ type, object: { metadata: { name, ...more } } })}\n`;

async function collect(events: AsyncIterable<WatchEvent<Widget>>) {
  const seen: WatchEvent<Widget>[] = [];
  try {
    for await (const one of events) seen.push(one);
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error };
  }
}

function open(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { "content-type": "application/json" });
}

test("asks for bookmarks and passes on what was asked for", async () => {
  await using server = await loopback((_, response) => open(response).end());
  await collect(
    server.client().watch(widgets, {
      namespace: "ns",
      resourceVersion: "7",
      timeoutSeconds: 300,
      fieldSelector: "a=b",
      metadataOnly: true,
    }),
  );
  expect(server.seen[0]?.url).toBe(
    "/apis/example.org/v1/namespaces/ns/widgets?watch=true&fieldSelector=a%3Db&resourceVersion=7" +
      "&allowWatchBookmarks=true&timeoutSeconds=300",
  );
  expect(server.seen[0]?.headers.accept).toBe("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
});

test("events come out one by one, however the bytes are cut", async () => {
  const text =
    event("ADDED", "ü😀") + event("MODIFIED", "b") + event("BOOKMARK", "", { resourceVersion: "9" });
  const bytes = Buffer.from(text);
  await using server = await loopback(async (_, response) => {
    open(response);
    for (const byte of bytes) {
      response.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  const { seen, error } = await collect(server.client().watch(widgets, {}));
  expect(error).toBeUndefined();
  expect(seen.map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ["ADDED", "ü😀"],
    ["MODIFIED", "b"],
    ["BOOKMARK", ""],
  ]);
});

test("many events in one chunk all come out", async () => {
  const lines = Array.from({ length: 1000 }, (_, i) => event("ADDED", `w${i}`)).join("");
  await using server = await loopback((_, response) => open(response).end(lines));
  const { seen } = await collect(server.client().watch(widgets, {}));
  expect(seen.length).toBe(1000);
});

describe("a watch ends with an error", () => {
  test.each([
    [
      "410 as HTTP status",
      (response: ServerResponse) => json(response, 410, status(410, "Expired")),
      { status: 410 },
    ],
    [
      "410 as event",
      (response: ServerResponse) =>
        open(response).end(`${JSON.stringify({ type: "ERROR", object: status(410, "Expired") })}\n`),
      { status: 410, reason: "Expired" },
    ],
    [
      "an ERROR without Status",
      (r: ServerResponse) => open(r).end('{"type":"ERROR","object":{}}\n'),
      { status: 500 },
    ],
    ["a line that is no JSON", (r: ServerResponse) => open(r).end("<html>\n"), { code: "EBADRESPONSE" }],
    [
      "an event without metadata",
      (r: ServerResponse) => open(r).end('{"type":"ADDED"}\n'),
      { code: "EBADRESPONSE" },
    ],
    ["null", (r: ServerResponse) => open(r).end("null\n"), { code: "EBADRESPONSE" }],
    [
      "a reset in the middle of an event",
      (r: ServerResponse) => open(r).write('{"type":"ADD', () => r.socket?.destroy()),
      { code: "ECONNRESET" },
    ],
    [
      "an endless line",
      (r: ServerResponse) => void open(r).write("x".repeat(200_000)),
      { code: "ETOOLARGE" },
    ],
  ])("on %s", async (_, answer, expected) => {
    await using server = await loopback((_, response) => void answer(response));
    const { seen, error } = await collect(server.client({ maxLineBytes: 100_000 }).watch(widgets, {}));
    expect(seen).toEqual([]);
    expect(error).toMatchObject(expected);
  });
});

test("a torn last line is dropped when the server ends politely", async () => {
  await using server = await loopback((_, response) =>
    open(response).end(`${event("ADDED", "a")}{"type":"ADD`),
  );
  const { seen, error } = await collect(server.client().watch(widgets, {}));
  expect(seen.length).toBe(1);
  expect(error).toBeUndefined();
});

test("the signal ends a quiet watch with its reason and closes the connection", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const controller = new AbortController();
  const reason = new Error("enough");
  await using server = await loopback((_, response) => {
    response.on("close", resolve);
    open(response).write(event("ADDED", "a"));
  });
  const seen: unknown[] = [];
  const watching = (async () => {
    for await (const one of server.client().watch(widgets, { signal: controller.signal })) {
      seen.push(one);
      controller.abort(reason);
    }
  })();
  await expect(watching).rejects.toBe(reason);
  await closed;
  expect(seen.length).toBe(1);
});

test("leaving the loop closes the connection", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  await using server = await loopback((_, response) => {
    response.on("close", resolve);
    open(response).write(event("ADDED", "a"));
  });
  for await (const _ of server.client().watch(widgets, {})) break;
  await closed;
});

test("a watch does not take a socket from the requests", async () => {
  await using server = await loopback((seen, response) => {
    if (seen.url.includes("watch=true")) open(response).write(event("ADDED", "a"));
    else json(response, 200, { metadata: {} });
  });
  const client = server.client({ maxSockets: 1 });
  for await (const _ of client.watch(widgets, {})) {
    await client.list(widgets);
    break;
  }
  expect(server.seen.length).toBe(2);
});
