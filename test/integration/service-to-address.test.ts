/** The main job, on a real API server, with the controller under its minimal role: a Service gets an address from a pool. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ipAddressPools } from "../../src/api/ip-address-pool.ts";
import { services } from "../../src/api/kubernetes.ts";
import { loadBalancers } from "../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../src/api/load-balancer-class.ts";
import { type Cluster, clusterOf } from "./support/cluster.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane({ controllerManager: true });
let cluster: Cluster;
let operator: RunningOperator;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  operator = await startOperator(controlPlane());
  await cluster.createClass("metal", { default: true });
  await cluster.createPool("edge", { addresses: ["192.0.2.0/27", "2001:db8::/64"] });
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
});

describe("a Service", () => {
  test("of the default class gets the first address that is not avoided, and says so", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createService(namespace, "web");
    const ref = { namespace, name: "web" };
    expect(await cluster.served(ref)).toEqual(["192.0.2.1"]);
    const service = await cluster.service(ref);
    expect(service.status?.loadBalancer?.ingress).toEqual([{ ip: "192.0.2.1", ipMode: "VIP" }]);
    const condition = await cluster.condition(services, ref, "fairlead.io/Programmed", "Programmed");
    expect(condition.status).toBe("True");
    const lb = await cluster.loadBalancer(ref);
    expect(lb.spec.serviceRef).toEqual({ name: "web", uid: service.metadata.uid });
    expect(lb.status?.addresses).toEqual([{ ip: "192.0.2.1", ipMode: "VIP", pool: "edge" }]);
    expect(service.metadata.finalizers).toBeUndefined();
  });

  test("gives its address back when it is deleted, and its LoadBalancer goes", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "short" };
    await cluster.createService(namespace, "short", {
      annotations: { "fairlead.io/addresses": "192.0.2.20" },
    });
    await cluster.served(ref, ["192.0.2.20"]);
    await cluster.remove(services, ref);
    await cluster.gone(loadBalancers, ref);
    await cluster.createService(namespace, "next", {
      annotations: { "fairlead.io/addresses": "192.0.2.20" },
    });
    await cluster.served({ namespace, name: "next" }, ["192.0.2.20"]);
  });

  test("that wants both families gets both", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createService(namespace, "dual", { spec: { ipFamilyPolicy: "RequireDualStack" } });
    const found = await cluster.served({ namespace, name: "dual" });
    expect(found).toHaveLength(2);
    expect(found[1]).toMatch(/^2001:db8::/);
  });

  test("needs at most three writes besides Events", async () => {
    const namespace = await testNamespace(controlPlane());
    operator.writes.length = 0;
    await cluster.createService(namespace, "cheap");
    await cluster.served({ namespace, name: "cheap" });
    await eventually(
      () => expect(operator.writes.some((write) => write.includes("/ipaddresspools/"))).toBe(true),
      "counts",
    );
    const own = operator.writes.filter(
      (write) => write.includes(`/namespaces/${namespace}/`) && !write.includes("/events"),
    );
    expect(own).toHaveLength(3);
  });

  test("that waits gets its address as soon as one is free", async () => {
    const namespace = await testNamespace(controlPlane());
    const annotations = { "fairlead.io/addresses": "192.0.2.30" };
    await cluster.createService(namespace, "first", { annotations });
    await cluster.served({ namespace, name: "first" }, ["192.0.2.30"]);
    await cluster.createService(namespace, "second", { annotations });
    const second = { namespace, name: "second" };
    const waiting = await cluster.condition(services, second, "fairlead.io/Programmed", "AddressInUse");
    expect(waiting.message).toContain(`${namespace}/first`);
    await cluster.remove(services, { namespace, name: "first" });
    await cluster.served(second, ["192.0.2.30"]);
  });

  test("goes back to ClusterIP without a trace", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "flip" };
    await cluster.createService(namespace, "flip");
    await cluster.served(ref);
    await cluster.edit(services, ref, {
      spec: { type: "ClusterIP", allocateLoadBalancerNodePorts: null, externalTrafficPolicy: null },
    });
    await cluster.gone(loadBalancers, ref);
    await eventually(async () => {
      const { status } = await cluster.service(ref);
      expect(status?.conditions ?? []).toEqual([]);
      expect(status?.loadBalancer?.ingress ?? []).toEqual([]);
    }, "nothing of ours in its status");
  });
});

test("counts and conditions of pool and class are told", async () => {
  await cluster.condition(ipAddressPools, { name: "edge" }, "Accepted", "Accepted");
  await cluster.condition(loadBalancerClasses, { name: "metal" }, "Accepted", "Accepted");
  await eventually(async () => {
    const pool = await cluster.client.get(ipAddressPools, { name: "edge" });
    const all = await cluster.client.list(loadBalancers);
    const held = new Set(all.items.flatMap((lb) => lb.status?.addresses ?? []).map(({ ip }) => ip));
    expect((pool.status?.assignedIPv4 ?? 0) + (pool.status?.assignedIPv6 ?? 0)).toBe(held.size);
    const cls = await cluster.client.get(loadBalancerClasses, { name: "metal" });
    expect(cls.status?.loadBalancers).toBe(all.items.length);
  }, "counts are right");
});
