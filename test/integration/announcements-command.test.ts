/** What `announcements`, `explain` and `status` say of who announces what, on a real API server. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { bgpAdvertisements } from "../../src/api/bgp-advertisement.ts";
import { type BGPPeer, bgpPeers } from "../../src/api/bgp-peer.ts";
import { leases, nodes } from "../../src/api/kubernetes.ts";
import { l2Advertisements } from "../../src/api/l2-advertisement.ts";
import type { AnnouncementsReport } from "../../src/cli/announcements/report.ts";
import type { Explanation } from "../../src/cli/explain/explanation.ts";
import type { StatusReport } from "../../src/cli/status/run.ts";
import { claim, create, says, session } from "./support/agents.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { type Commands, commandsOf } from "./support/command.ts";
import { install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
let cluster: Cluster;
let operator: RunningOperator;
let commands: Commands;
let namespace: string;
const addresses = { web: "192.0.2.1", quiet: "192.0.2.2" };

const told = (words: string) => words.split(/ {2,}/);

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  commands = await commandsOf(controlPlane());
  operator = await startOperator(controlPlane());
  namespace = await testNamespace(controlPlane(), "shop");
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["192.0.2.0/28"] });
  for (const [name, side] of [
    ["node-a", "left"],
    ["node-b", "left"],
    ["node-c", "left"],
    ["node-d", "right"],
  ] as const)
    await create(cluster, nodes, name, undefined, { labels: { side } });
  await create(cluster, l2Advertisements, "lefts", { nodeSelectors: [{ matchLabels: { side: "left" } }] });
  await create(cluster, bgpAdvertisements, "routers", { peers: ["tor"] });
  await create<BGPPeer>(cluster, bgpPeers, "tor", {
    myASN: 64500,
    peerASN: 64501,
    peerAddress: "192.0.2.254",
  });
  await cluster.condition(l2Advertisements, { name: "lefts" }, "Accepted", "Accepted");
  await cluster.condition(bgpPeers, { name: "tor" }, "Accepted", "Accepted");
  for (const [name, ip] of Object.entries(addresses)) {
    await cluster.createService(namespace, name, { annotations: { "fairlead.io/addresses": ip } });
    await cluster.served({ namespace, name }, [ip]);
  }
  const interfaces = [{ name: "eth0", up: true, mac: "52:54:00:00:00:01" }];
  await says(cluster, "node-a", { interfaces, addresses: [claim(addresses.web, "Announcing")] });
  await says(cluster, "node-b", { interfaces: [{ name: "eth0", up: false }] });
  await says(cluster, "node-d", {
    interfaces,
    capabilities: [{ name: "BindAddresses", available: false, message: "NET_ADMIN is missing" }],
    bgp: {
      sessions: [{ ...session("tor", "Established"), since: "2026-01-01T00:00:00Z" }],
      routes: [{ prefix: `${addresses.web}/32`, peers: ["tor"] }],
    },
  });
  await cluster.condition(bgpPeers, { name: "tor" }, "Established", "PeerDown");
});
afterAll(async () => {
  await operator?.stop();
  await commands?.end();
  cluster?.client.close();
});

describe("fairlead announcements", () => {
  test("lists each address with who announces it, and those that nobody does", async () => {
    const { code, stdout, stderr } = await commands.run(["announcements"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.split("\n").map(told);
    expect(lines).toContainEqual([
      addresses.web,
      "node-a",
      "eth0",
      "Layer2",
      "Announcing",
      expect.stringMatching(/^\d+d$/),
      "nobody announced it",
    ]);
    expect(lines).toContainEqual([
      addresses.web,
      "node-d",
      "tor",
      "BGP",
      "Announcing",
      expect.stringMatching(/^\d+d$/),
      "a session with tor is established",
    ]);
    expect(lines).toContainEqual([
      addresses.quiet,
      "-",
      "-",
      "-",
      "NotAnnounced",
      "-",
      "no agent says that it announces it",
    ]);
    expect(stdout).toContain("1 address that nobody announces.");
  });

  test("tells more when it is asked to, also as data, and of one node", async () => {
    const wide = (await commands.run(["announcements", "-o", "wide"])).stdout;
    expect(wide).toContain("MODE      EPOCH   POOL   LOAD BALANCERS");
    expect(wide.split("\n").map(told)).toContainEqual([
      "node-d",
      "Ready",
      "test",
      "0",
      "1/1",
      "BindAddresses",
    ]);
    const { stdout } = await commands.run(["announcements", "--node", "node-a", "-o", "json"]);
    const { announcements, agents } = JSON.parse(stdout) as AnnouncementsReport;
    expect(announcements).toEqual([
      expect.objectContaining({
        address: addresses.web,
        node: "node-a",
        pool: "edge",
        epoch: 7,
        loadBalancers: [`${namespace}/web`],
      }),
    ]);
    expect(agents.map(({ node }) => node)).toEqual(["node-a"]);
  });
});

test("a node of which there is no agent is told as such, with those that there are", async () => {
  const { code, stdout, stderr } = await commands.run(["announcements", "--node", "node-e"]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain('No agent of a node "node-e" has said anything');
  expect(stderr).toContain("Those that have are on node-a, node-b, node-d.");
});

describe("fairlead explain", () => {
  const explained = async () => {
    const { stdout } = await commands.run(["explain", "web", "-n", namespace, "-o", "json"]);
    const [lb] = (JSON.parse(stdout) as Explanation).loadBalancers;
    return lb?.announcements ?? [];
  };

  test("says who announces the address and why, and of every other node why it does not", async () => {
    const [of] = await explained();
    expect(of).toMatchObject({ address: addresses.web, layer2: "L2Advertisement lefts" });
    const said = of?.nodes.map(({ protocol, node, announces, on, why }) => [
      protocol,
      node,
      announces,
      on.join(),
      why,
    ]);
    expect(said).toEqual([
      ["Layer2", "node-a", true, "eth0", "nobody announced it"],
      ["Layer2", "node-b", false, "", "has no interface that is up and in use"],
      ["Layer2", "node-c", false, "", "has no agent that has said anything"],
      ["Layer2", "node-d", false, "", "is selected by none of L2Advertisement lefts"],
      ["BGP", "node-d", true, "tor", `announces ${addresses.web}/32`],
      ["BGP", "node-a", false, "", "no endpoint takes traffic that comes here"],
      ["BGP", "node-b", false, "", "no endpoint takes traffic that comes here"],
      ["BGP", "node-c", false, "", "has no agent that has said anything"],
    ]);
  });

  test("says so in a table, with nodes of which the same is to be said together", async () => {
    const { stdout } = await commands.run(["explain", "web", "-n", namespace]);
    expect(stdout).toContain(`Announced: ${addresses.web} (layer 2: L2Advertisement lefts)`);
    expect(stdout).toMatch(/node-a, node-b +BGP +no +- +- +no endpoint takes traffic that comes here/);
    const quiet = (await commands.run(["explain", "quiet", "-n", namespace])).stdout;
    expect(quiet).toContain(`Announced by nobody: ${addresses.quiet}`);
    expect(quiet).toMatch(/node-a +Layer2 +no +- +- +may announce it, and says nothing of it/);
  });
});

test("fairlead explain tells of a Service whose selector matches no pod that no endpoint takes traffic", async () => {
  const ip = "192.0.2.3";
  const name = "empty";
  const annotations = { "fairlead.io/addresses": ip };
  await cluster.createService(namespace, name, { annotations, spec: { externalTrafficPolicy: "Local" } });
  await cluster.served({ namespace, name }, [ip]);
  // As kube-controller-manager writes it.
  await controlPlane().call("POST", `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, {
    metadata: { name, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    endpoints: null,
    ports: null,
  });
  const { code, stdout, stderr } = await commands.run(["explain", name, "-n", namespace]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/Announced by nobody: 192\.0\.2\.3 \(layer 2: .*endpoint/);
  expect(stdout).toMatch(/BGP +no +- +- +no endpoint takes traffic that comes here/);
});

test("fairlead status shows what is in force of advertisements and peers, and the agents", async () => {
  const { stdout } = await commands.run(["status"]);
  const lines = stdout.split("\n").map(told);
  expect(lines).toContainEqual(["L2Advertisement", "lefts", "yes", "1 pool, 3 nodes", "-", "-"]);
  expect(lines).toContainEqual(["BGPAdvertisement", "routers", "yes", "1 pool, 4 nodes, 1 peer", "-", "-"]);
  expect(lines).toContainEqual([
    "BGPPeer",
    "tor",
    "yes",
    "1/3 sessions",
    "PeerDown",
    "1 of 3: the agent has none on node-a, node-b",
  ]);
  expect(lines).toContainEqual(["node-b", "Ready", "test", "0", "-", "-"]);
  const report = JSON.parse((await commands.run(["status", "-o", "json"])).stdout) as StatusReport;
  expect(report.agents?.map(({ node }) => node)).toEqual(["node-a", "node-b", "node-d"]);
});

test("an agent that was not heard of for too long is told by all three", async () => {
  const lease = {
    holderIdentity: "node-b",
    renewTime: "2026-01-01T00:00:00.000000Z",
    leaseDurationSeconds: 9,
  };
  await create(cluster, leases, "fairlead-agent-node-b", lease, { namespace: "fairlead-system" });
  const announcements = (await commands.run(["announcements"])).stdout;
  expect(announcements).toMatch(/The agent on node-b was last heard of \d+d ago/);
  const status = (await commands.run(["status"])).stdout;
  expect(status.split("\n").map(told)).toContainEqual(["node-b", "Silent", "test", "0", "-", "-"]);
  const explained = (await commands.run(["explain", "web", "-n", namespace])).stdout;
  expect(explained).toMatch(
    /node-b +Layer2 +no +- +- +may announce it, but its agent was not heard of lately/,
  );
});
