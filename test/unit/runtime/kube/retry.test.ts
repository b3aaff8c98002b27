import { createServer } from "node:net";
import { describe, expect, test } from "@jest/globals";
import type { KubeClient } from "../../../../src/runtime/kube/client.ts";
import { createKubeClient, type RequestInfo } from "../../../../src/runtime/kube/client.ts";
import { type Answer, gadgets, hurriedClock, json, loopback, status } from "../loopback.ts";

const ref = { name: "g" };
const object = { metadata: ref };
const writes: Record<string, (client: KubeClient) => Promise<unknown>> = {
  get: (client) => client.get(gadgets, ref),
  "apply patch": (client) => client.patch(gadgets, ref, object, { type: "apply", fieldManager: "me" }),
  "merge patch": (client) => client.patch(gadgets, ref, object, { type: "merge" }),
  delete: (client) => client.delete(gadgets, ref),
  "json patch": (client) => client.patch(gadgets, ref, [], { type: "json" }),
  create: (client) => client.create(gadgets, object),
  replace: (client) => client.replace(gadgets, object),
};

const tooMany: Answer = (_, response) =>
  json(response, 429, status(429, "TooManyRequests"), { "retry-after": "2" });
const unavailable: Answer = (_, response) => json(response, 503, status(503, "ServiceUnavailable"));
const reset: Answer = (_, response) => void response.socket?.destroy();
const broken: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
  response.write('{"metadata":', () => response.socket?.destroy());
};
const internal: Answer = (_, response) => json(response, 500, status(500, "InternalError"));
const ok: Answer = (_, response) => json(response, 200, object);

describe.each([
  ["429", tooMany, Object.keys(writes)],
  ["503", unavailable, ["get", "apply patch", "merge patch", "delete"]],
  ["a reset before the answer", reset, ["get", "apply patch", "merge patch", "delete"]],
  ["an answer torn off", broken, ["get", "apply patch", "merge patch", "delete"]],
  ["500", internal, []],
])("after %s", (_, failure, repeated) => {
  test.each(Object.keys(writes))("%s is sent again only if that does no harm", async (name) => {
    const answers = [failure, ok];
    await using server = await loopback((seen, response) => (answers.shift() ?? ok)(seen, response));
    const outcome = await writes[name]?.(server.client({ clock: hurriedClock() })).then(
      () => "done",
      () => "failed",
    );
    const again = (repeated as string[]).includes(name);
    expect({ outcome, sent: server.seen.length }).toEqual({
      outcome: again ? "done" : "failed",
      sent: again ? 2 : 1,
    });
  });
});

test("Retry-After is waited for, in seconds or as a date, with some jitter on top", async () => {
  const clock = hurriedClock();
  const inFourSeconds = new Date(Date.now() + 4_000).toUTCString();
  const answers: Answer[] = [
    tooMany,
    (_, response) => json(response, 429, status(429, "TooManyRequests"), { "retry-after": inFourSeconds }),
    ok,
  ];
  await using server = await loopback((seen, response) => answers.shift()?.(seen, response));
  await server.client({ clock, random: () => 0.5 }).get(gadgets, ref);
  expect(clock.waits[0]).toBe(2_050);
  expect(clock.waits[1]).toBeGreaterThan(2_000);
  expect(clock.waits[1]).toBeLessThanOrEqual(4_050);
});

test("a server that asks for a long pause is not waited for; the error carries the wish", async () => {
  const clock = hurriedClock();
  await using server = await loopback((_, response) =>
    json(response, 429, status(429, "TooManyRequests", { details: { retryAfterSeconds: 120 } })),
  );
  await expect(server.client({ clock }).get(gadgets, ref)).rejects.toMatchObject({ retryAfterMs: 120_000 });
  expect(clock.waits).toEqual([]);
});

test("tries are bounded and their distance grows", async () => {
  const clock = hurriedClock();
  const infos: RequestInfo[] = [];
  await using server = await loopback(unavailable);
  const client = server.client({ clock, random: () => 0, onRequest: (info) => infos.push(info) });
  await expect(client.get(gadgets, ref)).rejects.toMatchObject({ status: 503 });
  expect(clock.waits).toEqual([100, 200, 400, 800, 1600]);
  expect(infos).toMatchObject([{ verb: "get", status: 503, retries: 5, resource: "gadgets" }]);
});

test("a refused connection is tried again for creations too: nothing was sent", async () => {
  const clock = hurriedClock();
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const client = createKubeClient(
    { server: `http://127.0.0.1:${port}`, credentials: async () => ({ headers: {}, tls: {} }) },
    { clock },
  );
  const error = await client.create(gadgets, object).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: "ECONNREFUSED", sent: false });
  expect((error as Error).message).toMatch(/^Cannot create gadgets g: connect ECONNREFUSED/);
  expect(clock.waits.length).toBe(5);
  client.close();
});

test("after a 401 the credentials are read again, once", async () => {
  await using server = await loopback((seen, response) =>
    seen.headers.authorization === "Bearer new"
      ? ok(seen, response)
      : json(response, 401, status(401, "Unauthorized")),
  );
  let token = "old";
  let renewed = "new";
  const connection = {
    server: server.connection.server,
    credentials: async (o?: { refresh?: boolean }) => {
      if (o?.refresh) token = renewed;
      return { headers: { authorization: `Bearer ${token}` }, tls: {} };
    },
  };
  const client = createKubeClient(connection);
  await client.create(gadgets, object);
  expect(server.seen.length).toBe(2);
  renewed = "wrong";
  token = "wrong";
  await expect(client.create(gadgets, object)).rejects.toMatchObject({ status: 401 });
  expect(server.seen.length).toBe(4);
  client.close();
});

test("a silent server is given up after the timeout", async () => {
  await using server = await loopback(() => {});
  const error = server.client().create(gadgets, object, { timeoutMs: 50 });
  await expect(error).rejects.toMatchObject({ code: "ETIMEDOUT", sent: true });
});
