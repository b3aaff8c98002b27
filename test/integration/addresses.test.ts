/** Addresses stay where they are (laws 4, 7 and 12), on a real API server under the minimal role. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ipAddressPools } from "../../src/api/ip-address-pool.ts";
import { type Service, services } from "../../src/api/kubernetes.ts";
import { loadBalancers } from "../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../src/api/load-balancer-class.ts";
import type { KubeClient } from "../../src/runtime/kube/client.ts";
import { breakGlassClient, type Cluster, clusterOf } from "./support/cluster.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
const metal = { loadBalancerClass: "fairlead.io/metal" };
let cluster: Cluster;
let operator: RunningOperator;
let breakGlass: KubeClient;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  breakGlass = await breakGlassClient(controlPlane());
  operator = await startOperator(controlPlane());
  await cluster.createPool("edge", { addresses: ["192.0.2.0/24"] });
  await cluster.createClass("metal");
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
  breakGlass?.close();
});

/** Everything that came before has been looked at, and the counts in the statuses are written. */
async function settled(): Promise<void> {
  const namespace = await testNamespace(controlPlane(), "marker");
  await cluster.createService(namespace, "marker", { spec: metal });
  await cluster.served({ namespace, name: "marker" });
  await countsAre();
}

async function countsAre(): Promise<void> {
  await eventually(async () => {
    const lbs = (await cluster.client.list(loadBalancers)).items;
    for (const cls of (await cluster.client.list(loadBalancerClasses)).items) {
      const name = cls.metadata.name;
      expect(cls.status?.loadBalancers).toBe(lbs.filter((lb) => lb.spec.className === name).length);
    }
  }, "the counts are right");
}

async function restart(): Promise<void> {
  await operator.stop();
  operator = await startOperator(controlPlane());
}

describe("an address", () => {
  test("does not move by a restart, by other Services, or by edits and loss of its pool", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createPool("moving", { addresses: ["198.51.100.0/28"], autoAssign: false });
    const annotations = { "fairlead.io/address-pool": "moving" };
    for (const name of ["first", "second"])
      await cluster.createService(namespace, name, { spec: metal, annotations });
    const first = { namespace, name: "first" };
    const held = await cluster.served(first);
    await cluster.served({ namespace, name: "second" });
    await cluster.remove(services, { namespace, name: "second" });
    await settled();
    expect(await cluster.addresses(first)).toEqual(held);

    await cluster.edit(
      ipAddressPools,
      { name: "moving" },
      { spec: { addresses: ["198.51.100.14-198.51.100.15"] } },
    );
    const outside = await cluster.condition(services, first, "fairlead.io/Degraded", "AddressOutsidePool");
    expect(outside.message).toContain(held[0]);
    await restart();
    await settled();
    expect(await cluster.addresses(first)).toEqual(held);

    await cluster.remove(ipAddressPools, { name: "moving" });
    await settled();
    expect(await cluster.addresses(first)).toEqual(held);
    await cluster.createPool("moving-again", { addresses: ["198.51.100.0/28"], autoAssign: false });
    await cluster.edit(services, first, {
      metadata: { annotations: { "fairlead.io/address-pool": "moving-again" } },
    });
    await eventually(async () => {
      const lb = await cluster.loadBalancer(first);
      expect(lb.status?.conditions?.find(({ type }) => type === "Degraded")?.reason).toBe("AsExpected");
      expect(lb.status?.addresses?.[0]).toMatchObject({ ip: held[0], pool: "moving-again" });
    }, "all is well again");
    expect(await cluster.addresses(first)).toEqual(held);
  });

  test("is kept while the one that is asked for can't be had, and left once it can", async () => {
    const namespace = await testNamespace(controlPlane());
    const [owner, asking] = [
      { namespace, name: "owner" },
      { namespace, name: "asking" },
    ];
    const wanted = { "fairlead.io/addresses": "192.0.2.200" };
    await cluster.createService(namespace, "owner", { spec: metal, annotations: wanted });
    await cluster.served(owner, ["192.0.2.200"]);
    await cluster.createService(namespace, "asking", { spec: metal });
    const held = await cluster.served(asking);
    await cluster.edit(services, asking, { metadata: { annotations: wanted } });
    const told = await cluster.condition(
      services,
      asking,
      "fairlead.io/Degraded",
      "RequestedAddressUnavailable",
    );
    expect(told.message).toContain(`${namespace}/owner`);
    await restart();
    await settled();
    expect(await cluster.addresses(asking)).toEqual(held);
    await cluster.remove(services, owner);
    await cluster.served(asking, ["192.0.2.200"]);
  });

  test("asked for outside all pools does not cost the held one", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "dreamer" };
    await cluster.createService(namespace, "dreamer", { spec: metal });
    const held = await cluster.served(ref);
    await cluster.edit(services, ref, { spec: { loadBalancerIP: "203.0.113.9" } });
    const told = await cluster.condition(
      services,
      ref,
      "fairlead.io/Degraded",
      "RequestedAddressUnavailable",
    );
    expect(told.message).toContain("203.0.113.9 is in no pool");
    expect(await cluster.addresses(ref)).toEqual(held);
    await cluster.edit(services, ref, { spec: { loadBalancerIP: null } });
    await eventually(async () => {
      const { status } = await cluster.service(ref);
      expect(status?.conditions?.map(({ type }) => type)).toEqual(["fairlead.io/Programmed"]);
    }, "the flaw is gone");
  });

  test("of a LoadBalancer that was lost while the controller was down comes back from the Service's status", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "lost" };
    const annotations = { "fairlead.io/address-pool": "last-one" };
    await cluster.createPool("last-one", { addresses: ["198.51.100.64"], autoAssign: false });
    // Older, more than are worked on at once, and they come to want the same address: none of them must come first.
    const thieves = Array.from({ length: 40 }, (_, n) => ({ namespace, name: `a-thief-${n}` }));
    const plain = { type: "ClusterIP", allocateLoadBalancerNodePorts: undefined } as const;
    for (const { name } of thieves)
      await cluster.createService(namespace, name, { annotations, spec: plain });
    await cluster.createService(namespace, "lost", { spec: metal, annotations });
    await cluster.served(ref, ["198.51.100.64"]);
    await operator.stop();
    await breakGlass.delete(loadBalancers, ref);
    for (const thief of thieves)
      await cluster.edit(services, thief, { spec: { type: "LoadBalancer", ...metal } });
    operator = await startOperator(controlPlane());
    for (const thief of thieves)
      await cluster.condition(services, thief, "fairlead.io/Programmed", "PoolExhausted");
    await eventually(async () => {
      expect((await cluster.loadBalancer(ref)).status?.addresses?.[0]?.ip).toBe("198.51.100.64");
    }, "it has it again");
    expect(await cluster.addresses(ref)).toEqual(["198.51.100.64"]);
  });

  test("is nobody else's while its class is missing", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "classless" };
    const annotations = { "fairlead.io/addresses": "192.0.2.210" };
    await cluster.createClass("fleeting", { defaults: { frontends: ["internal", "external"] } });
    await cluster.createService(namespace, "classless", {
      spec: { loadBalancerClass: "fairlead.io/fleeting" },
      annotations: { "fairlead.io/addresses.internal": "192.0.2.210" },
    });
    const held = await cluster.served(ref);
    await eventually(async () => expect(await cluster.addresses(ref)).toHaveLength(2), "both frontends");
    const both = await cluster.addresses(ref);
    expect(both[0]).toBe(held[0]);
    await operator.stop();
    await cluster.remove(loadBalancerClasses, { name: "fleeting" });
    await cluster.edit(loadBalancerClasses, { name: "fleeting" }, { metadata: { finalizers: null } });
    operator = await startOperator(controlPlane());
    await cluster.condition(services, ref, "fairlead.io/Degraded", "ClassNotFound");
    await cluster.createService(namespace, "thief", { spec: metal, annotations });
    await cluster.condition(services, { namespace, name: "thief" }, "fairlead.io/Programmed", "AddressInUse");
    expect(await cluster.addresses(ref)).toEqual(both);
    await cluster.createClass("fleeting", { defaults: { frontends: ["internal", "external"] } });
    await eventually(async () => {
      const { status } = await cluster.service(ref);
      expect(status?.conditions?.map(({ type }) => type)).toEqual(["fairlead.io/Programmed"]);
    }, "all is well again");
    expect(await cluster.addresses(ref)).toEqual(both);
  });
});

describe("take-over from another controller", () => {
  const foreignly = async (ref: { namespace: string; name: string }, ip: string) =>
    cluster.client.patch<Service>(
      services,
      ref,
      { status: { loadBalancer: { ingress: [{ ip }] } } },
      { type: "merge", subresource: "status", fieldManager: "other-controller" },
    );

  test("keeps every address that is in a pool, whether class or pool comes first, and whoever is older", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = (name: string) => ({ namespace, name });
    // More than are worked on at once, older, and without an address.
    const fresh = Array.from({ length: 40 }, (_, n) => `aa-new-${n}`);
    for (const name of [...fresh, "bb-served", "cc-outside", "dd-served"])
      await cluster.createService(namespace, name);
    await foreignly(ref("bb-served"), "203.0.113.1");
    await foreignly(ref("cc-outside"), "10.9.9.9");
    await foreignly(ref("dd-served"), "203.0.113.31");
    await cluster.createPool("taken-over", {
      addresses: ["203.0.113.0/26"],
      serviceAllocation: { namespaces: [namespace] },
    });
    await cluster.createClass("takes-over", {
      default: true,
      policy: { pools: ["taken-over", "comes-later", "spare"] },
    });
    await cluster.served(ref("bb-served"), ["203.0.113.1"]);
    await cluster.served(ref("dd-served"), ["203.0.113.31"]);
    for (const name of fresh) await cluster.served(ref(name));
    await eventually(async () => {
      const lb = await cluster.loadBalancer(ref("bb-served"));
      expect(lb.status?.addresses?.[0]).toMatchObject({ ip: "203.0.113.1", pool: "taken-over" });
    }, "it is recorded");
    // Nothing has the other's address: a new one, as for everybody.
    const [moved] = await cluster.served(ref("cc-outside"), await addressOfLb(ref("cc-outside")));
    expect(moved).not.toBe("10.9.9.9");
    await cluster.edit(loadBalancerClasses, { name: "takes-over" }, { spec: { default: false } });
  });

  test("waits for the pool that has the address, before others are given it", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = (name: string) => ({ namespace, name });
    await cluster.createService(namespace, "aa-new");
    await cluster.createService(namespace, "bb-served");
    await foreignly(ref("bb-served"), "203.0.113.165");
    await cluster.edit(loadBalancerClasses, { name: "takes-over" }, { spec: { default: true } });
    await cluster.condition(services, ref("bb-served"), "fairlead.io/Programmed", "PoolNotAllowed");
    expect(await cluster.addresses(ref("bb-served"))).toEqual(["203.0.113.165"]);
    await cluster.createPool("comes-later", {
      addresses: ["203.0.113.165-203.0.113.166"],
      serviceAllocation: { namespaces: [namespace] },
    });
    const fresh = await cluster.served(ref("aa-new"));
    expect(fresh).toEqual(["203.0.113.166"]);
    await cluster.served(ref("bb-served"), ["203.0.113.165"]);
    await cluster.condition(services, ref("bb-served"), "fairlead.io/Programmed", "Programmed");
    await cluster.edit(loadBalancerClasses, { name: "takes-over" }, { spec: { default: false } });
  });

  test("never takes an address from one that is served by us, at a start neither", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = (name: string) => ({ namespace, name });
    await cluster.createPool("spare", {
      addresses: ["203.0.113.100/31"],
      serviceAllocation: { namespaces: [namespace] },
    });
    await cluster.createService(namespace, "aa-older");
    await foreignly(ref("aa-older"), "192.0.2.222");
    await cluster.createService(namespace, "ours", {
      spec: metal,
      annotations: { "fairlead.io/addresses": "192.0.2.222" },
    });
    await cluster.served(ref("ours"), ["192.0.2.222"]);
    await operator.stop();
    await cluster.edit(loadBalancerClasses, { name: "takes-over" }, { spec: { default: true } });
    operator = await startOperator(controlPlane());
    await eventually(async () => {
      const lb = await cluster.loadBalancer(ref("aa-older"));
      expect(lb.status?.addresses).toHaveLength(1);
    }, "the other has an address of its own");
    expect(await cluster.addresses(ref("ours"))).toEqual(["192.0.2.222"]);
    const [other] = await cluster.served(ref("aa-older"), await addressOfLb(ref("aa-older")));
    expect(other).not.toBe("192.0.2.222");
    await cluster.edit(loadBalancerClasses, { name: "takes-over" }, { spec: { default: false } });
  });

  async function addressOfLb(ref: { namespace: string; name: string }): Promise<string[]> {
    return eventually(async () => {
      const found = (await cluster.loadBalancer(ref)).status?.addresses?.map(({ ip }) => ip ?? "") ?? [];
      if (found.length === 0) throw new Error("none");
      return found;
    }, "its LoadBalancer has an address");
  }
});

describe("a shared address", () => {
  const sharing = (key: string, address?: string) => ({
    "fairlead.io/allow-shared-ip": key,
    ...(address === undefined ? {} : { "fairlead.io/addresses": address }),
  });
  const port = (number: number) => ({
    ...metal,
    ports: [{ name: `p${number}`, port: number, protocol: "TCP" as const }],
  });

  test("has one owner for each port; who changes its ports onto a neighbour's loses it, the neighbour nothing", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = (name: string) => ({ namespace, name });
    for (const [name, number] of [
      ["a", 80],
      ["b", 443],
    ] as const)
      await cluster.createService(namespace, name, { spec: port(number), annotations: sharing("k") });
    const shared = await cluster.served(ref("a"));
    await cluster.served(ref("b"), shared);
    await cluster.edit(services, ref("b"), { spec: { ports: [{ name: "p80", port: 80, protocol: "TCP" }] } });
    await eventually(
      async () => expect(await cluster.addresses(ref("b"))).not.toEqual(shared),
      "b has moved",
    );
    const own = await cluster.served(ref("b"));
    expect(await cluster.addresses(ref("a"))).toEqual(shared);
    await restart();
    await settled();
    expect(await cluster.addresses(ref("a"))).toEqual(shared);
    expect(await cluster.addresses(ref("b"))).toEqual(own);
  });

  test("that is asked for with a port that is taken says whose it is", async () => {
    const namespace = await testNamespace(controlPlane());
    const address = "192.0.2.230";
    await cluster.createService(namespace, "has", { spec: port(80), annotations: sharing("k", address) });
    await cluster.served({ namespace, name: "has" }, [address]);
    await cluster.createService(namespace, "wants", { spec: port(80), annotations: sharing("k", address) });
    const wants = { namespace, name: "wants" };
    const told = await cluster.condition(services, wants, "fairlead.io/Programmed", "PortConflict");
    expect(told.message).toContain(`TCP/80 of ${address} belongs to ${namespace}/has`);
    await cluster.edit(services, wants, { spec: { ports: [{ name: "p81", port: 81, protocol: "TCP" }] } });
    await cluster.served(wants, [address]);
  });

  test("is shared across namespaces only where the class lists them", async () => {
    const [one, two, third] = [
      await testNamespace(controlPlane()),
      await testNamespace(controlPlane()),
      await testNamespace(controlPlane()),
    ];
    await cluster.createClass("shares", { policy: { sharing: { namespaces: [one, two] } } });
    const of = (number: number) => ({ ...port(number), loadBalancerClass: "fairlead.io/shares" });
    const address = "192.0.2.231";
    await cluster.createService(one, "a", { spec: of(80), annotations: sharing("k", address) });
    await cluster.served({ namespace: one, name: "a" }, [address]);
    await cluster.createService(two, "b", { spec: of(81), annotations: sharing("k", address) });
    await cluster.served({ namespace: two, name: "b" }, [address]);
    await cluster.createService(third, "c", { spec: of(82), annotations: sharing("k", address) });
    await cluster.condition(
      services,
      { namespace: third, name: "c" },
      "fairlead.io/Programmed",
      "SharingConflict",
    );
    // Another class that does not list them, in the same namespace.
    await cluster.createService(one, "d", { spec: port(83), annotations: sharing("k", address) });
    await cluster.condition(
      services,
      { namespace: one, name: "d" },
      "fairlead.io/Programmed",
      "SharingConflict",
    );
  });

  test("is not shared by policy Local with other pods behind it, and is with the same", async () => {
    const namespace = await testNamespace(controlPlane());
    const address = "192.0.2.232";
    const local = (number: number, app: string) => ({
      ...port(number),
      selector: { app },
      externalTrafficPolicy: "Local" as const,
    });
    await cluster.createService(namespace, "a", { spec: local(80, "x"), annotations: sharing("k", address) });
    await cluster.served({ namespace, name: "a" }, [address]);
    await cluster.createService(namespace, "b", { spec: local(81, "x"), annotations: sharing("k", address) });
    await cluster.served({ namespace, name: "b" }, [address]);
    await cluster.createService(namespace, "c", { spec: local(82, "y"), annotations: sharing("k", address) });
    await cluster.condition(services, { namespace, name: "c" }, "fairlead.io/Programmed", "SharingConflict");
    await cluster.createService(namespace, "d", { spec: port(83), annotations: sharing("k", address) });
    await cluster.condition(services, { namespace, name: "d" }, "fairlead.io/Programmed", "SharingConflict");
  });
});

describe("frontends", () => {
  test("one becomes two and one again, and the one that stays keeps its address", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "both" };
    const frontends = (value: string | null, more: Record<string, string | null> = {}) =>
      cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/frontends": value, ...more } } });
    await cluster.createService(namespace, "both", { spec: metal });
    const [first = ""] = await cluster.served(ref);

    await frontends("internal,external", { "fairlead.io/addresses.external": "192.0.2.240" });
    await cluster.served(ref, [first, "192.0.2.240"]);
    const lbs = (await cluster.client.list(loadBalancers, { namespace })).items;
    expect(lbs.map(({ spec }) => `${spec.frontend} ${spec.scheme}`).sort()).toEqual([
      "external external",
      "internal internal",
    ]);
    await restart();
    await settled();
    expect(await cluster.addresses(ref)).toEqual([first, "192.0.2.240"]);

    await frontends("external");
    await cluster.served(ref, ["192.0.2.240"]);
    await frontends(null, { "fairlead.io/addresses.external": null, "fairlead.io/scheme": "external" });
    await eventually(async () => {
      const left = (await cluster.client.list(loadBalancers, { namespace })).items;
      expect(left.map(({ spec }) => [spec.frontend, spec.scheme])).toEqual([["default", "external"]]);
    }, "one is left");
    expect(await cluster.addresses(ref)).toEqual(["192.0.2.240"]);
  });

  test("of which one can't be served leave the other its address, and say which", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "half" };
    await cluster.createService(namespace, "half", {
      spec: metal,
      annotations: {
        "fairlead.io/frontends": "internal,external",
        "fairlead.io/address-pool.external": "no-such-pool",
      },
    });
    const told = await cluster.condition(services, ref, "fairlead.io/Programmed", "PoolNotFound");
    expect(told.message).toMatch(/^external frontend: /);
    await eventually(async () => expect(await cluster.addresses(ref)).toHaveLength(1), "the other is served");
  });

  test("whose object's name belongs to a hand-written LoadBalancer get another name", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "taken" };
    await cluster.client.create(loadBalancers, {
      apiVersion: "fairlead.io/v1alpha1",
      kind: "LoadBalancer",
      metadata: { name: "taken", namespace },
      spec: {
        className: "metal",
        scheme: "internal",
        ports: [{ port: 80, protocol: "TCP" }],
        ipFamilies: ["IPv4"],
      },
    } as never);
    await cluster.createService(namespace, "taken", { spec: metal });
    const held = await cluster.served(ref);
    await restart();
    await settled();
    expect(await cluster.addresses(ref)).toEqual(held);
    expect((await cluster.client.list(loadBalancers, { namespace })).items).toHaveLength(2);
    expect((await cluster.loadBalancer(ref)).spec.serviceRef).toBeUndefined();
    await cluster.remove(services, ref);
    await eventually(async () => {
      expect((await cluster.client.list(loadBalancers, { namespace })).items).toHaveLength(1);
    }, "only the hand-written one is left");
  });
});

describe("what does not change", () => {
  test("costs no write on a restart, and tells no Event", async () => {
    const namespace = await testNamespace(controlPlane());
    for (let n = 0; n < 20; n++) {
      const annotations = n % 5 === 0 ? { "fairlead.io/frontends": "internal,external" } : {};
      await cluster.createService(namespace, `s${n}`, { spec: metal, annotations });
    }
    for (let n = 0; n < 20; n++) await cluster.served({ namespace, name: `s${n}` });
    await settled();
    const versions = await allVersions();
    await restart();
    const after = await testNamespace(controlPlane(), "marker");
    await cluster.createService(after, "marker", { spec: metal });
    await cluster.served({ namespace: after, name: "marker" });
    await countsAre();
    expect(operator.writes.filter((write) => !write.includes(after) && !/pools|classes/.test(write))).toEqual(
      [],
    );
    const now = await allVersions();
    for (const [key, version] of versions) expect([key, now.get(key)]).toEqual([key, version]);
  });

  test("of a Service that another tool labels and annotates costs no status write", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "touched" };
    await cluster.createService(namespace, "touched", { spec: metal });
    await cluster.served(ref);
    await settled();
    operator.writes.length = 0;
    await cluster.edit(services, ref, { metadata: { annotations: { "example.com/tool": "1" } } });
    await settled();
    const own = () => operator.writes.filter((write) => write.includes(`/namespaces/${namespace}/`));
    expect(own()).toEqual([]);
    await cluster.edit(services, ref, { metadata: { labels: { "example.com/tool": "1" } } });
    await eventually(async () => {
      expect((await cluster.loadBalancer(ref)).metadata.labels).toMatchObject({ "example.com/tool": "1" });
    }, "pools may select by the label");
    await settled();
    expect(own().filter((write) => write.includes("/status"))).toEqual([]);
  });

  async function allVersions(): Promise<Map<string, string | undefined>> {
    const all = [
      ...(await cluster.client.list(services)).items,
      ...(await cluster.client.list(loadBalancers)).items,
    ];
    return new Map(
      all.map(({ kind, metadata }) => [
        `${kind} ${metadata.namespace}/${metadata.name}`,
        metadata.resourceVersion,
      ]),
    );
  }
});
