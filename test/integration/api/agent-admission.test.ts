import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { announcers } from "../../../src/api/announcer.ts";
import { bgpPeers } from "../../../src/api/bgp-peer.ts";
import { ipAddressPools } from "../../../src/api/ip-address-pool.ts";
import { type Lease, leases, nodes } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import type { KubeObject, Resource } from "../../../src/api/meta.ts";
import { agentLeasePrefix, apiVersion, installation } from "../../../src/api/names.ts";
import type { ApiError } from "../../../src/runtime/kube/api-error.ts";
import { createKubeClient, type KubeClient } from "../../../src/runtime/kube/client.ts";
import { loadConnection } from "../../../src/runtime/kube/connection.ts";
import { findBinaries } from "../../../src/testing/control-plane/find-binaries.ts";
import { agentOn, agentOnNoNode } from "../support/agent-identity.ts";
import { eventually } from "../support/eventually.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { installCrds, kubectlFor } from "./installed.ts";

const controlPlane = ownControlPlane();
const { namespace, lease: electionLease, serviceAccount } = installation;

let one: KubeClient;
let two: KubeClient;
let nowhere: KubeClient;
let admin: KubeClient;
let controller: KubeClient;
const clients: KubeClient[] = [];

beforeAll(async () => {
  const kubectl = await kubectlFor(controlPlane());
  await installCrds(kubectl);
  await kubectl("apply", "-f", "deploy/rbac.yaml", "-f", "deploy/agent.yaml");
  const account = { serviceAccount: { namespace, name: serviceAccount } };
  const connections = await Promise.all([
    agentOn(controlPlane(), "node1"),
    agentOn(controlPlane(), "node2"),
    agentOnNoNode(controlPlane()),
    controlPlane().connection(),
    controlPlane().connection(account),
  ]);
  clients.push(...connections.map((connection) => createKubeClient(connection)));
  [one, two, nowhere, admin, controller] = clients as [
    KubeClient,
    KubeClient,
    KubeClient,
    KubeClient,
    KubeClient,
  ];
  await admin.create(leases, lease(electionLease));
  // Policies come into force a moment after they are there, each for itself.
  await eventually(async () => {
    const dryRun = { dryRun: true };
    expect(await refusalOf(nowhere.create(announcers, announcer("x"), dryRun))).toMatch(/does not say/);
    expect(await refusalOf(nowhere.create(leases, lease("x"), dryRun))).toMatch(/does not say/);
  });
});

afterAll(() => {
  for (const client of clients) client.close();
});

const announcer = (node: string) => ({
  apiVersion,
  kind: announcers.kind,
  metadata: { name: node },
});

const lease = (name: string): Lease => ({
  metadata: { name, namespace },
  spec: { holderIdentity: "x", leaseDurationSeconds: 9 },
});

const status = (incarnation: number) => ({
  status: { incarnation, version: "0.0.0", state: "Starting" },
});

const apply = { type: "apply", fieldManager: "test", force: true } as const;

function record(client: KubeClient, node: string, incarnation = 1) {
  const desired = { ...announcer(node), ...status(incarnation) };
  return client.patch(announcers, { name: node }, desired, { ...apply, subresource: "status" });
}

/** The words with which something is refused; `""` when it is not. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "",
    (error: unknown) => (error as ApiError).serverMessage ?? String(error),
  );
}

describe("the agent of a node", () => {
  test("makes the Announcer of its node, by create or apply, and writes its status", async () => {
    await one.create(announcers, announcer("node1"));
    await two.patch(announcers, { name: "node2" }, announcer("node2"), apply);
    await expect(record(one, "node1", 7)).resolves.toMatchObject({ status: { incarnation: 7 } });
    await expect(record(two, "node2", 1)).resolves.toMatchObject({ status: { incarnation: 1 } });
  });

  test("does not make that of another node, also not by a generated name", async () => {
    const only = /the agent of node node1 writes Announcer node1 only, not node3/;
    expect(await refusalOf(one.create(announcers, announcer("node3")))).toMatch(only);
    const applied = one.patch(announcers, { name: "node3" }, announcer("node3"), apply);
    expect(await refusalOf(applied)).toMatch(only);
    const generated = { ...announcer("x"), metadata: { generateName: "node1" } };
    expect(await refusalOf(one.create(announcers, generated))).toMatch(/writes Announcer node1 only/);
  });

  test("changes neither the status nor the metadata of another's", async () => {
    const only = /the agent of node node1 writes Announcer node1 only, not node2/;
    expect(await refusalOf(record(one, "node2"))).toMatch(only);
    const mark = { metadata: { labels: { a: "b" } } };
    const marked = one.patch(announcers, { name: "node2" }, mark, { type: "merge" });
    expect(await refusalOf(marked)).toMatch(only);
  });

  test("deletes none, not even its own: that goes with its node", async () => {
    expect(await refusalOf(one.delete(announcers, { name: "node1" }))).toMatch(/cannot delete/);
  });

  test("reads the Announcers of all", async () => {
    const { items } = await one.list(announcers);
    expect(new Set(items.map(({ metadata }) => metadata.name))).toEqual(new Set(["node1", "node2"]));
  });

  test("holds the Lease of its node, and neither another's nor that of the controllers", async () => {
    const own = await one.create(leases, lease(`${agentLeasePrefix}node1`));
    await one.replace(leases, { ...own, spec: { ...own.spec, leaseDurationSeconds: 10 } });
    const others = await two.create(leases, lease(`${agentLeasePrefix}node2`));
    const only = /the agent of node node1 writes Lease fairlead-agent-node1 only, not/;
    expect(await refusalOf(one.replace(leases, others))).toMatch(only);
    expect(await refusalOf(one.create(leases, lease(`${agentLeasePrefix}node3`)))).toMatch(only);
    const election = await admin.get(leases, { name: electionLease, namespace });
    expect(await refusalOf(one.replace(leases, election))).toMatch(only);
  });

  test("sees the Leases of others, in its own namespace only", async () => {
    const name = `${agentLeasePrefix}node2`;
    await expect(one.get(leases, { name, namespace })).resolves.toMatchObject({ metadata: { name } });
    const elsewhere = one.get(leases, { name, namespace: "kube-system" });
    expect(await refusalOf(elsewhere)).toMatch(/cannot get/);
  });
});

test("an agent whose token says no node writes nothing, and is told why", async () => {
  const why = "the token does not say on which node the agent runs: use one that is bound to a pod";
  expect(await refusalOf(nowhere.create(announcers, announcer("node3")))).toContain(why);
  expect(await refusalOf(record(nowhere, "node1"))).toContain(why);
  expect(await refusalOf(nowhere.create(leases, lease(`${agentLeasePrefix}node3`)))).toContain(why);
});

test("the commands of the guide make a kubeconfig for a node, and it may write of that node only", async () => {
  const guide = await readFile(join(import.meta.dirname, "../../../docs/bare-metal.md"), "utf8");
  const [commands = ""] =
    guide.match(/(?<=```sh\n)kubectl config view[^`]*--bound-object-kind Node[^`]*/) ?? [];
  await admin.create(nodes, { metadata: { name: "node4" } });
  const folder = await mkdtemp(join(tmpdir(), "fairlead-agent-"));
  try {
    const { kubectl } = await findBinaries(["kubectl"]);
    const PATH = `${dirname(kubectl)}${delimiter}${process.env.PATH}`;
    const env = { ...process.env, PATH, KUBECONFIG: controlPlane().kubeconfigPath };
    const script = commands.replace("NODE=node1", "NODE=node4");
    await promisify(execFile)("bash", ["-euc", script], { cwd: folder, env });
    const client = createKubeClient(await loadConnection({ kubeconfig: join(folder, "agent.kubeconfig") }));
    clients.push(client);
    const dryRun = { dryRun: true };
    await client.create(announcers, announcer("node4"), dryRun);
    const only = /the agent of node node4 writes Announcer node4 only, not node3/;
    expect(await refusalOf(client.create(announcers, announcer("node3"), dryRun))).toMatch(only);
  } finally {
    await admin.delete(nodes, { name: "node4" });
    await rm(folder, { recursive: true });
  }
});

test("others are left to RBAC: cluster admins clear up, the controller only looks", async () => {
  await admin.create(announcers, announcer("gone"));
  await record(admin, "gone");
  await expect(controller.get(announcers, { name: "gone" })).resolves.toMatchObject(status(1));
  expect(await refusalOf(record(controller, "gone", 2))).toMatch(/cannot patch/);
  await admin.delete(announcers, { name: "gone" });
  await admin.delete(leases, { name: `${agentLeasePrefix}node1`, namespace });
});

describe("what an agent looks at", () => {
  const readable: [what: string, resource: Resource][] = [
    ["LoadBalancers", loadBalancers],
    ["pools", ipAddressPools],
    ["peers", bgpPeers],
    ["nodes", nodes],
  ];

  test.each(readable)("%s are read, and not written", async (_what, resource: Resource<KubeObject>) => {
    await expect(one.list(resource)).resolves.toMatchObject({ items: [] });
    const scope = resource.namespaced ? { namespace: "default" } : {};
    const ref = { name: "x", ...scope };
    const write = one.patch(resource, ref, { metadata: { labels: {} } }, { type: "merge" });
    expect(await refusalOf(write)).toMatch(/cannot patch/);
  });

  test("Secrets are read only where a Role names them, in its own namespace", async () => {
    const data = { password: Buffer.from("secret").toString("base64") };
    const inside = `/api/v1/namespaces/${installation.namespace}/secrets`;
    const outside = "/api/v1/namespaces/default/secrets";
    for (const path of [inside, outside]) {
      for (const name of ["bgp-rack-a", "other"])
        await controlPlane().call("POST", path, { metadata: { name }, data });
    }
    expect(await refusalOf(one.request("GET", `${inside}/bgp-rack-a`))).toMatch(/cannot get/);
    const kubectl = await kubectlFor(controlPlane());
    await kubectl("apply", "-f", "deploy/agent-bgp-passwords.yaml");
    await eventually(async () =>
      expect(await one.request("GET", `${inside}/bgp-rack-a`)).toMatchObject({ data }),
    );
    expect(await refusalOf(one.request("GET", `${inside}/other`))).toMatch(/cannot get/);
    expect(await refusalOf(one.request("GET", inside))).toMatch(/cannot list/);
    expect(await refusalOf(one.request("GET", `${outside}/bgp-rack-a`))).toMatch(/cannot get/);
  });
});
