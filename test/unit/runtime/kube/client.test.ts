import { describe, expect, test } from "@jest/globals";
import { isApiError, isConflict, isNotFound } from "../../../../src/runtime/kube/api-error.ts";
import { gadgets, json, loopback, status, type Widget, widgets } from "../loopback.ts";

const widget = (name: string, more: object = {}): Widget => ({
  metadata: { name, namespace: "ns" },
  ...more,
});

describe("what goes over the wire", () => {
  test("objects come back as they were sent, unknown fields and all", async () => {
    const strange = {
      metadata: { name: "a", namespace: "ns" },
      spec: { future: { deep: [1, null, "ü😀"] } },
      extra: 1e21,
    };
    await using server = await loopback((_, response) => json(response, 200, strange));
    expect(await server.client().get(widgets, { namespace: "ns", name: "a" })).toEqual(strange);
    await server.client().replace(widgets, strange as Widget, { subresource: "status" });
    expect(JSON.parse(server.seen[1]?.body ?? "")).toEqual(strange);
  });

  test.each([
    ["get", "GET /apis/example.org/v1/namespaces/ns/widgets/a?resourceVersion=7"],
    ["list", "GET /apis/example.org/v1/widgets?labelSelector=a%20in%20(b%2Cc)%2C!d&limit=5&continue=x%2F%3D"],
    ["listCluster", "GET /api/v1/gadgets"],
    ["create", "POST /apis/example.org/v1/namespaces/ns/widgets?fieldManager=me&dryRun=All"],
    ["replace", "PUT /apis/example.org/v1/namespaces/ns/widgets/a/status"],
    ["apply", "PATCH /apis/example.org/v1/namespaces/ns/widgets/a/status?fieldManager=me&force=true"],
    ["delete", "DELETE /api/v1/gadgets/g%20%3F%23%C3%BC"],
  ])("%s asks %s", async (verb, line) => {
    await using server = await loopback((_, response) => json(response, 200, { metadata: {}, items: null }));
    const client = server.client();
    const ref = { namespace: "ns", name: "a" };
    const calls: Record<string, () => Promise<unknown>> = {
      get: () => client.get(widgets, ref, { resourceVersion: "7" }),
      list: () => client.list(widgets, { labelSelector: "a in (b,c),!d", limit: 5, continue: "x/=" }),
      listCluster: () => client.list(gadgets, { namespace: "ignored" }),
      create: () => client.create(widgets, widget("a"), { fieldManager: "me", dryRun: true }),
      replace: () => client.replace(widgets, widget("a"), { subresource: "status" }),
      apply: () =>
        client.patch(
          widgets,
          ref,
          {},
          { type: "apply", fieldManager: "me", force: true, subresource: "status" },
        ),
      delete: () => client.delete(gadgets, { name: "g ?#ü" }, { uid: "u", propagationPolicy: "Foreground" }),
    };
    await calls[verb]?.();
    expect(`${server.seen[0]?.method} ${server.seen[0]?.url}`).toBe(line);
  });

  test.each([
    ["apply", "application/apply-patch+yaml"],
    ["merge", "application/merge-patch+json"],
    ["strategic", "application/strategic-merge-patch+json"],
    ["json", "application/json-patch+json"],
  ] as const)("a patch of type %s is sent as %s", async (type, contentType) => {
    await using server = await loopback((_, response) => json(response, 200, {}));
    await server.client().patch(widgets, { namespace: "ns", name: "a" }, [], { type, fieldManager: "me" });
    expect(server.seen[0]?.headers["content-type"]).toBe(contentType);
  });

  test("a delete carries its preconditions and propagation policy", async () => {
    await using server = await loopback((_, response) => json(response, 200, status(200, "Success")));
    await server.client().delete(gadgets, { name: "g" }, { uid: "u", propagationPolicy: "Foreground" });
    expect(JSON.parse(server.seen[0]?.body ?? "")).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      preconditions: { uid: "u" },
      propagationPolicy: "Foreground",
    });
  });

  test("listed items get the apiVersion and kind that the server leaves out", async () => {
    await using server = await loopback((_, response) =>
      json(response, 200, { metadata: { resourceVersion: "5" }, items: [widget("a")] }),
    );
    const list = await server.client().list(widgets, { metadataOnly: true });
    expect(list.items).toEqual([{ ...widget("a"), apiVersion: "example.org/v1", kind: "Widget" }]);
    expect(server.seen[0]?.headers.accept).toBe(
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    );
  });

  test("a hundred requests one after the other use one connection", async () => {
    await using server = await loopback((_, response) => json(response, 200, {}));
    const client = server.client();
    for (let i = 0; i < 100; i++) await client.get(gadgets, { name: "g" });
    expect(server.connections).toBe(1);
  });

  test("no more connections are opened than maxSockets", async () => {
    await using server = await loopback((_, response) => setImmediate(() => json(response, 200, {})));
    const client = server.client({ maxSockets: 3 });
    await Promise.all(Array.from({ length: 50 }, () => client.get(gadgets, { name: "g" })));
    expect(server.connections).toBe(3);
  });
});

describe("names that would point elsewhere", () => {
  test.each(["", ".", "..", "a/status", "../../secrets", "a%2Fstatus", "\ud800"])(
    "%j is refused",
    async (name) => {
      await using server = await loopback((_, response) => json(response, 200, {}));
      const client = server.client();
      await expect(client.get(gadgets, { name })).rejects.toThrow(TypeError);
      await expect(client.get(widgets, { namespace: name, name: "a" })).rejects.toThrow(TypeError);
      expect(server.seen).toEqual([]);
    },
  );

  test("a namespaced kind without namespace is refused, not looked up cluster-wide", async () => {
    await using server = await loopback((_, response) => json(response, 200, {}));
    await expect(server.client().get(widgets, { name: "a" })).rejects.toThrow(/no namespace/);
    expect(server.seen).toEqual([]);
  });
});

describe("errors", () => {
  test("a Status becomes an ApiError that names verb, kind, object and reason", async () => {
    await using server = await loopback((_, response) =>
      json(response, 409, status(409, "Conflict", { details: { name: "a", causes: [{ field: ".spec" }] } })),
    );
    const error = await server
      .client()
      .patch(widgets, { namespace: "ns", name: "a" }, {}, { type: "merge", subresource: "status" })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({
      message: "Cannot patch widgets ns/a (status): 409 Conflict: it is Conflict",
      status: 409,
      reason: "Conflict",
      details: { causes: [{ field: ".spec" }] },
    });
    expect(isApiError(error) && isConflict(error) && !isNotFound(error)).toBe(true);
  });

  test("a proxy's error page is cut, and no header that was sent shows up", async () => {
    await using server = await loopback((_, response) => response.writeHead(403).end("x".repeat(5000)));
    const error = (await server
      .client()
      .get(gadgets, { name: "g" })
      .catch((e: unknown) => e)) as Error;
    expect(error.message.length).toBeLessThan(400);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("very-secret");
  });

  test("an answer that is not JSON is an error that does not quote it", async () => {
    await using server = await loopback((_, response) =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"password": hunter2'),
    );
    const error = (await server
      .client()
      .get(gadgets, { name: "g" })
      .catch((e: unknown) => e)) as Error;
    expect(error).toMatchObject({ code: "EBADRESPONSE" });
    expect(JSON.stringify([error.stack, error.cause])).not.toContain("hunter2");
  });

  test("an answer past the bound is not read on", async () => {
    await using server = await loopback((_, response) => json(response, 200, { fill: "x".repeat(10_000) }));
    const client = server.client({ maxResponseBytes: 5_000 });
    await expect(client.get(gadgets, { name: "g" })).rejects.toMatchObject({ code: "ETOOLARGE" });
    expect(server.seen.length).toBe(1);
  });
});

describe("cancelling", () => {
  test("a signal that aborted before stops the request from being sent", async () => {
    await using server = await loopback((_, response) => json(response, 200, {}));
    const reason = new Error("enough");
    const get = server.client().get(gadgets, { name: "g" }, { signal: AbortSignal.abort(reason) });
    await expect(get).rejects.toBe(reason);
    expect(server.seen).toEqual([]);
  });

  test("a signal ends a request whose answer does not come", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    await using server = await loopback(() => controller.abort(reason));
    const get = server.client().get(gadgets, { name: "g" }, { signal: controller.signal });
    await expect(get).rejects.toBe(reason);
  });

  test("a signal ends an answer that does not end", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    await using server = await loopback((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"half":', () => setImmediate(() => controller.abort(reason)));
    });
    const get = server.client().get(gadgets, { name: "g" }, { signal: controller.signal });
    await expect(get).rejects.toBe(reason);
  });

  test("a signal ends the wait between two tries", async () => {
    const controller = new AbortController();
    await using server = await loopback((_, response) => {
      json(response, 429, status(429, "TooManyRequests"), { "retry-after": "9" });
      response.once("close", () => setImmediate(() => controller.abort(new Error("enough"))));
    });
    const get = server.client().get(gadgets, { name: "g" }, { signal: controller.signal });
    await expect(get).rejects.toThrow("enough");
    expect(server.seen.length).toBe(1);
  });
});
