import type { ServerResponse } from "node:http";
import { expect, test } from "@jest/globals";
import { gadgets, hurriedClock, json, loopback, status } from "../loopback.ts";

const object = { metadata: { name: "g" } };

test("what the guard throws stops the request and comes out unchanged", async () => {
  await using server = await loopback((_, response) => json(response, 200, object));
  const lost = new Error("the lease is lost");
  const client = server.client().guarded(() => {
    throw lost;
  });
  await expect(client.create(gadgets, object)).rejects.toBe(lost);
  await expect(client.get(gadgets, { name: "g" })).rejects.toBe(lost);
  expect(server.seen).toEqual([]);
});

test("the guard is asked again before a retry", async () => {
  let held = true;
  await using server = await loopback((_, response) => {
    held = false;
    json(response, 503, status(503, "ServiceUnavailable"));
  });
  const client = server.client({ clock: hurriedClock() }).guarded(() => {
    if (!held) throw new Error("the lease is lost");
  });
  await expect(client.get(gadgets, { name: "g" })).rejects.toThrow("the lease is lost");
  expect(server.seen.length).toBe(1);
});

test("the guard is asked after the wait for a free socket, not before it", async () => {
  let held = true;
  const waiting: ServerResponse[] = [];
  const { promise: firstArrived, resolve } = Promise.withResolvers<void>();
  await using server = await loopback((_, response) => {
    waiting.push(response);
    resolve();
  });
  const client = server.client({ maxSockets: 1 });
  const first = client.create(gadgets, object);
  await firstArrived;
  // There is one socket and it is taken: this one queues while the lease still holds.
  const second = client
    .guarded(() => {
      if (!held) throw new Error("the lease is lost");
    })
    .create(gadgets, object);
  await new Promise((resolve) => setImmediate(resolve));
  held = false;
  json(waiting[0] as ServerResponse, 201, object);
  await first;
  await expect(second).rejects.toThrow("the lease is lost");
  expect(server.seen.length).toBe(1);
});

test("guards add up, and a request that is allowed goes through", async () => {
  await using server = await loopback((_, response) => json(response, 200, object));
  const asked: string[] = [];
  const client = server
    .client()
    .guarded(() => void asked.push("outer"))
    .guarded(() => void asked.push("inner"));
  expect(await client.get(gadgets, { name: "g" })).toEqual(object);
  expect(asked).toEqual(["outer", "inner"]);
});
