/** Providers with resources outside the cluster: finalizers, stacks, failures, replacements (laws 2, 5, 6 and 9). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { services } from "../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../src/api/load-balancer-class.ts";
import type { CloudErrorClass } from "../../src/core/plan/cloud-error.ts";
import type { KubeClient } from "../../src/runtime/kube/client.ts";
import { breakGlassClient, type Cluster, clusterOf } from "./support/cluster.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import {
  type CloudCall,
  createMemoryCloud,
  createMemoryDirect,
  createMemoryGraph,
  failing,
  stackIn,
} from "./support/memory-cloud.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";
import { vanish } from "./support/vanish.ts";

const controlPlane = ownControlPlane({ controllerManager: true });
const OURS = "fairlead.io/load-balancer";
const graph = createMemoryCloud();
const direct = createMemoryCloud();
const classOf = { graph: "fairlead.io/graph", direct: "fairlead.io/direct" };
let cluster: Cluster;
let operator: RunningOperator;
let breakGlass: KubeClient;

const start = () =>
  startOperator(controlPlane(), {
    providers: [
      createMemoryGraph("example.com/graph", graph),
      createMemoryDirect("example.com/direct", direct),
    ],
  });

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  breakGlass = await breakGlassClient(controlPlane());
  operator = await start();
  await cluster.createClass("graph", {
    provider: "example.com/graph",
    policy: { handWritten: { from: "All" } },
  });
  await cluster.createClass("direct", {
    provider: "example.com/direct",
    policy: { handWritten: { from: "All" } },
  });
});
afterEach(() => {
  graph.before = () => {};
  direct.before = () => {};
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
  breakGlass?.close();
});

async function restart(): Promise<void> {
  await operator.stop();
  operator = await start();
}

/** What the API server has of the objects that a call to the cloud concerns, at the moment of the call. */
async function finalizersAt(namespace: string, name: string): Promise<string[][]> {
  const ref = { namespace, name };
  const all = [await cluster.service(ref), await cluster.loadBalancer(ref)];
  return all.map(({ metadata }) => metadata.finalizers ?? []);
}

const port = (number: number) => [{ name: `p${number}`, port: number, protocol: "TCP" as const }];
const inStack = (stack: string) => ({ "fairlead.io/address-pool": stack });
const listeners = (namespace: string) =>
  [...graph.resources.values()]
    .filter(({ kind, fields }) => kind === "listener" && stackIn(fields).startsWith(`${namespace} `))
    .map(({ id }) => id)
    .sort();
const callsFor = (calls: readonly CloudCall[], namespace: string) =>
  calls.map(({ call }) => call).filter((call) => call.includes(namespace));

describe.each(["graph", "direct"] as const)("with a %s provider", (form) => {
  const cloud = { graph, direct }[form];
  const spec = { loadBalancerClass: classOf[form] };
  const leftOf = (namespace: string) =>
    [...cloud.resources.values()].filter(({ fields, cloudId }) =>
      `${stackIn(fields)} ${cloudId}`.includes(namespace),
    );

  test("the finalizer is on Service and LoadBalancer before the first call, and off after the last", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    const seen: string[][][] = [];
    cloud.before = async ({ call }) => {
      if (call.includes(`${namespace}/web`)) seen.push(await finalizersAt(namespace, "web"));
    };
    await cluster.createService(namespace, "web", { spec, finalizers: ["example.com/other"] });
    await cluster.served(ref);
    await cluster.remove(services, ref);
    await cluster.gone(loadBalancers, ref);
    await eventually(async () => {
      expect((await cluster.service(ref)).metadata.finalizers).toEqual(["example.com/other"]);
    }, "only the other's finalizer is left");
    expect(leftOf(namespace)).toEqual([]);
    expect(seen.length).toBeGreaterThan(1);
    for (const [service, lb] of seen) {
      expect(service).toContain(OURS);
      expect(lb).toContain(OURS);
    }
    // Terminating: edited as you like, it is not made again.
    const calls = callsFor(cloud.calls, namespace).length;
    await cluster.edit(services, ref, { metadata: { labels: { touched: "yes" } } });
    await cluster.createService(namespace, "marker", { spec });
    await cluster.served({ namespace, name: "marker" });
    expect(callsFor(cloud.calls, namespace).filter((call) => call.includes("web"))).toHaveLength(
      callsFor(cloud.calls, namespace)
        .slice(0, calls)
        .filter((call) => call.includes("web")).length,
    );
    await cluster.edit(services, ref, { metadata: { finalizers: null } });
    await cluster.gone(services, ref);
  });

  test("a class that appears after its Services finds their finalizers set too", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    const missing: string[] = [];
    cloud.before = async ({ call }) => {
      if (!call.includes(namespace)) return;
      for (const finalizers of await finalizersAt(namespace, "web"))
        if (!finalizers.includes(OURS)) missing.push(call);
    };
    await cluster.createService(namespace, "web", {
      spec: { loadBalancerClass: `fairlead.io/late-${form}` },
    });
    await cluster.condition(services, ref, "fairlead.io/Programmed", "ClassNotFound");
    await cluster.createClass(`late-${form}`, { provider: `example.com/${form}` });
    await cluster.served(ref);
    expect(missing).toEqual([]);
    await cluster.remove(services, ref);
    await cluster.gone(services, ref);
    expect(leftOf(namespace)).toEqual([]);
  });

  test("a LoadBalancer written by hand has it as well", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "own" };
    let had: string[] | undefined;
    cloud.before = async ({ call }) => {
      if (call.includes(namespace)) had ??= (await cluster.loadBalancer(ref)).metadata.finalizers ?? [];
    };
    await cluster.client.create(loadBalancers, {
      apiVersion: "fairlead.io/v1alpha1",
      kind: "LoadBalancer",
      metadata: { name: "own", namespace },
      spec: {
        className: form,
        scheme: "internal",
        ports: [{ port: 80, protocol: "TCP" }],
        ipFamilies: ["IPv4"],
      },
    } as unknown as LoadBalancer);
    await cluster.condition(loadBalancers, ref, "Programmed", "Programmed");
    expect(had).toEqual([OURS]);
    await cluster.remove(loadBalancers, ref);
    await cluster.gone(loadBalancers, ref);
    expect(leftOf(namespace)).toEqual([]);
  });

  test("a deletion that fails keeps both finalizers, says why, survives a restart, and ends when the cloud is well", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    await cluster.createService(namespace, "web", { spec });
    await cluster.served(ref);
    cloud.before = failing(new RegExp(`^(delete|release) ${namespace}`), "retry", "the cloud is on holiday");
    await cluster.remove(services, ref);
    const told = await cluster.condition(loadBalancers, ref, "Degraded", "Retrying");
    expect(told.message).toBe("It can't be deleted yet: the cloud is on holiday");
    await restart();
    const other = await testNamespace(controlPlane());
    await cluster.createService(other, "marker", { spec });
    await cluster.served({ namespace: other, name: "marker" });
    expect(await finalizersAt(namespace, "web")).toEqual([
      expect.arrayContaining([OURS]),
      expect.arrayContaining([OURS]),
    ]);
    cloud.before = () => {};
    await cluster.gone(services, ref);
    await cluster.gone(loadBalancers, ref);
    expect(leftOf(namespace)).toEqual([]);
  });

  test("an error becomes a condition by its class, and the Service says the same", async () => {
    const reasons: Partial<Record<CloudErrorClass, string>> = {
      quota: "QuotaExceeded",
      permission: "PermissionDenied",
      missing: "MissingReference",
      invalid: "RejectedByCloud",
      retry: "Retrying",
    };
    const namespace = await testNamespace(controlPlane());
    cloud.before = ({ call }) => {
      for (const [as, reason] of Object.entries(reasons)) {
        if (call.includes(namespace) && call.includes(`web-${as}`))
          failing(/./, as as CloudErrorClass, `it is ${reason}`)({ call, members: [] });
      }
    };
    for (const [as, reason] of Object.entries(reasons)) {
      const ref = { namespace, name: `web-${as}` };
      await cluster.createService(namespace, ref.name, { spec });
      const told = await cluster.condition(services, ref, "fairlead.io/Programmed", reason);
      expect(told.message).toBe(`it is ${reason}`);
      await cluster.condition(loadBalancers, ref, "Programmed", reason);
    }
    cloud.before = () => {};
    // Invalid waits for an edit; this is one.
    const invalid = { namespace, name: "web-invalid" };
    await cluster.edit(services, invalid, { spec: { ports: port(81) } });
    await cluster.served(invalid);
    await cluster.served({ namespace, name: "web-retry" });
  });

  test("an error after it works leaves the address, and is told as a flaw", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    await cluster.createService(namespace, "web", { spec });
    const held = await cluster.served(ref);
    cloud.before = failing(/./, "quota", "no more of these");
    await cluster.edit(services, ref, { spec: { ports: [...port(80), ...port(81)] } });
    const told = await cluster.condition(services, ref, "fairlead.io/Degraded", "QuotaExceeded");
    expect(told.message).toBe("no more of these");
    expect(await cluster.addresses(ref)).toEqual(held);
    await cluster.condition(services, ref, "fairlead.io/Programmed", "Programmed");
  });

  test("one of a class that is gone by force stays, and says that it can't be cleaned up", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    const name = `fleeting-${form}`;
    await cluster.createClass(name, { provider: `example.com/${form}` });
    await cluster.createService(namespace, "web", { spec: { loadBalancerClass: `fairlead.io/${name}` } });
    await cluster.served(ref);
    await operator.stop();
    await cluster.remove(loadBalancerClasses, { name });
    await cluster.edit(loadBalancerClasses, { name }, { metadata: { finalizers: null } });
    await cluster.remove(services, ref);
    operator = await start();
    await eventually(async () => {
      const told = await cluster.condition(loadBalancers, ref, "Degraded", "ClassNotFound");
      expect(told.message).toContain("It can't be deleted yet: its LoadBalancerClass is gone");
    }, "it says why it stays");
    expect(leftOf(namespace).length).toBeGreaterThan(0);
    await cluster.createClass(name, { provider: `example.com/${form}` });
    await cluster.gone(services, ref);
    expect(leftOf(namespace)).toEqual([]);
  });
});

describe("a stack", () => {
  const spec = (number: number) => ({ loadBalancerClass: classOf.graph, ports: port(number) });

  test("of several members is planned together: one balancer, a listener each, and it goes with the last of them", async () => {
    const namespace = await testNamespace(controlPlane());
    for (const [name, number] of [
      ["a", 80],
      ["b", 81],
      ["c", 82],
    ] as const)
      await cluster.createService(namespace, name, { spec: spec(number), annotations: inStack("one") });
    const [address] = await cluster.served({ namespace, name: "a" });
    for (const name of ["b", "c"]) await cluster.served({ namespace, name }, [address ?? ""]);
    expect(callsFor(graph.calls, namespace).filter((call) => call.endsWith(" balancer"))).toHaveLength(1);
    for (const name of ["a", "b"]) await cluster.remove(services, { namespace, name });
    for (const name of ["a", "b"]) await cluster.gone(services, { namespace, name });
    expect(listeners(namespace)).toEqual(["listener/c/82"]);
    expect(await cluster.addresses({ namespace, name: "c" })).toEqual([address]);
    await cluster.remove(services, { namespace, name: "c" });
    await cluster.gone(services, { namespace, name: "c" });
    expect(callsFor(graph.calls, namespace).filter((call) => call.startsWith("delete"))).toHaveLength(4);
  });

  test("serves the others when one member is rejected, by the provider or by the cloud, and lets others leave", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = (name: string) => ({ namespace, name });
    graph.before = failing(/listener\/rejected\//, "invalid", "the cloud does not like this port");
    await cluster.createService(namespace, "good", { spec: spec(80), annotations: inStack("two") });
    await cluster.served(ref("good"));
    await cluster.createService(namespace, "taken", { spec: spec(80), annotations: inStack("two") });
    const taken = await cluster.condition(services, ref("taken"), "fairlead.io/Programmed", "PortConflict");
    expect(taken.message).toContain(`${namespace}/good`);
    await cluster.createService(namespace, "rejected", { spec: spec(81), annotations: inStack("two") });
    await cluster.condition(services, ref("rejected"), "fairlead.io/Programmed", "RejectedByCloud");
    await cluster.createService(namespace, "late", { spec: spec(82), annotations: inStack("two") });
    await cluster.served(ref("late"));
    for (const name of ["good", "late"]) {
      const { status } = await cluster.service(ref(name));
      expect(status?.conditions?.map(({ reason }) => reason)).toEqual(["Programmed"]);
    }
    // The rejected one does not hold up one that goes, nor the other way round.
    await cluster.remove(services, ref("late"));
    await cluster.gone(services, ref("late"));
    await cluster.remove(services, ref("rejected"));
    await cluster.gone(services, ref("rejected"));
    await cluster.remove(services, ref("good"));
    await cluster.gone(services, ref("good"));
    await cluster.served(ref("taken"));
  });

  test("is changed for another, with another address, only on its user's word", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "a" };
    await cluster.createService(namespace, "a", { spec: spec(80), annotations: inStack("four") });
    await cluster.createService(namespace, "b", { spec: spec(81), annotations: inStack("five") });
    const [before = ""] = await cluster.served(ref);
    const [other = ""] = await cluster.served({ namespace, name: "b" });
    await cluster.edit(services, ref, { metadata: { annotations: inStack("five") } });
    const told = await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
    expect(await cluster.addresses(ref)).toEqual([before]);
    const [, id = ""] = /acknowledge-replacement: (\S+)/.exec(told.message) ?? [];
    await cluster.edit(services, ref, {
      metadata: { annotations: { "fairlead.io/acknowledge-replacement": id } },
    });
    await cluster.served(ref, [other]);
    await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
    expect(listeners(namespace)).toEqual(["listener/a/80", "listener/b/81"]);
  });

  test("is left by a member whose LoadBalancer was deleted by force, and joined by it again", async () => {
    const namespace = await testNamespace(controlPlane());
    for (const [name, number] of [
      ["a", 80],
      ["b", 81],
    ] as const)
      await cluster.createService(namespace, name, { spec: spec(number), annotations: inStack("three") });
    const [address = ""] = await cluster.served({ namespace, name: "a" });
    await cluster.served({ namespace, name: "b" }, [address]);
    const before = await cluster.loadBalancer({ namespace, name: "a" });
    await breakGlass.delete(loadBalancers, { namespace, name: "a" });
    await eventually(async () => {
      const lb = await cluster.loadBalancer({ namespace, name: "a" });
      expect(lb.metadata.uid).not.toBe(before.metadata.uid);
      expect(lb.status?.addresses).toEqual([{ hostname: address }]);
    }, "it is there again");
    expect(listeners(namespace)).toEqual(["listener/a/80", "listener/b/81"]);
    expect(await cluster.addresses({ namespace, name: "b" })).toEqual([address]);
  });
});

describe.each(["graph", "direct"] as const)("somebody removes our finalizers, with a %s provider", (form) => {
  const cloud = { graph, direct }[form];
  const spec = { loadBalancerClass: classOf[form] };
  const none = { metadata: { finalizers: null } };

  test("from a Service that is served: nothing is taken apart, and they are put back", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    await cluster.createService(namespace, "web", { spec });
    const held = await cluster.served(ref);
    const lb = await cluster.loadBalancer(ref);
    const before = callsFor(cloud.calls, namespace);
    // The race with the service controller is lost now and then only.
    for (let round = 0; round < 10; round++) {
      await cluster.edit(services, ref, none);
      if (round % 2 === 1) await breakGlass.patch(loadBalancers, ref, none, { type: "merge" });
      await eventually(async () => {
        for (const finalizers of await finalizersAt(namespace, "web")) expect(finalizers).toContain(OURS);
      }, "they are back");
    }
    expect(await cluster.addresses(ref)).toEqual(held);
    expect((await cluster.loadBalancer(ref)).metadata.uid).toBe(lb.metadata.uid);
    expect(callsFor(cloud.calls, namespace)).toEqual(before);
    await cluster.remove(services, ref);
    await cluster.gone(services, ref);
    expect(callsFor(cloud.calls, namespace).length).toBeGreaterThan(before.length);
  });

  test("from a LoadBalancer that is then deleted: it is made anew, and has what it had", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    await cluster.createService(namespace, "web", { spec });
    const held = await cluster.served(ref);
    const before = await vanish(breakGlass, ref);
    await remade(ref, before);
    expect(await cluster.addresses(ref)).toEqual(held);
    expect(callsFor(cloud.calls, namespace).filter((call) => /^(delete|release) /.test(call))).toEqual([]);
    await cluster.remove(services, ref);
    await cluster.gone(services, ref);
  });
});

describe("a LoadBalancer that is deleted by force", () => {
  const spec = (number: number) => ({ loadBalancerClass: classOf.graph, ports: port(number) });
  const deletions = (namespace: string) =>
    callsFor(graph.calls, namespace).filter((call) => call.startsWith("delete "));

  test("costs a group nothing, whether or not the controller runs", async () => {
    const namespace = await testNamespace(controlPlane());
    const a = { namespace, name: "a" };
    const b = { namespace, name: "b" };
    await cluster.createService(namespace, "a", { spec: spec(80), annotations: inStack("lost") });
    await cluster.createService(namespace, "b", { spec: spec(81), annotations: inStack("lost") });
    const held = await cluster.served(a);
    await cluster.served(b, held);
    await remade(a, await vanish(breakGlass, a));
    await operator.stop();
    const before = await vanish(breakGlass, a);
    operator = await start();
    await remade(a, before);
    for (const ref of [a, b]) expect(await cluster.addresses(ref)).toEqual(held);
    expect(listeners(namespace)).toEqual(["listener/a/80", "listener/b/81"]);
    expect(deletions(namespace)).toEqual([]);
  });

  test("is accepted as the one before it was, though its class has become stricter since", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    await cluster.createClass("strict", { provider: "example.com/graph" });
    await cluster.createService(namespace, "web", {
      spec: { loadBalancerClass: "fairlead.io/strict" },
      annotations: { "fairlead.io/scheme": "external" },
    });
    const held = await cluster.served(ref);
    const policy = { external: { from: "None" } };
    await cluster.edit(loadBalancerClasses, { name: "strict" }, { spec: { policy } });
    await cluster.condition(loadBalancers, ref, "Degraded", "PublicNotAllowed");
    await remade(ref, await vanish(breakGlass, ref));
    await cluster.condition(loadBalancers, ref, "Degraded", "PublicNotAllowed");
    expect(await cluster.addresses(ref)).toEqual(held);
    expect(deletions(namespace)).toEqual([]);
  });

  test("and can't be made anew leaves everything as it is, until its Service goes too", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    await cluster.createService(namespace, "web", { spec: spec(80) });
    const held = await cluster.served(ref);
    await forbidLoadBalancers(namespace);
    await vanish(breakGlass, ref);
    await cluster.condition(services, ref, "fairlead.io/Degraded", "PermissionDenied");
    await cluster.createService(namespace, "other", { spec: spec(80) });
    await cluster.condition(
      services,
      { namespace, name: "other" },
      "fairlead.io/Programmed",
      "PermissionDenied",
    );
    expect(deletions(namespace)).toEqual([]);
    expect(listeners(namespace)).toEqual(["listener/web/80"]);
    expect(await cluster.addresses(ref)).toEqual(held);
    await cluster.condition(services, ref, "fairlead.io/Programmed", "Programmed");
    await cluster.remove(services, ref);
    await cluster.gone(services, ref);
    await eventually(async () => expect(deletions(namespace)).toHaveLength(2), "it is taken apart");
  });
});

/** Waits until there is another one in its place that says to be served. */
async function remade(ref: { namespace: string; name: string }, before: LoadBalancer): Promise<void> {
  await eventually(async () => {
    const { metadata, status } = await cluster.loadBalancer(ref);
    expect(metadata.uid).not.toBe(before.metadata.uid);
    expect(status?.conditions?.find(({ type }) => type === "Programmed")?.status).toBe("True");
    expect(status?.addresses).toEqual(before.status?.addresses);
  }, "it is there again, with what it had");
}

/** From then on no LoadBalancer can be created there. */
async function forbidLoadBalancers(namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/resourcequotas`;
  const hard = { "count/loadbalancers.fairlead.io": "0" };
  const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none" }, spec: { hard } };
  await controlPlane().call("POST", path, quota);
  await eventually(async () => {
    const found = (await controlPlane().call("GET", `${path}/none`)) as { status?: { hard?: object } };
    expect(found.status?.hard).toEqual(hard);
  }, "the quota is in force");
}

describe("a replacement that changes the address", () => {
  test("waits until the id in the condition is acknowledged on the Service, and is then done at once", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "web" };
    await cluster.createService(namespace, "web", { spec: { loadBalancerClass: classOf.graph } });
    const held = await cluster.served(ref);
    await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/scheme": "external" } } });
    const told = await cluster.condition(services, ref, "fairlead.io/Degraded", "ReplacementNotAcknowledged");
    const [, id = ""] = /fairlead\.io\/acknowledge-replacement: (\S+)/.exec(told.message) ?? [];
    expect(id).not.toBe("");
    const acknowledge = (value: string) =>
      cluster.edit(services, ref, {
        metadata: { annotations: { "fairlead.io/acknowledge-replacement": value } },
      });
    await acknowledge("something-else");
    await restart();
    await cluster.createService(namespace, "marker", { spec: { loadBalancerClass: classOf.graph } });
    await cluster.served({ namespace, name: "marker" });
    expect(await cluster.addresses(ref)).toEqual(held);
    await cluster.condition(services, ref, "fairlead.io/Degraded", "ReplacementNotAcknowledged");

    await acknowledge(id);
    await eventually(async () => expect(await cluster.addresses(ref)).not.toEqual(held), "it was replaced");
    await eventually(async () => {
      const { status } = await cluster.service(ref);
      expect(status?.conditions?.map(({ reason }) => reason)).toEqual(["Programmed"]);
    }, "all is well");
    expect(await cluster.addresses(ref)).toHaveLength(1);
  });
});
