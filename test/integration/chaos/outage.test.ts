/** The API server goes away and comes back: the controller lives on, serves whoever comes then, and has moved nothing. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { type Cluster, clusterOf } from "../support/cluster.ts";
import {
  type ControllerProcess,
  type Controllers,
  controllersOf,
  election,
} from "../support/controller-process.ts";
import { eventually, install } from "../support/installation.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";
import { addressesOf } from "./witness.ts";

const OUTAGE_MS = 20_000;

const controlPlane = ownControlPlane();
let cluster: Cluster;
let controllers: Controllers;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["10.5.0.0/24"] });
});
afterEach(() => controllers?.end());
afterAll(() => {
  cluster?.client.close();
});

beforeEach(async () => {
  controllers = await controllersOf(controlPlane());
});

async function create(namespace: string, prefix: string): Promise<void> {
  const names = Array.from({ length: 20 }, (_, index) => `${prefix}${index}`);
  await Promise.all(names.map((name) => cluster.createService(namespace, name)));
}

/** Who has which address, once all of them have one; no address twice. */
async function served(namespace: string, count: number): Promise<Map<string, string>> {
  return eventually(async () => {
    const { items } = await cluster.client.list(services, { namespace });
    const held = new Map(items.map((each) => [each.metadata.name ?? "", addressesOf(each).join()]));
    expect([...held.values()].filter((address) => address !== "")).toHaveLength(count);
    expect(new Set(held.values()).size).toBe(count);
    return held;
  }, `${count} Services have addresses of their own`);
}

test("for 20 s without API server it stays alive, and serves on", async () => {
  const namespace = await testNamespace(controlPlane());
  const controller = await controllers.start();
  await create(namespace, "before");
  const before = await served(namespace, 20);

  await controlPlane().stopApiServer();
  // The one place where time itself is what is tried: how long it lasts is the point.
  const until = Date.now() + OUTAGE_MS;
  while (Date.now() < until) {
    expect(await controller.probe("/healthz")).toBe(200);
    expect(await controller.probe("/readyz")).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await controlPlane().startApiServer();
  await create(namespace, "after");
  const after = await served(namespace, 40);
  expect(new Map([...after].filter(([name]) => name.startsWith("before")))).toEqual(before);
  expect(controller.isRunning()).toBe(true);
  controller.kill("SIGTERM");
  expect(await controller.ended).toEqual({ code: 0, signal: null });
});

test("with leader election it ends when the lease is lost, and once restarted serves on", async () => {
  const namespace = await testNamespace(controlPlane());
  const start = () =>
    controllers.start({
      args: election("4s", "3s"),
    });
  const first = await start();
  await create(namespace, "before");
  const before = await served(namespace, 20);

  await controlPlane().stopApiServer();
  expect(await first.ended).toEqual({ code: 3, signal: null });
  const second: ControllerProcess = await start();
  await second.said("Serving health and metrics");
  expect(await second.probe("/healthz")).toBe(200);
  expect(await second.probe("/readyz")).not.toBe(200);
  await controlPlane().startApiServer();
  await create(namespace, "after");
  const after = await served(namespace, 40);
  expect(new Map([...after].filter(([name]) => name.startsWith("before")))).toEqual(before);
  expect(second.isRunning()).toBe(true);
});
