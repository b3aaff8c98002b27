/** What was on its way to an object when that was deleted does not reach the next one of its name. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { annotations } from "../../../src/api/names.ts";
import type { KubeClient } from "../../../src/runtime/kube/client.ts";
import { type Cluster, clusterOf } from "../support/cluster.ts";
import { eventually, install, type RunningOperator, startOperator } from "../support/installation.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";
import { witnessOf } from "./witness.ts";

const controlPlane = ownControlPlane();
let cluster: Cluster;
let operator: RunningOperator;
const isOnItsWay = Promise.withResolvers<void>();
const goesOn = Promise.withResolvers<void>();

/** Keeps the first status of a LoadBalancer on its way until it is told to let it go. */
function slow(client: KubeClient): KubeClient {
  let isFirst = true;
  return {
    ...client,
    async patch(resource, ref, body, o) {
      if (isFirst && resource.kind === loadBalancers.kind && o.subresource === "status") {
        isFirst = false;
        isOnItsWay.resolve();
        await goesOn.promise;
      }
      return client.patch(resource, ref, body, o);
    },
  };
}

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  operator = await startOperator(controlPlane(), { between: slow });
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["192.0.2.0/28"] });
});
afterAll(async () => {
  goesOn.resolve();
  await operator?.stop();
  cluster?.client.close();
});

test("an address on its way to a LoadBalancer that was replaced never shows on the Service that came after", async () => {
  const ref = { namespace: await testNamespace(controlPlane()), name: "web" };
  const asking = (address: string) => ({ annotations: { [annotations.addresses]: address } });
  const witness = await witnessOf(cluster.client);
  await cluster.createService(ref.namespace, ref.name, asking("192.0.2.3"));
  await isOnItsWay.promise;
  const { uid } = (await cluster.loadBalancer(ref)).metadata;
  await cluster.remove(services, ref);
  await cluster.createService(ref.namespace, ref.name, asking("192.0.2.4"));
  await eventually(async () => {
    const { metadata } = await cluster.loadBalancer(ref);
    expect(metadata.uid).not.toBe(uid);
    expect(metadata.deletionTimestamp).toBeUndefined();
  }, "there is another LoadBalancer of that name");
  goesOn.resolve();
  await cluster.served(ref, ["192.0.2.4"]);
  expect(witness.breaches).toEqual([]);
  await witness.end();
});
