/** Two controllers, of which one leads: what the other finds and does when that one is killed, halted, told to stop, or was ahead of its watches. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { annotations } from "../../../src/api/names.ts";
import { type ApiProxy, startApiProxy } from "../support/api-proxy.ts";
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
import { addressesOf, type Witness, witnessOf } from "./witness.ts";

const controlPlane = ownControlPlane();
let cluster: Cluster;
let controllers: Controllers;
let proxy: ApiProxy;
let witness: Witness;
let namespace: string;

/** Short, that nobody waits for long. */
const brief = election("4s", "3s");
/** Nobody lives to see the end of it: only a lease that is given back comes to another. */
const endless = election("1h", "30m");

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["10.5.0.0/24"] });
});
beforeEach(async () => {
  controllers = await controllersOf(controlPlane());
  proxy = await startApiProxy(controlPlane());
  witness = await witnessOf(cluster.client);
  namespace = await testNamespace(controlPlane());
});
afterEach(async () => {
  await witness?.end();
  await controllers?.end();
  await proxy?.close();
  // Whoever held it is gone.
  await controlPlane().call(
    "DELETE",
    "/apis/coordination.k8s.io/v1/namespaces/fairlead-system/leases/fairlead-controller",
  );
});
afterAll(() => cluster?.client.close());

/** The first leads and is seen by the proxy; the second waits. */
async function startBoth(args: string[]): Promise<{ leader: ControllerProcess; other: ControllerProcess }> {
  const leader = await controllers.start({ server: proxy.server, args });
  await leader.said("Leading");
  const other = await controllers.start({ args });
  await other.said("Waiting for the lease");
  return { leader, other };
}

const isWrite = ({ method, path }: { readonly method: string; readonly path: string }) =>
  method !== "GET" && !path.includes("/leases/");

/** Has the leader get this signal in the middle of its work: when the proxy sees its n-th write. */
async function inTheMiddle(
  leader: ControllerProcess,
  signal: NodeJS.Signals,
  creations: number,
): Promise<void> {
  const due = Promise.withResolvers<void>();
  let left = creations;
  proxy.onRequest = (request) => {
    if (!isWrite(request) || --left > 0) return;
    proxy.onRequest = () => {};
    leader.kill(signal);
    due.resolve();
  };
  await createSome(creations);
  await due.promise;
}

async function createSome(count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `s${index}`);
  await Promise.all(names.map((name) => cluster.createService(namespace, name)));
}

async function allServed(count: number): Promise<void> {
  await eventually(async () => {
    const { items } = await cluster.client.list(services, { namespace });
    expect(items).toHaveLength(count);
    for (const service of items) expect(addressesOf(service)).toHaveLength(1);
  }, "all are served");
}

test("the leader is killed at work: the other takes over, and nothing moves", async () => {
  const { leader, other } = await startBoth(brief);
  await inTheMiddle(leader, "SIGKILL", 40);
  await other.said("Leading");
  await allServed(40);
  expect(witness.breaches).toEqual([]);
});

test("the leader is halted at work and goes on when another leads: it writes nothing any more, and ends", async () => {
  const { leader, other } = await startBoth(brief);
  await inTheMiddle(leader, "SIGSTOP", 40);
  await other.said("Leading");
  await allServed(40);
  const { length } = proxy.seen;
  leader.kill("SIGCONT");
  expect(await leader.ended).toEqual({ code: 3, signal: null });
  expect(proxy.seen.slice(length).filter(({ method }) => method !== "GET")).toEqual([]);
  expect(witness.breaches).toEqual([]);
});

test("the leader is told to stop at work: it ends what it began, and hands over at once", async () => {
  const { leader, other } = await startBoth(endless);
  await inTheMiddle(leader, "SIGTERM", 40);
  expect(await leader.ended).toEqual({ code: 0, signal: null });
  await other.said("Leading");
  await allServed(40);
  expect(witness.breaches).toEqual([]);
});

test("whoever takes over knows what the last leader wrote, though its own watches have not told it", async () => {
  const leader = await controllers.start({ args: brief });
  await leader.said("Leading");
  const pin = (address: string) => ({ annotations: { [annotations.addresses]: address } });
  const clusterIP = { spec: { type: "ClusterIP", allocateLoadBalancerNodePorts: null } } as const;
  await cluster.createService(namespace, "left", pin("10.5.0.200"));
  await cluster.createService(namespace, "moved", pin("10.5.0.201"));
  await cluster.createService(namespace, "flipped", pin("10.5.0.203"));
  await cluster.served({ namespace, name: "flipped" });
  await cluster.edit(services, { namespace, name: "flipped" }, clusterIP);
  await cluster.gone(loadBalancers, { namespace, name: "flipped" });
  for (const name of ["left", "moved"]) await cluster.served({ namespace, name });

  const late = await controllers.start({ server: proxy.server, args: brief });
  await late.said("Waiting for the lease");
  proxy.holdWatches();
  // What happens now is not known to it.
  await cluster.remove(services, { namespace, name: "left" });
  await cluster.createService(namespace, "heir", pin("10.5.0.200"));
  witness.allow(`${namespace}/moved`);
  await cluster.edit(services, { namespace, name: "moved" }, { metadata: pin("10.5.0.202") });
  await cluster.edit(
    services,
    { namespace, name: "flipped" },
    {
      spec: { type: "LoadBalancer", allocateLoadBalancerNodePorts: false },
    },
  );
  await cluster.createService(namespace, "new");
  const expected = { heir: "10.5.0.200", moved: "10.5.0.202", flipped: "10.5.0.203" };
  for (const [name, address] of Object.entries(expected))
    await cluster.served({ namespace, name }, [address]);
  await cluster.served({ namespace, name: "new" });
  const before = await world();

  leader.kill("SIGKILL");
  await late.said("Leading");
  await late.settled(4);
  expect(await world()).toEqual(before);
  proxy.release();
  await cluster.createService(namespace, "next");
  await cluster.served({ namespace, name: "next" });
  await late.settled(5);
  const { next: _, ...after } = await world();
  expect(after).toEqual(before);
  expect(witness.breaches).toEqual([]);
});

/** The LoadBalancers, by name: which object it is, and what it has. */
async function world(): Promise<Record<string, unknown>> {
  const { items } = await cluster.client.list(loadBalancers, { namespace });
  return Object.fromEntries(
    items.map(({ metadata, status }) => [metadata.name, { uid: metadata.uid, addresses: status?.addresses }]),
  );
}
