import { connect } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import {
  createHealthServer,
  type HealthServer,
  type HealthServerOptions,
} from "../../../src/runtime/health.ts";
import { createMetrics } from "../../../src/runtime/metrics.ts";

const running: { stop: AbortController; ended: Promise<void> }[] = [];
afterEach(async () => {
  for (const { stop, ended } of running.splice(0)) {
    stop.abort();
    await ended;
  }
});

async function setUp(
  prepare: (server: HealthServer) => void = () => {},
  options: Partial<HealthServerOptions> = {},
) {
  const listen = { host: "127.0.0.1", port: 0 };
  const server = createHealthServer({ listen, metrics: createMetrics(), ...options });
  prepare(server);
  const stop = new AbortController();
  const ended = server.run(stop.signal);
  running.push({ stop, ended });
  const ports = await server.listening();
  const get = async (path: string, at = ports.port, method = "GET") => {
    const answer = await fetch(`http://127.0.0.1:${at}${path}`, { method });
    return { status: answer.status, text: await answer.text(), type: answer.headers.get("content-type") };
  };
  return { get, ports, stop, ended };
}

describe("checks", () => {
  test("all pass: 200", async () => {
    const { get } = await setUp((server) => server.addHealthCheck("loop", () => true));
    expect(await get("/healthz")).toMatchObject({ status: 200, text: "ok\n" });
    expect(await get("/readyz")).toMatchObject({ status: 200, text: "ok\n" });
    expect((await get("/healthz?verbose")).text).toBe("[+]loop ok\nok\n");
  });

  test("one fails: 500, with its name and why, and each can be asked alone", async () => {
    const { get } = await setUp((server) => {
      server.addReadyCheck("caches", () => "services not synced");
      server.addReadyCheck("lease", () => true);
      server.addReadyCheck("odd", () => {
        throw new Error("broken");
      });
    });
    expect(await get("/readyz")).toMatchObject({
      status: 500,
      text: "[-]caches failed: services not synced\n[+]lease ok\n[-]odd failed: broken\nfailed\n",
    });
    expect((await get("/readyz/lease")).status).toBe(200);
    expect((await get("/readyz/caches")).status).toBe(500);
    expect((await get("/healthz")).status).toBe(200);
  });
});

test("metrics are on the same port unless they have their own", async () => {
  const one = await setUp();
  expect(await one.get("/metrics")).toMatchObject({
    status: 200,
    type: expect.stringContaining("version=0.0.4"),
  });
  const two = await setUp(() => {}, { metricsListen: { host: "127.0.0.1", port: 0 } });
  expect((await two.get("/metrics")).status).toBe(404);
  expect((await two.get("/metrics", two.ports.metricsPort)).text).toContain("fairlead_events_written_total");
  expect((await two.get("/healthz", two.ports.metricsPort)).status).toBe(404);
});

test.each([
  ["/", 404],
  ["/healthz/none", 404],
  ["/healthz/a/b", 404],
  ["/constructor", 404],
  ["/readyz?", 200],
])("%s is %d", async (path, status) => {
  const { get } = await setUp();
  expect((await get(path)).status).toBe(status);
});

test("only GET and HEAD are answered", async () => {
  const { get, ports } = await setUp();
  expect((await get("/healthz", ports.port, "POST")).status).toBe(405);
  expect(await get("/healthz", ports.port, "HEAD")).toMatchObject({ status: 200, text: "" });
});

test("what is no HTTP harms nobody", async () => {
  const { get, ports } = await setUp();
  const socket = connect(ports.port, "127.0.0.1");
  await new Promise((resolve) => {
    socket.on("close", resolve).on("error", () => {});
    socket.write(Buffer.alloc(1000, 7));
  });
  expect((await get("/healthz")).status).toBe(200);
});

test("a port that is taken ends it with that error", async () => {
  const { ports } = await setUp();
  const listen = { host: "127.0.0.1", port: ports.port, setting: "--health-probe-bind-address" };
  const second = createHealthServer({ listen });
  await expect(second.run(new AbortController().signal)).rejects.toMatchObject({
    code: "EADDRINUSE",
    message: `Cannot serve health and metrics on TCP port ${ports.port} of 127.0.0.1: it is in use; end the program that has it, or choose another place with --health-probe-bind-address`,
  });
  await expect(second.listening()).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("the stop closes idle connections too", async () => {
  const { ports, stop, ended } = await setUp();
  const socket = connect(ports.port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve).on("error", () => {}));
  await new Promise((resolve) => socket.once("connect", resolve));
  stop.abort();
  await ended;
  await closed;
});
