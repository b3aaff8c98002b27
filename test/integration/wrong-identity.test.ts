/** A controller that may not write LoadBalancers says so where users look, and serves as soon as it may. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { services } from "../../src/api/kubernetes.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
let cluster: Cluster;
let operator: RunningOperator | undefined;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["192.0.2.0/28"] });
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
});

test("a controller run as a cluster admin tells each Service why it has no address", async () => {
  const namespace = await testNamespace(controlPlane());
  await controlPlane().call("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: "eve" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "eve" }],
  });
  operator = await startOperator(controlPlane(), { identity: { user: "eve" } });
  await cluster.createService(namespace, "web");
  const ref = { namespace, name: "web" };
  const told = await cluster.condition(services, ref, "fairlead.io/Programmed", "PermissionDenied");
  expect(told.message).toContain("must run as its ServiceAccount");
  await operator.stop();
  operator = await startOperator(controlPlane());
  expect(await cluster.served(ref)).toEqual(["192.0.2.1"]);
});
