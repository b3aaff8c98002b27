/** `fairlead controller` as whoever installs and runs it meets it: what it says at its start, and how it ends. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { leases } from "../../src/api/kubernetes.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { type Commands, commandsOf } from "./support/command.ts";
import { CONTROLLER, eventually, install } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { type StartedProcess, startProcess } from "./support/started-process.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
const lease = { namespace: "fairlead-system", name: "fairlead-controller" };
const started: StartedProcess[] = [];
let cluster: Cluster;
let commands: Commands;

beforeAll(async () => {
  cluster = await clusterOf(controlPlane());
  commands = await commandsOf(controlPlane());
});
afterAll(async () => {
  for (const each of started) await each.kill();
  await commands?.end();
  cluster?.client.close();
});

async function start(args: readonly string[] = [], as: Parameters<Commands["kubeconfig"]>[0] = CONTROLLER) {
  const kubeconfig = await commands.kubeconfig(as);
  const nowhere = ["--metrics-bind-address", "0", "--health-probe-bind-address", "127.0.0.1:0"];
  const controller = startProcess(["controller", "--kubeconfig", kubeconfig, ...nowhere, ...args]);
  started.push(controller);
  return controller;
}

async function probe(controller: StartedProcess, path: string): Promise<number> {
  const { ports } = await controller.said("Serving health and metrics");
  return (await fetch(`http://127.0.0.1:${(ports as number[])[0]}${path}`)).status;
}

describe("before anything is installed", () => {
  test("it says what is missing, lives on, and begins when that is there", async () => {
    const controller = await start();
    const line = await controller.said("The API server does not allow it; trying again");
    expect(line.advice).toContain("kubectl apply -f deploy/rbac.yaml");
    expect(await probe(controller, "/healthz")).toBe(200);
    expect(await probe(controller, "/readyz")).toBe(500);
    const admin = await start(["--leader-elect=false"], { user: "fairlead-test-admin" });
    await controlPlane().call("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
      metadata: { name: "fairlead-test-admin" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "fairlead-test-admin" }],
    });
    const missing = await admin.said("Fairlead's kinds are not installed in this cluster; trying again");
    expect(missing.advice).toContain("kubectl apply -f crds/");
    await admin.kill();

    await install(controlPlane());
    await controller.said("The cache is filled");
    await controller.said("Leading");
    expect(await probe(controller, "/readyz")).toBe(200);
    controller.signal("SIGTERM");
    expect(await controller.ended).toEqual({ code: 0, signal: null });
  });
});

test("it prints its configuration, and where it came from, without secrets", async () => {
  const controller = await start(["--leader-elect=false", "--watch-namespace=a", "--watch-namespace=b,c"]);
  const line = await controller.said("Starting");
  expect(line.config).toMatchObject({
    leaderElect: false,
    watchNamespace: ["a", "b", "c"],
    logLevel: "info",
  });
  expect(line.origins).toMatchObject({ leaderElect: "flag", watchNamespace: "flag" });
  expect(controller.text()).not.toContain(controlPlane().adminToken);
  await controller.kill();
});

test("it gives the lease back when it is told to stop, and the next one leads at once", async () => {
  const first = await start();
  await first.said("Leading");
  const second = await start();
  await second.said("Waiting for the lease");
  expect(await probe(second, "/readyz")).toBe(200);
  first.signal("SIGINT");
  expect(await first.ended).toEqual({ code: 0, signal: null });
  await second.said("Leading");
  await second.kill();
});

test("it ends at once with a code of its own when the lease is another's", async () => {
  const controller = await start();
  await controller.said("Leading");
  await cluster.client.patch(leases, lease, { spec: { holderIdentity: "somebody-else" } }, { type: "merge" });
  expect(await controller.ended).toEqual({ code: 3, signal: null });
  expect(controller.text()).toContain("The lease is lost");
  await cluster.client.delete(leases, lease);
});

test("it says what to do when the lease's namespace does not exist, and goes on trying", async () => {
  const as = { user: "fairlead-test-admin" };
  const controller = await start(["--leader-election-namespace=nowhere"], as);
  const line = await controller.said("The lease can't be used; trying again");
  expect(line.advice).toContain("kubectl create namespace nowhere");
  await controlPlane().call("POST", "/api/v1/namespaces", { metadata: { name: "nowhere" } });
  await controller.said("Leading");
  await controller.kill();
});

test("the last Events are written although the lease was given back", async () => {
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["192.0.2.0/28"] });
  const namespace = await testNamespace(controlPlane());
  const controller = await start();
  await controller.said("Leading");
  await cluster.createService(namespace, "web");
  await cluster.served({ namespace, name: "web" });
  controller.signal("SIGTERM");
  expect(await controller.ended).toEqual({ code: 0, signal: null });
  await eventually(async () => {
    const { items } = (await controlPlane().call("GET", `/api/v1/namespaces/${namespace}/events`)) as {
      items: { reason: string }[];
    };
    expect(items.map(({ reason }) => reason)).toContain("EnsuredLoadBalancer");
  }, "the Event of the address is there");
});
