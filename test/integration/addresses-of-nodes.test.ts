/** No Service gets an address that is a node's own, and none loses one, on a real API server under the minimal role. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ipAddressPools } from "../../src/api/ip-address-pool.ts";
import { type Node, type NodeAddress, nodes, services } from "../../src/api/kubernetes.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
const metal = { loadBalancerClass: "fairlead.io/metal" };
let cluster: Cluster;
let operator: RunningOperator;
let namespace: string;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  // There before the controller: nobody is given its address at the start either.
  await join("node-a", "192.0.2.1");
  await cluster.createPool("edge", { addresses: ["192.0.2.1-192.0.2.4"] });
  await cluster.createClass("metal");
  namespace = await testNamespace(controlPlane());
  await cluster.createService(namespace, "first", { spec: metal });
  operator = await startOperator(controlPlane());
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
});

async function join(name: string, address: string): Promise<void> {
  await cluster.client.create(nodes, { apiVersion: "v1", kind: "Node", metadata: { name } });
  await report(name, [
    { type: "Hostname", address: name },
    { type: "InternalIP", address },
  ]);
}

/** As kubelets do every few minutes. */
async function report(name: string, addresses: NodeAddress[] | undefined, at = new Date()): Promise<Node> {
  const lastHeartbeatTime = at.toISOString().replace(/\.\d+/, "");
  const ready = { type: "Ready", status: "True", reason: "KubeletReady", lastHeartbeatTime };
  const status = { conditions: [ready], ...(addresses === undefined ? {} : { addresses }) };
  return cluster.client.patch(nodes, { name }, { status }, { type: "merge", subresource: "status" });
}

async function available(expected: number): Promise<void> {
  await eventually(async () => {
    const { status } = await cluster.client.get(ipAddressPools, { name: "edge" });
    expect(status?.availableIPv4).toBe(expected);
  }, `${expected} addresses are available`);
}

test("an address of a node is given to nobody, and one given out before the node came stays", async () => {
  const first = { namespace, name: "first" };
  await cluster.served(first, ["192.0.2.2"]);
  const degraded = await cluster.condition(ipAddressPools, { name: "edge" }, "Degraded", "AddressOfNode");
  expect(degraded.message).toContain('192.0.2.1 of node "node-a"');
  await available(2);

  const asking = { namespace, name: "asking" };
  const annotations = { "fairlead.io/addresses": "192.0.2.1" };
  await cluster.createService(namespace, "asking", { spec: metal, annotations });
  const refused = await cluster.condition(services, asking, "fairlead.io/Programmed", "AddressOfNode");
  expect(refused.message).toContain('192.0.2.1 is the own address of node "node-a"');

  await join("node-b", "192.0.2.2");
  const told = await cluster.condition(services, first, "fairlead.io/Degraded", "AddressOfNode");
  expect(told.message).toContain("Keeps 192.0.2.2, which would not be given out now");
  expect(told.message).toContain('node "node-b"');
  await cluster.served(first, ["192.0.2.2"]);
  await available(2);

  await operator.stop();
  operator = await startOperator(controlPlane());
  await cluster.createService(namespace, "second", { spec: metal });
  await cluster.served({ namespace, name: "second" }, ["192.0.2.3"]);
  expect(await cluster.addresses(first)).toEqual(["192.0.2.2"]);

  // The one that went frees its address for who waits; the one that has another leaves the Service well.
  await cluster.remove(nodes, { name: "node-a" });
  await cluster.served(asking, ["192.0.2.1"]);
  await report("node-b", [{ type: "InternalIP", address: "198.51.100.7" }]);
  await eventually(async () => {
    const { status } = await cluster.service(first);
    expect(status?.conditions?.map(({ type }) => type)).toEqual(["fairlead.io/Programmed"]);
  }, "the Service is well again");
  await cluster.condition(ipAddressPools, { name: "edge" }, "Degraded", "AsExpected");
  await available(1);
  expect(await cluster.addresses(first)).toEqual(["192.0.2.2"]);
});

test("nodes that report as before, and such as have no address of a pool, bring about no write", async () => {
  await join("node-c", "192.0.2.4");
  await available(0);
  const before = operator.writes.length;
  for (let n = 1; n <= 5; n++) await report("node-c", undefined, new Date(Date.now() + n * 60_000));
  await join("node-d", "198.51.100.8");
  // Comes after all these, on the same stream.
  await cluster.remove(nodes, { name: "node-c" });
  await available(1);
  const written = operator.writes.slice(before).map((each) => each.replace(/\?.*/, ""));
  expect(written).toEqual([expect.stringMatching(/^PATCH .*\/ipaddresspools\/edge\/status$/)]);
});
