/** Which Services are ours, and what happens when that changes (law 1), on a real API server under the minimal role. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { services } from "../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../src/api/load-balancer-class.ts";
import type { KubeClient } from "../../src/runtime/kube/client.ts";
import { breakGlassClient, type Cluster, clusterOf } from "./support/cluster.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane({ controllerManager: true });
let cluster: Cluster;
let operator: RunningOperator;
let breakGlass: KubeClient;

const toClusterIP = {
  spec: {
    type: "ClusterIP",
    loadBalancerClass: null,
    allocateLoadBalancerNodePorts: null,
    externalTrafficPolicy: null,
  },
};
const toLoadBalancer = (loadBalancerClass?: string) => ({
  spec: {
    type: "LoadBalancer",
    allocateLoadBalancerNodePorts: false,
    ...(loadBalancerClass ? { loadBalancerClass } : {}),
  },
});

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  breakGlass = await breakGlassClient(controlPlane());
  operator = await startOperator(controlPlane());
  await cluster.createPool("edge", { addresses: ["192.0.2.0/24", "2001:db8::/64"] });
  await cluster.createClass("metal", { aliases: ["example.org/metal"] });
  await cluster.createClass("other");
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
  breakGlass?.close();
});

/** After it everything that came before in the queues has been looked at. */
async function untilLookedAt(namespace: string): Promise<void> {
  await cluster.createService(namespace, "marker", { spec: { loadBalancerClass: "fairlead.io/metal" } });
  await cluster.served({ namespace, name: "marker" });
  await cluster.remove(services, { namespace, name: "marker" });
  await cluster.gone(loadBalancers, { namespace, name: "marker" });
}

async function lbsOf(namespace: string): Promise<LoadBalancer[]> {
  return (await cluster.client.list(loadBalancers, { namespace })).items;
}

describe("a Service is claimed", () => {
  test("by the name of a class, and by an alias", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createService(namespace, "by-name", { spec: { loadBalancerClass: "fairlead.io/metal" } });
    await cluster.createService(namespace, "by-alias", { spec: { loadBalancerClass: "example.org/metal" } });
    await cluster.served({ namespace, name: "by-name" });
    await cluster.served({ namespace, name: "by-alias" });
    for (const lb of await lbsOf(namespace)) expect(lb.spec.className).toBe("metal");
  });

  test("by a class that does not exist yet: it says so, and is served once the class appears", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "early" };
    await cluster.createService(namespace, "early", { spec: { loadBalancerClass: "fairlead.io/late" } });
    const told = await cluster.condition(services, ref, "fairlead.io/Programmed", "ClassNotFound");
    expect(told.message).toContain('LoadBalancerClass "late"');
    await cluster.createClass("late");
    await cluster.served(ref);
  });

  test("whose class can have no such name: it says so", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "odd" };
    await cluster.createService(namespace, "odd", { spec: { loadBalancerClass: "fairlead.io/Not_A_Name" } });
    const told = await cluster.condition(services, ref, "fairlead.io/Programmed", "ClassNotFound");
    expect(told.message).toContain("Not_A_Name");
  });

  test("but never if its class is foreign, or if it names none while there is no default", async () => {
    const namespace = await testNamespace(controlPlane());
    const foreign = await cluster.createService(namespace, "foreign", {
      spec: { loadBalancerClass: "service.k8s.aws/nlb" },
    });
    const none = await cluster.createService(namespace, "none");
    await untilLookedAt(namespace);
    for (const before of [foreign, none]) {
      const name = before.metadata.name ?? "";
      const after = await cluster.service({ namespace, name });
      expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
      expect(await cluster.events({ namespace, name })).toEqual([]);
    }
    expect(await lbsOf(namespace)).toEqual([]);
  });
});

describe("a default class", () => {
  test("claims Services without class, stays the class of those when it is turned off or moved, and leaves foreign ones alone", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = (name: string) => ({ namespace, name });
    const foreign = await cluster.createService(namespace, "foreign", {
      finalizers: ["service.kubernetes.io/load-balancer-cleanup"],
    });
    await cluster.createService(namespace, "first");
    await untilLookedAt(namespace);
    expect(await cluster.addresses(ref("first"))).toEqual([]);

    await cluster.edit(loadBalancerClasses, { name: "metal" }, { spec: { default: true } });
    const held = await cluster.served(ref("first"));

    await cluster.edit(loadBalancerClasses, { name: "metal" }, { spec: { default: false } });
    await cluster.createService(namespace, "unclaimed");
    await untilLookedAt(namespace);
    expect(await cluster.addresses(ref("unclaimed"))).toEqual([]);
    expect(await cluster.addresses(ref("first"))).toEqual(held);

    await cluster.edit(loadBalancerClasses, { name: "other" }, { spec: { default: true } });
    await cluster.served(ref("unclaimed"));
    // An edit of a claimed one is followed, by the class that claimed it.
    await cluster.edit(services, ref("first"), {
      spec: { ports: [{ name: "web", port: 8080, protocol: "TCP" }] },
    });
    await eventually(async () => {
      const lb = await cluster.loadBalancer(ref("first"));
      expect(lb.status?.ports).toEqual([{ port: 8080, protocol: "TCP" }]);
    }, "the new port is served");
    expect((await cluster.loadBalancer(ref("first"))).spec.className).toBe("metal");
    expect((await cluster.loadBalancer(ref("unclaimed"))).spec.className).toBe("other");
    expect(await cluster.addresses(ref("first"))).toEqual(held);

    const after = await cluster.service(ref("foreign"));
    expect(after.metadata.resourceVersion).toBe(foreign.metadata.resourceVersion);
    await cluster.edit(loadBalancerClasses, { name: "other" }, { spec: { default: false } });
  });

  test("that is not the oldest one says so, and claims nothing", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.edit(loadBalancerClasses, { name: "metal" }, { spec: { default: true } });
    await cluster.createClass("zz-younger", { default: true, aliases: ["example.org/metal"] });
    const alias = await cluster.condition(
      loadBalancerClasses,
      { name: "zz-younger" },
      "Degraded",
      "AliasConflict",
    );
    expect(alias.message).toContain('"metal"');
    await cluster.edit(loadBalancerClasses, { name: "zz-younger" }, { spec: { aliases: null } });
    const told = await cluster.condition(
      loadBalancerClasses,
      { name: "zz-younger" },
      "Degraded",
      "DefaultClassConflict",
    );
    expect(told.message).toContain('"metal"');
    await cluster.createService(namespace, "one");
    await cluster.served({ namespace, name: "one" });
    expect((await cluster.loadBalancer({ namespace, name: "one" })).spec.className).toBe("metal");
    await cluster.edit(loadBalancerClasses, { name: "metal" }, { spec: { default: false } });
    await cluster.condition(loadBalancerClasses, { name: "zz-younger" }, "Degraded", "AsExpected");
    await cluster.remove(loadBalancerClasses, { name: "zz-younger" });
    await cluster.gone(loadBalancerClasses, { name: "zz-younger" });
    expect(await cluster.addresses({ namespace, name: "one" })).toHaveLength(1);
  });

  test("that was never accepted claims nothing", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createClass("broken", { default: true, settings: { regoin: "x" } });
    const told = await cluster.condition(
      loadBalancerClasses,
      { name: "broken" },
      "Accepted",
      "InvalidSettings",
    );
    expect(told.message).toContain("regoin");
    const before = await cluster.createService(namespace, "left-alone");
    await untilLookedAt(namespace);
    const after = await cluster.service({ namespace, name: "left-alone" });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    await cluster.remove(loadBalancerClasses, { name: "broken" });
  });
});

test("an alias that is taken away stays the claim of those that came by it", async () => {
  const namespace = await testNamespace(controlPlane());
  await cluster.createClass("aliased", { aliases: ["example.org/gone"] });
  await cluster.createService(namespace, "kept", { spec: { loadBalancerClass: "example.org/gone" } });
  const held = await cluster.served({ namespace, name: "kept" });
  await cluster.edit(loadBalancerClasses, { name: "aliased" }, { spec: { aliases: null } });
  await cluster.createService(namespace, "late", { spec: { loadBalancerClass: "example.org/gone" } });
  await untilLookedAt(namespace);
  expect(await cluster.addresses({ namespace, name: "kept" })).toEqual(held);
  expect(await cluster.addresses({ namespace, name: "late" })).toEqual([]);
});

describe("a Service that changes its type", () => {
  test("to ClusterIP and back at once, to no class, is let go of", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "fast" };
    await cluster.createService(namespace, "fast", { spec: { loadBalancerClass: "fairlead.io/metal" } });
    await cluster.served(ref);
    await cluster.edit(services, ref, toClusterIP);
    await cluster.edit(services, ref, toLoadBalancer());
    await cluster.gone(loadBalancers, ref);
    await eventually(async () => {
      const { status } = await cluster.service(ref);
      expect(status?.conditions ?? []).toEqual([]);
      expect(status?.loadBalancer ?? {}).toEqual({});
    }, "nothing of ours is left in its status");
  });

  test("while the controller is down is what it is now, whatever it was before", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = (name: string) => ({ namespace, name });
    const spec = { loadBalancerClass: "fairlead.io/metal" };
    const names = ["to-none", "to-foreign", "to-other", "to-same"];
    for (const name of names) await cluster.createService(namespace, name, { spec });
    for (const name of names) await cluster.served(ref(name));
    await operator.stop();
    const flips = [undefined, "example.com/foreign", "fairlead.io/other", "fairlead.io/metal"];
    for (const [index, name] of names.entries()) {
      await cluster.edit(services, ref(name), toClusterIP);
      await cluster.edit(services, ref(name), toLoadBalancer(flips[index]));
    }
    operator = await startOperator(controlPlane());
    for (const name of ["to-none", "to-foreign"]) await cluster.gone(loadBalancers, ref(name));
    for (const [name, className] of [
      ["to-other", "other"],
      ["to-same", "metal"],
    ] as const) {
      await cluster.served(ref(name));
      expect((await cluster.loadBalancer(ref(name))).spec.className).toBe(className);
    }
  });

  test("and back with the same class has an address again, however fast and often", async () => {
    const namespace = await testNamespace(controlPlane());
    const flipping = async (name: string) => {
      const ref = { namespace, name };
      await cluster.createService(namespace, name, { spec: { loadBalancerClass: "fairlead.io/metal" } });
      for (let round = 0; round < 6; round++) {
        await cluster.served(ref);
        await cluster.edit(services, ref, toClusterIP);
        await cluster.edit(services, ref, toLoadBalancer("fairlead.io/metal"));
      }
      await eventually(async () => {
        const lb = await cluster.loadBalancer(ref);
        expect(lb.status?.addresses).toHaveLength(1);
        expect(await cluster.addresses(ref)).toEqual(lb.status?.addresses?.map(({ ip }) => ip));
      }, "it has the address of its LoadBalancer");
    };
    await Promise.all(Array.from({ length: 8 }, (_, n) => flipping(`again-${n}`)));
  });

  test("and comes back with another class of ours is served by that", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "moved" };
    await cluster.createService(namespace, "moved", { spec: { loadBalancerClass: "fairlead.io/metal" } });
    await cluster.served(ref);
    await cluster.edit(services, ref, toClusterIP);
    await cluster.edit(services, ref, toLoadBalancer("fairlead.io/other"));
    await eventually(
      async () => expect((await cluster.loadBalancer(ref)).spec.className).toBe("other"),
      "other class",
    );
    await cluster.served(ref);
  });

  test("and comes back with a foreign class is left to that, and not written to again", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "given-away" };
    await cluster.createService(namespace, "given-away", {
      spec: { loadBalancerClass: "fairlead.io/metal" },
    });
    await cluster.served(ref);
    await cluster.edit(services, ref, toClusterIP);
    await cluster.edit(services, ref, toLoadBalancer("example.com/foreign"));
    await cluster.gone(loadBalancers, ref);
    await eventually(
      async () => expect((await cluster.service(ref)).status?.conditions ?? []).toEqual([]),
      "retracted",
    );
    await cluster.client.patch(
      services,
      ref,
      { status: { loadBalancer: { ingress: [{ ip: "198.51.100.7" }] } } },
      { type: "merge", subresource: "status", fieldManager: "foreign-controller" },
    );
    const before = await cluster.service(ref);
    await untilLookedAt(namespace);
    const after = await cluster.service(ref);
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    expect(await cluster.addresses(ref)).toEqual(["198.51.100.7"]);
  });

  test("tells of it by Events, once each", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "told" };
    await cluster.createService(namespace, "told", { spec: { loadBalancerClass: "fairlead.io/metal" } });
    const [address] = await cluster.served(ref);
    await cluster.edit(services, ref, toClusterIP);
    await cluster.gone(loadBalancers, ref);
    await eventually(async () => {
      expect([...(await cluster.events(ref))].sort()).toEqual([
        "DeletedLoadBalancer: Deleted load balancer",
        "DeletingLoadBalancer: Deleting load balancer",
        `EnsuredLoadBalancer: Ensured load balancer: ${address}`,
        "EnsuringLoadBalancer: Ensuring load balancer",
      ]);
    }, "four Events");
  });
});

describe("a Service that is deleted", () => {
  test("and made anew under the same name is another one", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "phoenix" };
    const spec = { loadBalancerClass: "fairlead.io/metal" };
    for (let round = 0; round < 3; round++) {
      const { metadata } = await cluster.createService(namespace, "phoenix", { spec });
      await eventually(async () => {
        const lb = await cluster.loadBalancer(ref);
        expect(lb.spec.serviceRef?.uid).toBe(metadata.uid);
        expect(await cluster.addresses(ref)).toEqual(lb.status?.addresses?.map(({ ip }) => ip));
      }, "the new one is served by a LoadBalancer of its own");
      await cluster.remove(services, ref);
    }
    await cluster.gone(loadBalancers, ref);
  });

  test("and made anew while the controller is down, is another one too; and one that is only deleted leaves nothing", async () => {
    const namespace = await testNamespace(controlPlane());
    const spec = { loadBalancerClass: "fairlead.io/metal" };
    const [back, gone] = [
      { namespace, name: "back" },
      { namespace, name: "gone" },
    ];
    for (const { name } of [back, gone]) await cluster.createService(namespace, name, { spec });
    for (const ref of [back, gone]) await cluster.served(ref);
    await operator.stop();
    // Orphaned, so that nobody but us can clean up.
    for (const ref of [back, gone])
      await cluster.client.delete(services, ref, { propagationPolicy: "Orphan" });
    for (const ref of [back, gone]) await cluster.gone(services, ref);
    const { metadata } = await cluster.createService(namespace, "back", { spec });
    operator = await startOperator(controlPlane());
    await cluster.gone(loadBalancers, gone);
    await eventually(async () => {
      expect((await cluster.loadBalancer(back)).spec.serviceRef?.uid).toBe(metadata.uid);
    }, "the LoadBalancer of the new Service");
    await cluster.served(back);
  });

  test("with --cascade=orphan takes its LoadBalancer along all the same", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "orphaning" };
    await cluster.createService(namespace, "orphaning", { spec: { loadBalancerClass: "fairlead.io/metal" } });
    await cluster.served(ref);
    await cluster.client.delete(services, ref, { propagationPolicy: "Orphan" });
    await cluster.gone(loadBalancers, ref);
    await cluster.gone(services, ref);
  });

  test("but held by a foreign finalizer loses its address and is not served again, whatever is edited", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "held" };
    await cluster.createService(namespace, "held", {
      spec: { loadBalancerClass: "fairlead.io/metal" },
      finalizers: ["example.com/hold"],
    });
    await cluster.served(ref);
    await cluster.remove(services, ref);
    await cluster.gone(loadBalancers, ref);
    await eventually(async () => {
      const { status } = await cluster.service(ref);
      expect(status?.loadBalancer?.ingress ?? []).toEqual([]);
      expect(status?.conditions ?? []).toEqual([]);
    }, "its status is empty");
    await cluster.edit(services, ref, { metadata: { annotations: { touched: "yes" } } });
    await untilLookedAt(namespace);
    expect(await lbsOf(namespace)).toEqual([]);
    expect(await cluster.addresses(ref)).toEqual([]);
    await cluster.edit(services, ref, { metadata: { finalizers: null } });
    await cluster.gone(services, ref);
  });

  test("with its whole namespace leaves nothing behind", async () => {
    const namespace = await testNamespace(controlPlane());
    for (const name of ["a", "b", "c"])
      await cluster.createService(namespace, name, { spec: { loadBalancerClass: "fairlead.io/metal" } });
    for (const name of ["a", "b", "c"]) await cluster.served({ namespace, name });
    await controlPlane().call("DELETE", `/api/v1/namespaces/${namespace}`);
    await eventually(async () => {
      await expect(controlPlane().call("GET", `/api/v1/namespaces/${namespace}`)).rejects.toThrow("404");
    }, "the namespace is gone");
  });
});

describe("a LoadBalancer", () => {
  test("that is deleted by force is made anew with the same address, also when others wait for one", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "forced" };
    const spec = { loadBalancerClass: "fairlead.io/metal" };
    const annotations = { "fairlead.io/address-pool": "tiny" };
    await cluster.createPool("tiny", { addresses: ["198.51.100.1/32"], autoAssign: false });
    await cluster.createService(namespace, "forced", { spec, annotations });
    await cluster.served(ref, ["198.51.100.1"]);
    await cluster.createService(namespace, "waiting", { spec, annotations });
    await cluster.condition(
      services,
      { namespace, name: "waiting" },
      "fairlead.io/Programmed",
      "PoolExhausted",
    );
    const before = await cluster.loadBalancer(ref);
    await breakGlass.delete(loadBalancers, ref);
    await eventually(async () => {
      const lb = await cluster.loadBalancer(ref);
      expect(lb.metadata.uid).not.toBe(before.metadata.uid);
      expect(lb.status?.addresses?.map(({ ip }) => ip)).toEqual(["198.51.100.1"]);
    }, "it is there again");
    expect(await cluster.addresses(ref)).toEqual(["198.51.100.1"]);
    // And what was kept for it is given back with it.
    await cluster.remove(services, ref);
    await cluster.served({ namespace, name: "waiting" }, ["198.51.100.1"]);
  });

  test("that is restored under the UID of a Service that is gone goes again", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "restored" };
    await cluster.createService(namespace, "restored", { spec: { loadBalancerClass: "fairlead.io/metal" } });
    await cluster.served(ref);
    const { apiVersion, kind, spec, metadata } = await cluster.loadBalancer(ref);
    await cluster.remove(services, ref);
    await cluster.gone(loadBalancers, ref);
    const { uid } = await cluster
      .createService(namespace, "restored", {
        spec: { loadBalancerClass: "fairlead.io/metal" },
      })
      .then((made) => made.metadata);
    await cluster.served(ref);
    await breakGlass.create(loadBalancers, {
      apiVersion,
      kind,
      metadata: { name: "restored-copy", namespace, labels: metadata.labels },
      spec,
    } as LoadBalancer);
    await cluster.gone(loadBalancers, { namespace, name: "restored-copy" });
    expect((await cluster.loadBalancer(ref)).spec.serviceRef?.uid).toBe(uid);
  });
});
