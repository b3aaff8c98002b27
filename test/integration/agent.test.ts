/** The agent of a node on a real API server, under its shipped role and policies: what the network thread is told, and what is written. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { AddressView, ProtocolView } from "../../src/agent/protocol/view.ts";
import { type Announcer, announcers } from "../../src/api/announcer.ts";
import { type BGPAdvertisement, bgpAdvertisements } from "../../src/api/bgp-advertisement.ts";
import { type BGPPeer, bgpPeers } from "../../src/api/bgp-peer.ts";
import { ipAddressPools } from "../../src/api/ip-address-pool.ts";
import { leases, nodes, services } from "../../src/api/kubernetes.ts";
import { loadBalancers } from "../../src/api/load-balancer.ts";
import type { Connection } from "../../src/runtime/kube/connection.ts";
import { agentOn } from "./support/agent-identity.ts";
import { type AgentInTest, startAgent } from "./support/agent-process.ts";
import { startApiProxy } from "./support/api-proxy.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { eventually, install, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
const agents: AgentInTest[] = [];
let cluster: Cluster;
let stopOperator: () => Promise<void>;
let namespace: string;

beforeAll(async () => {
  const roles = ["deploy/rbac.yaml", "deploy/agent.yaml", "deploy/agent-bgp-passwords.yaml"];
  await install(controlPlane(), [...roles, "deploy/admission.yaml"]);
  cluster = await clusterOf(controlPlane());
  ({ stop: stopOperator } = await startOperator(controlPlane()));
  namespace = await testNamespace(controlPlane());
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["192.0.2.1-192.0.2.9"] });
  for (const name of ["node-a", "node-b"]) {
    await controlPlane().call("POST", "/api/v1/nodes", { metadata: { name, labels: { name } } });
    await cluster.client.patch(
      nodes,
      { name },
      {
        status: { addresses: [{ type: "InternalIP", address: name === "node-a" ? "10.0.0.1" : "10.0.0.2" }] },
      },
      { type: "merge", subresource: "status" },
    );
  }
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop().catch(() => {});
});
afterAll(async () => {
  await stopOperator?.();
  cluster?.client.close();
});

async function agentOf(node: string, left?: Promise<void>): Promise<AgentInTest> {
  const agent = startAgent(await agentOn(controlPlane(), node), node, left);
  agents.push(agent);
  await agent.settings();
  return agent;
}

const announcer = (name: string): Promise<Announcer> => cluster.client.get(announcers, { name });
const viewOf = (addresses: readonly AddressView[], state: ProtocolView["state"] = "Ready"): ProtocolView => ({
  state,
  addresses,
  heard: [],
  blind: false,
});
const announced = (address: string, epoch: number): AddressView => ({
  address,
  state: "Announcing",
  mode: "Respond",
  epoch,
  interfaces: ["eth0"],
  since: 1_700_000_000_000,
  reason: "Placed",
  message: "nobody had it",
});

describe("what the network thread is told", () => {
  test("an address from the moment it is given out until it is given back", async () => {
    const agent = await agentOf("node-a");
    await cluster.createService(namespace, "web");
    const [address = ""] = await cluster.served({ namespace, name: "web" });
    const world = await agent.world(() => expect(agent.candidates(address)).toEqual(["node-a"]));
    expect(world.nodes).toMatchObject([{ name: "node-a", internalIPs: ["10.0.0.1"] }]);
    const { metadata } = await cluster.client.get(
      { ...nodes, plural: "namespaces", kind: "Namespace" },
      { name: "kube-system" },
    );
    expect(world.cluster).toBe(metadata.uid);
    await cluster.remove(services, { namespace, name: "web" });
    await agent.world(() => expect(agent.candidates(address)).toBeUndefined());
  });

  test("another node as soon as its agent has begun, and not any more while it is drained", async () => {
    await cluster.createService(namespace, "two");
    const [address = ""] = await cluster.served({ namespace, name: "two" });
    const first = await agentOf("node-a");
    await agentOf("node-b");
    await first.world(() => expect(first.candidates(address)).toEqual(["node-a", "node-b"]));
    const taints = [{ key: "leaving", effect: "NoSchedule" }];
    await cluster.edit(nodes, { name: "node-b" }, { spec: { taints } });
    await first.world(() => expect(first.candidates(address)).toEqual(["node-a"]));
    await cluster.edit(nodes, { name: "node-b" }, { spec: { taints: null } });
    await first.world(() => expect(first.candidates(address)).toEqual(["node-a", "node-b"]));
    await cluster.remove(services, { namespace, name: "two" });
  });

  test("with policy Local, the nodes that have endpoints, and no change before they are known", async () => {
    await cluster.createService(namespace, "local");
    const [address = ""] = await cluster.served({ namespace, name: "local" });
    const agent = await agentOf("node-a");
    await agent.world(() => expect(agent.candidates(address)).toContain("node-a"));
    await controlPlane().call("POST", `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
      metadata: { name: "local-1", labels: { "kubernetes.io/service-name": "local" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.1.0.1"], nodeName: "node-a", conditions: { ready: true } }],
      ports: [{ name: "http", port: 80 }],
    });
    const before = agent.told.length;
    await cluster.edit(services, { namespace, name: "local" }, { spec: { externalTrafficPolicy: "Local" } });
    await agent.world(() => expect(agent.candidates(address)).toEqual(["node-a"]));
    const between = agent.told
      .slice(before)
      .flatMap((message) => (message.kind === "world" ? [message.world] : []))
      .map((world) => world.addresses.find((each) => each.address === address)?.candidates.length);
    expect(between).not.toContain(0);
    await cluster.remove(services, { namespace, name: "local" });
  });

  test("that the API server is reached, and that the own Lease is renewed, only after the world", async () => {
    const agent = await agentOf("node-a");
    await eventually(() => {
      expect(agent.told.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["api-reached", "lease"]));
    }, "the Lease was renewed");
    expect(agent.told[0]?.kind).toBe("world");
    const lease = await cluster.client.get(leases, {
      namespace: "fairlead-system",
      name: "fairlead-agent-node-a",
    });
    expect(lease.spec?.holderIdentity).toBe(`node-a/${(await agent.settings()).incarnation}`);
  });

  test("a pool that says None is not in the world", async () => {
    await cluster.createPool("quiet", { addresses: ["198.51.100.1"], advertise: "None" });
    await cluster.createService(namespace, "quiet", { annotations: { "fairlead.io/address-pool": "quiet" } });
    await cluster.createService(namespace, "loud");
    await cluster.served({ namespace, name: "quiet" }, ["198.51.100.1"]);
    const [address = ""] = await cluster.served({ namespace, name: "loud" });
    const agent = await agentOf("node-a");
    await agent.world(() => expect(agent.candidates(address)).toContain("node-a"));
    expect(agent.candidates("198.51.100.1")).toBeUndefined();
    for (const name of ["quiet", "loud"]) await cluster.remove(services, { namespace, name });
    await cluster.gone(loadBalancers, { namespace, name: "quiet" });
    await cluster.remove(ipAddressPools, { name: "quiet" });
  });
});

test("after the API server was away nothing is told of it before what was missed, though the watches are dead", async () => {
  await cluster.createService(namespace, "missed");
  const [address = ""] = await cluster.served({ namespace, name: "missed" });
  const proxy = await startApiProxy(controlPlane());
  const connection = await agentOn(controlPlane(), "node-a");
  const agent = startAgent({ ...connection, server: proxy.server }, "node-a");
  agents.push(agent);
  await agent.world(() => expect(agent.candidates(address)).toContain("node-a"));
  const reached = () => agent.told.filter(({ kind }) => kind === "api-reached").length;
  await eventually(() => expect(reached()).toBeGreaterThan(0), "the API server is reached");

  proxy.swallowWatches();
  await cluster.remove(services, { namespace, name: "missed" });
  await cluster.gone(loadBalancers, { namespace, name: "missed" });
  controlPlane().pause("kube-apiserver");
  await eventually(
    () => expect(agent.agent.view().sinceApiMs).toBeGreaterThan(9_000),
    "two requests in a row got no answer",
  );
  expect(agent.candidates(address)).toContain("node-a");
  const before = agent.told.length;
  controlPlane().resume("kube-apiserver");
  const news = await eventually(() => {
    const since = agent.told.slice(before).filter(({ kind }) => kind !== "lease");
    expect(since.map(({ kind }) => kind)).toContain("api-reached");
    return since.map(({ kind }) => kind);
  }, "the API server is reached again");
  expect(news[0]).toBe("world");
  expect(agent.candidates(address)).toBeUndefined();
  await agent.stop();
  await proxy.close();
});

describe("what BGP is told", () => {
  test("nothing as long as there is no BGPPeer; then routes with where their endpoints are, and the password of the peer", async () => {
    const agent = await agentOf("node-a");
    await cluster.createPool("routes", { addresses: ["203.0.113.1"], autoAssign: false });
    const kinds = { apiVersion: "fairlead.io/v1alpha1" } as const;
    await cluster.client.create(bgpAdvertisements, {
      ...kinds,
      kind: "BGPAdvertisement",
      metadata: { name: "routes" },
      spec: { ipAddressPools: ["routes"] },
    } as BGPAdvertisement);
    await cluster.createService(namespace, "routed", {
      annotations: { "fairlead.io/address-pool": "routes" },
    });
    await cluster.served({ namespace, name: "routed" }, ["203.0.113.1"]);
    await cluster.condition(bgpAdvertisements, { name: "routes" }, "Accepted", "Accepted");
    await agent.world(() => expect(agent.candidates("203.0.113.1")).toBeUndefined());
    expect(agent.routed).toEqual([]);

    await controlPlane().call("POST", "/api/v1/namespaces/fairlead-system/secrets", {
      metadata: { name: "bgp-rack-a" },
      type: "kubernetes.io/basic-auth",
      stringData: { username: "", password: "hunter2" },
    });
    await cluster.client.create(bgpPeers, {
      ...kinds,
      kind: "BGPPeer",
      metadata: { name: "tor" },
      spec: {
        myASN: 64512,
        peerASN: 64513,
        peerAddress: "10.0.0.254",
        passwordSecret: { name: "bgp-rack-a" },
      },
    } as BGPPeer);
    await eventually(() => {
      const last = agent.routed.at(-1);
      expect(last?.passwords.get("bgp-rack-a")).toEqual({ ok: true, text: "hunter2" });
      expect(usable(agent)).toBe("nowhere");
    }, "BGP is told");
    await controlPlane().call("POST", `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
      metadata: { name: "routed-1", labels: { "kubernetes.io/service-name": "routed" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.1.0.2"], nodeName: "node-a", conditions: { ready: true } }],
      ports: [{ name: "http", port: 80 }],
    });
    await eventually(() => expect(usable(agent)).toBe("here"), "the endpoint is seen");
    await cluster.remove(services, { namespace, name: "routed" });
    await cluster.remove(bgpPeers, { name: "tor" });
    await cluster.remove(bgpAdvertisements, { name: "routes" });
  });

  const usable = (agent: AgentInTest) =>
    agent.routed.at(-1)?.given.find(({ address }) => address === "203.0.113.1")?.sharers[0]?.usable;
});

describe("what is written", () => {
  test("the incarnation before the first heartbeat, higher with every start, and the Announcer goes with its Node", async () => {
    const first = await agentOf("node-a");
    const { incarnation } = await first.settings();
    const written = await announcer("node-a");
    expect(written.status).toMatchObject({ incarnation, state: "Starting", version: "0.0.0-test" });
    expect(written.metadata.ownerReferences).toMatchObject([{ kind: "Node", name: "node-a" }]);
    await first.stop();
    const second = await agentOf("node-a");
    expect((await second.settings()).incarnation).toBe(incarnation + 1);
  });

  test("what it announces, with interfaces and capabilities", async () => {
    const agent = await agentOf("node-b");
    agent.say({ kind: "started", capabilities: [{ name: "RawSockets", available: true }] });
    agent.say({
      kind: "interfaces",
      interfaces: [
        { name: "lo", index: 1, mac: "", up: true, networks: [], skipped: "the loopback" },
        { name: "eth0", index: 2, mac: "02:00:00:00:00:01", up: true, networks: ["192.0.2.0/24"] },
      ],
    });
    agent.say({ kind: "view", view: viewOf([announced("192.0.2.200", 7)]) });
    const written = await eventually(async () => {
      const found = await announcer("node-b");
      expect(found.status?.state).toBe("Ready");
      return found;
    }, "it is written");
    expect(written.status).toMatchObject({
      addresses: [{ address: "192.0.2.200", epoch: 7, state: "Announcing", interfaces: ["eth0"] }],
      interfaces: [{ name: "eth0" }, { name: "lo", skipped: "the loopback" }],
      capabilities: [
        { name: "RawSockets", available: true },
        { name: "BGP", available: false },
        { name: "BFD", available: false },
      ],
      conditions: [{ type: "Ready", status: "True" }],
    });
  });

  test("after a restart others still see who had an address, and so does the thread", async () => {
    const first = await agentOf("node-b");
    first.say({ kind: "view", view: viewOf([announced("192.0.2.201", 9)]) });
    await eventually(async () => {
      expect((await announcer("node-b")).status?.addresses).toContainEqual(
        expect.objectContaining({ epoch: 9 }),
      );
    }, "it is written");
    // As if it were killed: nothing is handed over and nothing is written at the end.
    first.fail(new Error("killed by the test"));
    await expect(first.ended).rejects.toThrow("killed by the test");
    const second = await agentOf("node-b");
    const world = await second.world();
    expect(world.nodes.find(({ name }) => name === "node-b")?.recorded).toContainEqual({
      address: "192.0.2.201",
      epoch: 9,
    });
    expect((await announcer("node-b")).status?.addresses).toContainEqual(
      expect.objectContaining({ address: "192.0.2.201", epoch: 9, state: "Probing", reason: "Restarted" }),
    );
  });

  test("an Announcer that somebody deletes is written again under the same number", async () => {
    const agent = await agentOf("node-a");
    const { incarnation } = await agent.settings();
    await cluster.remove(announcers, { name: "node-a" });
    await eventually(async () => {
      expect((await announcer("node-a")).status?.incarnation).toBe(incarnation);
    }, "it is there again");
  });

  test("an Event on the Service whose address a machine has that is no agent's", async () => {
    await cluster.createService(namespace, "taken");
    const [address = ""] = await cluster.served({ namespace, name: "taken" });
    const agent = await agentOf("node-a");
    const message = `02:00:00:00:00:99 answers for ${address}`;
    agent.say({
      kind: "happened",
      happenings: [{ level: "warn", reason: "AddressInUse", message, address }],
    });
    await eventually(async () => {
      expect(await cluster.events({ namespace, name: "taken" })).toContain(
        `AddressInUse: node node-a: ${message}`,
      );
    }, "the Event is there");
    await cluster.remove(services, { namespace, name: "taken" });
  });

  test("told to stop, it hands over, gives its Lease back and says that it holds nothing", async () => {
    const left = Promise.withResolvers<void>();
    const agent = await agentOf("node-a", left.promise);
    agent.say({ kind: "view", view: viewOf([announced("192.0.2.202", 3)]) });
    await eventually(async () => {
      expect((await announcer("node-a")).status?.addresses).toHaveLength(1);
    }, "it is written");
    const stopped = agent.stop();
    await eventually(() => expect(agent.told.map(({ kind }) => kind)).toContain("leave"), "it hands over");
    agent.say({ kind: "view", view: viewOf([], "Leaving") });
    left.resolve();
    await stopped;
    expect((await announcer("node-a")).status).toMatchObject({ state: "Leaving", addresses: [] });
    const lease = await cluster.client.get(leases, {
      namespace: "fairlead-system",
      name: "fairlead-agent-node-a",
    });
    expect(lease.spec?.holderIdentity).toBe("");
  });
});

describe("two of one node", () => {
  test("the one that began first leaves in order, says why, and writes nothing any more", async () => {
    const first = await agentOf("node-b");
    await first.world();
    const second = await agentOf("node-b");
    await expect(first.ended).rejects.toThrow("Another agent of node node-b has begun");
    const { incarnation } = await second.settings();
    expect(first.told.at(-1)).toEqual({ kind: "leave" });
    expect((await announcer("node-b")).status).toMatchObject({ incarnation, state: "Starting" });
  });
});

describe("who it may be", () => {
  let ofB: Connection;
  beforeAll(async () => {
    ofB = await agentOn(controlPlane(), "node-b");
  });

  test("with the token of another node it writes nothing and starts nothing", async () => {
    const before = await announcer("node-a");
    const agent = startAgent(ofB, "node-a");
    agents.push(agent);
    const begun = await Promise.race([
      agent.settings().then(() => true),
      new Promise((resolve) => setTimeout(resolve, 2_000, false)),
    ]);
    expect(begun).toBe(false);
    expect((await announcer("node-a")).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });
});
