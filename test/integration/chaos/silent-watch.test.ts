/** Something between controller and API server swallows what the watches bring, and closes nothing: the controller finds out by itself. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { type ApiProxy, startApiProxy } from "../support/api-proxy.ts";
import { type Cluster, clusterOf } from "../support/cluster.ts";
import { hurriedClock } from "../support/hurried-clock.ts";
import { install, type RunningOperator, startOperator } from "../support/installation.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";

const controlPlane = ownControlPlane();
let cluster: Cluster;
let proxy: ApiProxy;
let operator: RunningOperator;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  proxy = await startApiProxy(controlPlane());
  // The watchdog waits for two and a half minutes, which are a second and a half here.
  operator = await startOperator(controlPlane(), { server: proxy.server, cacheClock: hurriedClock(100) });
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["192.0.2.0/28"] });
});
afterAll(async () => {
  await operator?.stop();
  await proxy?.close();
  cluster?.client.close();
});

test("watches that go silent are noticed, and nothing that happened meanwhile is missed", async () => {
  const namespace = await testNamespace(controlPlane());
  const [stays, goes, comes] = ["stays", "goes", "comes"].map((name) => ({ namespace, name })) as [
    Ref,
    Ref,
    Ref,
  ];
  await cluster.createService(namespace, stays.name);
  await cluster.createService(namespace, goes.name);
  const kept = await cluster.served(stays);
  const [free] = await cluster.served(goes);

  proxy.swallowWatches();
  await cluster.remove(services, goes);
  await cluster.createService(namespace, comes.name, {
    annotations: { "fairlead.io/addresses": free ?? "" },
  });
  await cluster.gone(loadBalancers, goes);
  expect(await cluster.served(comes)).toEqual([free]);
  expect(await cluster.addresses(stays)).toEqual(kept);
});

interface Ref {
  readonly namespace: string;
  readonly name: string;
}
