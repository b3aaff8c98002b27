/** Readiness gates of pods behind load balancers with pods as targets. No kubelet is there: the test writes what one would. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { nodes, type Pod, type PodCondition, pods } from "../../src/api/kubernetes.ts";
import { endpointsOfPort } from "../../src/core/backends/endpoints.ts";
import type { GraphProvider, TargetHealth } from "../../src/providers/provider.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { hurriedClock } from "./support/hurried-clock.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { createMemoryCloud, createMemoryGraph } from "./support/memory-cloud.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane({ controllerManager: true });
const GATE = "target-health.example.com/k8s-shop-web";
const ADDRESS = "10.1.0.1";
const NODE = "worker";
const cloud = createMemoryCloud();
/** Listeners whose targets are healthy. */
const healthy = new Set<string>();
/** Listeners whose health was asked for. */
const asked = new Set<string>();
let cluster: Cluster;
let operator: RunningOperator;

/** The graph in memory, with pods as targets of each listener. */
function podGraph(): GraphProvider<null> {
  const graph = createMemoryGraph("example.com/pods", cloud);
  return {
    ...graph,
    watches: ["endpointslices"],
    desire(stack, facts) {
      const { resources, problems } = graph.desire(stack, facts);
      const slices = [...stack.endpointSlices.values()].flat();
      const targets = endpointsOfPort(slices, { portName: "http", protocol: "TCP", family: "IPv4" })
        .filter(({ state }) => state === "ready")
        .map(({ address, port }) => ({ address, port }));
      const withTargets = resources.map((each) =>
        each.kind === "listener" ? { ...each, fields: { ...each.fields, targets } } : each,
      );
      return { resources: withTargets, problems };
    },
    readinessGates: ["target-health.example.com/"],
    async targetHealth({ observed }) {
      for (const { id } of observed) asked.add(id);
      return observed.flatMap(({ id, fields }) =>
        ((fields.targets ?? []) as { address: string; port: number }[]).map(
          (target): TargetHealth => ({ ...target, state: healthy.has(id) ? "healthy" : "initial" }),
        ),
      );
    },
  };
}

const start = () => startOperator(controlPlane(), { providers: [podGraph()], clock: hurriedClock(20) });

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  operator = await start();
  // The EndpointSlice controller leaves out pods whose node does not exist.
  await cluster.client.create(nodes, { apiVersion: "v1", kind: "Node", metadata: { name: NODE } });
  await cluster.createClass("pods", { provider: "example.com/pods" });
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
});

async function createPod(namespace: string, name: string): Promise<void> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: "web" } },
    spec: {
      nodeName: NODE,
      containers: [{ name: "c", image: "i" }],
      readinessGates: [{ conditionType: GATE }],
    },
  } as Pod;
  // Its service account is made with the namespace, but a little later.
  await eventually(() => cluster.client.create(pods, pod), "the pod is created");
}

function kubelet(namespace: string, name: string, status: object): Promise<Pod> {
  const how = { type: "strategic", subresource: "status" } as const;
  return cluster.client.patch(pods, { namespace, name }, { status }, how);
}

const conditionOf = async (namespace: string, type: string): Promise<PodCondition | undefined> => {
  const pod = await cluster.client.get(pods, { namespace, name: "web" });
  return pod.status?.conditions?.find((each) => each.type === type);
};

const gateIs = (namespace: string, status: string, reason: string) =>
  eventually(async () => {
    const found = await conditionOf(namespace, GATE);
    if (found?.status !== status || found.reason !== reason)
      throw new Error(`it is ${JSON.stringify(found)}`);
    return found;
  }, `the gate is ${status} ${reason}`);

/** By listener: the addresses that the cloud sends traffic to. */
const targets = () =>
  Object.fromEntries(
    [...cloud.resources.values()]
      .filter(({ kind }) => kind === "listener")
      .map(({ id, fields }) => [id, (fields.targets as { address: string }[]).map(({ address }) => address)]),
  );

test("a pod becomes a target before it is ready, and its gate opens when both load balancers hold it to be healthy", async () => {
  const namespace = await testNamespace(controlPlane());
  const spec = {
    loadBalancerClass: "fairlead.io/pods",
    selector: { app: "web" },
    ports: [{ name: "http", port: 80, targetPort: 8080, protocol: "TCP" as const }],
  };
  await cluster.createService(namespace, "web", { spec });
  await cluster.createService(namespace, "admin", { spec });
  await cluster.served({ namespace, name: "web" });
  await cluster.served({ namespace, name: "admin" });
  const [admin = "", web = ""] = Object.keys(targets()).sort();

  await createPod(namespace, "web");
  const started = (ready: string) => [{ type: "ContainersReady", status: ready }];
  const addresses = { podIP: ADDRESS, podIPs: [{ ip: ADDRESS }] };
  const notReady = { type: "Ready", status: "False", reason: "ReadinessGatesNotReady" };
  await kubelet(namespace, "web", { ...addresses, conditions: [...started("False"), notReady] });
  // Nothing tells of it but the pod itself: no EndpointSlice changes.
  await kubelet(namespace, "web", { conditions: started("True") });

  await gateIs(namespace, "False", "initial");
  expect(targets()).toEqual({ [admin]: [ADDRESS], [web]: [ADDRESS] });

  await operator.stop();
  const { length } = cloud.calls;
  healthy.add(web);
  asked.clear();
  operator = await start();
  const told = await eventually(async () => {
    const condition = await gateIs(namespace, "False", "initial");
    if (!asked.has(web) || !asked.has(admin)) throw new Error("not asked for since the restart");
    return condition;
  }, "the gate is still shut");
  expect(told.message).toContain(`${ADDRESS}:8080 is initial`);

  healthy.add(admin);
  await gateIs(namespace, "True", "TargetHealthy");
  expect(await conditionOf(namespace, "ContainersReady")).toMatchObject({ status: "True" });

  await kubelet(namespace, "web", { conditions: [{ type: "Ready", status: "True" }] });
  healthy.clear();
  await cluster.createService(namespace, "later", { spec });
  await cluster.served({ namespace, name: "later" });
  expect(Object.values(targets())).toEqual([[ADDRESS], [ADDRESS], [ADDRESS]]);
  // Since the restart nothing was written but the third load balancer: the pod was a target all the time.
  expect(cloud.calls.slice(length).filter(({ call }) => !call.includes("later"))).toEqual([]);
  expect(await conditionOf(namespace, GATE)).toMatchObject({ status: "True" });
});
