/** What is refused says so and hurts nobody else; what was accepted before stays in force (laws 5 and 11). */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ipAddressPools } from "../../src/api/ip-address-pool.ts";
import { services } from "../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../src/api/load-balancer-class.ts";
import { type Cluster, clusterOf, type ServiceInput } from "./support/cluster.ts";
import { eventually, install, type RunningOperator, startOperator } from "./support/installation.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

const controlPlane = ownControlPlane();
const metal = { loadBalancerClass: "fairlead.io/metal" };
let cluster: Cluster;
let operator: RunningOperator;

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
  operator = await startOperator(controlPlane());
  await cluster.createPool("edge", { addresses: ["192.0.2.0/24"] });
  await cluster.createClass("metal");
});
afterAll(async () => {
  await operator?.stop();
  cluster?.client.close();
});

async function restart(): Promise<void> {
  await operator.stop();
  operator = await startOperator(controlPlane());
}

const annotate = (ref: { namespace: string; name: string }, annotations: Record<string, string | null>) =>
  cluster.edit(services, ref, { metadata: { annotations } });

async function conditionsOf(ref: { namespace: string; name: string }): Promise<(string | undefined)[]> {
  const { status } = await cluster.service(ref);
  return (status?.conditions ?? [])
    .map(({ type, reason }) => `${type.replace("fairlead.io/", "")} ${reason}`)
    .sort();
}

describe("a Service with a value that can't be read", () => {
  test("is not served, says what to change, and is served once it is repaired", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "typo" };
    await cluster.createService(namespace, "typo", {
      spec: metal,
      annotations: { "fairlead.io/addresses": "192.0.2.010" },
    });
    const told = await cluster.condition(services, ref, "fairlead.io/Programmed", "InvalidAnnotation");
    expect(told.message).toMatch(
      /^annotation fairlead.io\/addresses: cannot use "192.0.2.010" \(.*\); wanted: /,
    );
    const lb = await cluster.condition(loadBalancers, ref, "Accepted", "InvalidAnnotation");
    expect(lb.message).toBe(told.message);
    await eventually(async () => {
      expect(await cluster.events(ref)).toContain(
        `SyncLoadBalancerFailed: InvalidAnnotation: ${told.message}`,
      );
    }, "an Event says so");
    await annotate(ref, { "fairlead.io/addresses": "192.0.2.10" });
    await cluster.served(ref, ["192.0.2.10"]);
    await eventually(
      async () => expect(await conditionsOf(ref)).toEqual(["Programmed Programmed"]),
      "all is well",
    );
  });

  test("by an edit keeps what is in force but the Service's own ports, over a restart too, until it is repaired", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "edited" };
    await cluster.createService(namespace, "edited", { spec: metal });
    const held = await cluster.served(ref);
    await cluster.edit(services, ref, {
      metadata: { annotations: { "fairlead.io/frontends": "internal,inside" } },
      spec: { ports: [{ name: "https", port: 443, protocol: "TCP" }] },
    });
    const told = await cluster.condition(services, ref, "fairlead.io/Degraded", "SpecRefused");
    expect(told.message).toContain('annotation fairlead.io/frontends: cannot use "internal,inside"');
    expect(told.message).toContain("stays in force");
    await restart();
    const marker = await cluster.createService(namespace, "marker", { spec: metal });
    await cluster.served({ namespace, name: marker.metadata.name ?? "" });
    const lb = await cluster.loadBalancer(ref);
    // Every node serves them already: who else may have the address depends on them.
    expect(lb.status?.ports).toEqual([{ port: 443, protocol: "TCP" }]);
    expect(await cluster.addresses(ref)).toEqual(held);
    await annotate(ref, { "fairlead.io/frontends": null });
    await eventually(async () => {
      expect((await cluster.loadBalancer(ref)).status?.ports).toEqual([{ port: 443, protocol: "TCP" }]);
      expect(await conditionsOf(ref)).toEqual(["Programmed Programmed"]);
    }, "the repaired edit is in force");
    expect(await cluster.addresses(ref)).toEqual(held);
  });

  test("of a family that the Service does not have says so in its own words", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "family" };
    await cluster.createService(namespace, "family", { spec: metal });
    const held = await cluster.served(ref);
    await annotate(ref, { "fairlead.io/addresses": "2001:db8::1" });
    const told = await cluster.condition(services, ref, "fairlead.io/Degraded", "SpecRefused");
    expect(told.message).toContain("cannot use 2001:db8::1, for the Service is IPv4 only");
    expect(await cluster.addresses(ref)).toEqual(held);
  });
});

describe("the policy of a class", () => {
  const labelled = async (labels: Record<string, string>) => {
    const namespace = await testNamespace(controlPlane());
    await controlPlane().call("PUT", `/api/v1/namespaces/${namespace}`, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels },
    });
    return namespace;
  };

  test("lets only some namespaces have external load balancers, and follows their labels", async () => {
    const [listed, selected, other] = [
      await testNamespace(controlPlane()),
      await labelled({ public: "yes" }),
      await testNamespace(controlPlane()),
    ];
    await cluster.createClass("public", {
      defaults: { scheme: "external" },
      policy: {
        external: {
          from: "Selected",
          namespaces: [listed],
          namespaceSelector: { matchLabels: { public: "yes" } },
        },
      },
    });
    const input: ServiceInput = { spec: { loadBalancerClass: "fairlead.io/public" } };
    for (const namespace of [listed, selected, other]) await cluster.createService(namespace, "web", input);
    await cluster.served({ namespace: listed, name: "web" });
    await cluster.served({ namespace: selected, name: "web" });
    const refused = { namespace: other, name: "web" };
    const told = await cluster.condition(services, refused, "fairlead.io/Programmed", "PublicNotAllowed");
    expect(told.message).toContain(`no external load balancer in namespace "${other}"`);
    // A bad edit of what was refused is no way round.
    await annotate(refused, { "fairlead.io/addresses": "nonsense" });
    await cluster.condition(services, refused, "fairlead.io/Programmed", "InvalidAnnotation");
    await annotate(refused, { "fairlead.io/addresses": null });
    await cluster.condition(services, refused, "fairlead.io/Programmed", "PublicNotAllowed");
    expect(await cluster.addresses(refused)).toEqual([]);
    await controlPlane().call("PUT", `/api/v1/namespaces/${other}`, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: other, labels: { public: "yes" } },
    });
    await cluster.served(refused);
  });

  test("limits pools and addresses that may be asked for", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createPool("reserved", { addresses: ["198.51.100.0/28"], autoAssign: false });
    await cluster.createClass("limited", { policy: { pools: ["edge"], ranges: ["192.0.2.0/28"] } });
    const spec = { loadBalancerClass: "fairlead.io/limited" };
    const reasons = {
      PoolNotAllowed: { "fairlead.io/address-pool": "reserved" },
      AddressNotAllowed: { "fairlead.io/addresses": "192.0.2.100" },
    };
    for (const [reason, annotations] of Object.entries(reasons)) {
      const name = reason.toLowerCase();
      await cluster.createService(namespace, name, { spec, annotations });
      const told = await cluster.condition(services, { namespace, name }, "fairlead.io/Programmed", reason);
      expect(told.message).toContain('class "limited"');
    }
    await cluster.createService(namespace, "auto", { spec });
    const [address = ""] = await cluster.served({ namespace, name: "auto" });
    expect(address).toMatch(/^192\.0\.2\.\d$|^192\.0\.2\.1[0-5]$/);
    // An edit asks anew.
    await annotate({ namespace, name: "auto" }, { "fairlead.io/addresses": "192.0.2.100" });
    const told = await cluster.condition(
      services,
      { namespace, name: "auto" },
      "fairlead.io/Degraded",
      "SpecRefused",
    );
    expect(told.message).toContain("does not allow the address 192.0.2.100");
    expect(await cluster.addresses({ namespace, name: "auto" })).toEqual([address]);
  });

  test("limits how many there are: a freed place goes to the next oldest, a raised limit lets more in", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createClass("few", { policy: { maxLoadBalancers: { perNamespace: 2 } } });
    const spec = { loadBalancerClass: "fairlead.io/few" };
    const ref = (name: string) => ({ namespace, name });
    for (const name of ["a", "b"]) {
      await cluster.createService(namespace, name, { spec });
      await cluster.served(ref(name));
    }
    // Of one second of creation, the name decides.
    for (const name of ["e", "d", "c"]) await cluster.createService(namespace, name, { spec });
    for (const name of ["c", "d", "e"]) {
      const told = await cluster.condition(
        services,
        ref(name),
        "fairlead.io/Programmed",
        "TooManyLoadBalancers",
      );
      expect(told.message).toContain("2");
    }
    const ages = await Promise.all(
      ["c", "d", "e"].map(async (name) => {
        const { creationTimestamp } = (await cluster.service(ref(name))).metadata;
        return { name, order: `${creationTimestamp} ${name}` };
      }),
    );
    const [next, second, last] = ages.sort((a, b) => (a.order < b.order ? -1 : 1)).map(({ name }) => name);
    await cluster.remove(services, ref("a"));
    await cluster.served(ref(next ?? ""));
    expect(await cluster.addresses(ref(second ?? ""))).toEqual([]);
    await restart();
    await cluster.edit(
      loadBalancerClasses,
      { name: "few" },
      { spec: { policy: { maxLoadBalancers: { perNamespace: 3 } } } },
    );
    await cluster.served(ref(second ?? ""));
    await cluster.condition(services, ref(last ?? ""), "fairlead.io/Programmed", "TooManyLoadBalancers");
    // Lowered: who has a place keeps it.
    await cluster.edit(
      loadBalancerClasses,
      { name: "few" },
      { spec: { policy: { maxLoadBalancers: { perNamespace: 1 } } } },
    );
    await restart();
    await cluster.createService(namespace, "marker", { spec: metal });
    await cluster.served(ref("marker"));
    for (const name of ["b", next ?? "", second ?? ""])
      expect(await cluster.addresses(ref(name))).toHaveLength(1);
    expect(await conditionsOf(ref("b"))).toEqual(["Programmed Programmed"]);
  });

  test("that is tightened flags what exists, revokes nothing, and stands in the way of no other edit", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "flagged" };
    await cluster.createClass("tightening", { defaults: { scheme: "external" } });
    await cluster.createService(namespace, "flagged", {
      spec: { loadBalancerClass: "fairlead.io/tightening" },
    });
    const held = await cluster.served(ref);
    await cluster.edit(
      loadBalancerClasses,
      { name: "tightening" },
      { spec: { policy: { external: { from: "None" } } } },
    );
    const told = await cluster.condition(services, ref, "fairlead.io/Degraded", "PublicNotAllowed");
    expect(told.message).toContain("no external load balancer");
    await cluster.edit(services, ref, { spec: { ports: [{ name: "p", port: 8080, protocol: "TCP" }] } });
    await eventually(async () => {
      expect((await cluster.loadBalancer(ref)).status?.ports).toEqual([{ port: 8080, protocol: "TCP" }]);
    }, "the edit is followed");
    await restart();
    await cluster.createService(namespace, "marker", { spec: metal });
    await cluster.served({ namespace, name: "marker" });
    expect(await cluster.addresses(ref)).toEqual(held);
  });
});

describe("a LoadBalancer that is written by hand", () => {
  const byHand = (namespace: string, name: string, spec: object = {}) =>
    cluster.client.create(loadBalancers, {
      apiVersion: "fairlead.io/v1alpha1",
      kind: "LoadBalancer",
      metadata: { name, namespace },
      spec: {
        className: "by-hand",
        scheme: "internal",
        ports: [{ port: 80, protocol: "TCP" }],
        ipFamilies: ["IPv4"],
        ...spec,
      },
    } as unknown as LoadBalancer);

  test("is served where the class allows it, and an edit that is refused leaves the accepted spec in force", async () => {
    const [allowed, other] = [await testNamespace(controlPlane()), await testNamespace(controlPlane())];
    await cluster.createClass("by-hand", {
      policy: { handWritten: { from: "Selected", namespaces: [allowed] }, pools: ["edge"] },
    });
    await byHand(other, "refused");
    const told = await cluster.condition(
      loadBalancers,
      { namespace: other, name: "refused" },
      "Accepted",
      "HandWrittenNotAllowed",
    );
    expect(told.message).toContain(`in namespace "${other}"`);
    await byHand(allowed, "own");
    const ref = { namespace: allowed, name: "own" };
    await cluster.condition(loadBalancers, ref, "Programmed", "Programmed");
    const before = (await cluster.loadBalancer(ref)).status;
    expect(before?.acceptedSpec).toMatchObject({ ports: [{ port: 80, protocol: "TCP" }] });

    await cluster.edit(loadBalancers, ref, {
      spec: { pool: "reserved", ports: [{ port: 443, protocol: "TCP" }] },
    });
    await cluster.condition(loadBalancers, ref, "Degraded", "SpecRefused");
    await cluster.condition(loadBalancers, ref, "Accepted", "PoolNotAllowed");
    await restart();
    await byHand(allowed, "marker");
    await cluster.condition(
      loadBalancers,
      { namespace: allowed, name: "marker" },
      "Programmed",
      "Programmed",
    );
    const kept = (await cluster.loadBalancer(ref)).status;
    expect(kept?.addresses).toEqual(before?.addresses);
    expect(kept?.ports).toEqual([{ port: 80, protocol: "TCP" }]);

    await cluster.edit(loadBalancers, ref, { spec: { pool: null } });
    await cluster.condition(loadBalancers, ref, "Accepted", "Accepted");
    await eventually(async () => {
      expect((await cluster.loadBalancer(ref)).status?.ports).toEqual([{ port: 443, protocol: "TCP" }]);
    }, "the repaired edit is in force");

    await cluster.edit(
      loadBalancerClasses,
      { name: "by-hand" },
      { spec: { policy: { handWritten: { from: "None", namespaces: null } } } },
    );
    await cluster.condition(loadBalancers, ref, "Degraded", "HandWrittenNotAllowed");
    await cluster.edit(loadBalancers, ref, { spec: { ports: [{ port: 8443, protocol: "TCP" }] } });
    await eventually(async () => {
      expect((await cluster.loadBalancer(ref)).status).toMatchObject({
        addresses: before?.addresses,
        ports: [{ port: 8443, protocol: "TCP" }],
        acceptedSpec: { ports: [{ port: 8443, protocol: "TCP" }] },
      });
    }, "other edits are followed under a tightened policy");
    await cluster.remove(loadBalancers, ref);
    await cluster.gone(loadBalancers, ref);
  });

  test("with settings that its provider does not know says so", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createClass("by-hand-anywhere", { policy: { handWritten: { from: "All" } } });
    await byHand(namespace, "odd", { className: "by-hand-anywhere", settings: { crossZone: true } });
    const told = await cluster.condition(
      loadBalancers,
      { namespace, name: "odd" },
      "Accepted",
      "InvalidSettings",
    );
    expect(told.message).toContain("crossZone");
  });
});

describe("a class", () => {
  test("in use can't be deleted: it says so, serves on, and goes after its last user", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "user" };
    await cluster.createClass("used", { aliases: ["example.org/used"] });
    await cluster.createService(namespace, "user", { spec: { loadBalancerClass: "example.org/used" } });
    const held = await cluster.served(ref);
    await cluster.remove(loadBalancerClasses, { name: "used" });
    const told = await cluster.condition(loadBalancerClasses, { name: "used" }, "Degraded", "InUse");
    expect(told.message).toContain("1 load balancer uses it");
    await cluster.edit(services, ref, { spec: { ports: [{ name: "p", port: 81, protocol: "TCP" }] } });
    await eventually(async () => {
      expect((await cluster.loadBalancer(ref)).status?.ports).toEqual([{ port: 81, protocol: "TCP" }]);
    }, "it is served on");
    expect(await cluster.addresses(ref)).toEqual(held);
    await cluster.remove(services, ref);
    await cluster.gone(loadBalancerClasses, { name: "used" });
  });

  test("that was deleted takes nothing new, and goes after those that it had", async () => {
    const namespace = await testNamespace(controlPlane());
    const [old, late] = [
      { namespace, name: "old" },
      { namespace, name: "late" },
    ];
    const spec = { loadBalancerClass: "fairlead.io/going" };
    await cluster.createClass("going");
    await cluster.createService(namespace, "old", { spec });
    const held = await cluster.served(old);
    await cluster.remove(loadBalancerClasses, { name: "going" });
    await cluster.condition(loadBalancerClasses, { name: "going" }, "Degraded", "InUse");
    await cluster.createService(namespace, "late", { spec });
    const told = await cluster.condition(services, late, "fairlead.io/Programmed", "ClassDeleted");
    expect(told.message).toContain("takes nothing new");
    await cluster.gone(loadBalancers, late);
    expect(await cluster.addresses(old)).toEqual(held);
    await cluster.remove(services, old);
    await cluster.gone(loadBalancerClasses, { name: "going" });
    await cluster.condition(services, late, "fairlead.io/Programmed", "ClassNotFound");
    await cluster.createClass("going");
    await cluster.served(late);
  });

  test("keeps its provider", async () => {
    await expect(
      cluster.edit(loadBalancerClasses, { name: "metal" }, { spec: { provider: "example.com/other" } }),
    ).rejects.toThrow("create another class for another provider");
  });

  test("with settings that are refused is not accepted, and neither is what asks for it; repaired, both are", async () => {
    const namespace = await testNamespace(controlPlane());
    const ref = { namespace, name: "early" };
    await cluster.createClass("wrong", { settings: { region: "here" } });
    const told = await cluster.condition(
      loadBalancerClasses,
      { name: "wrong" },
      "Accepted",
      "InvalidSettings",
    );
    expect(told.message).toContain("spec.settings.region");
    await cluster.createService(namespace, "early", { spec: { loadBalancerClass: "fairlead.io/wrong" } });
    await cluster.condition(services, ref, "fairlead.io/Programmed", "ClassNotAccepted");
    await cluster.edit(loadBalancerClasses, { name: "wrong" }, { spec: { settings: null } });
    const held = await cluster.served(ref);

    await cluster.edit(
      loadBalancerClasses,
      { name: "wrong" },
      {
        spec: { settings: { zone: "x" }, defaults: { frontends: ["internal", "external"] } },
      },
    );
    const edited = await cluster.condition(
      loadBalancerClasses,
      { name: "wrong" },
      "Accepted",
      "InvalidSettings",
    );
    expect(edited.message).toContain("what was accepted before stays in force");
    await restart();
    await cluster.createService(namespace, "new", { spec: { loadBalancerClass: "fairlead.io/wrong" } });
    expect(await cluster.served({ namespace, name: "new" })).toHaveLength(1);
    expect(await cluster.addresses(ref)).toEqual(held);
  });

  test("whose provider runs elsewhere is left to it", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createClass("elsewhere", { provider: "example.com/lab" });
    await cluster.condition(loadBalancerClasses, { name: "elsewhere" }, "Accepted", "ExternalController");
    await cluster.createService(namespace, "theirs", {
      spec: { loadBalancerClass: "fairlead.io/elsewhere" },
    });
    const lb = await eventually(
      () => cluster.loadBalancer({ namespace, name: "theirs" }),
      "the LoadBalancer is made",
    );
    expect(lb.status).toBeUndefined();
    await cluster.client.patch(
      loadBalancers,
      { namespace, name: "theirs" },
      {
        status: {
          addresses: [{ ip: "203.0.113.77" }],
          conditions: [
            {
              type: "Programmed",
              status: "True",
              reason: "Programmed",
              message: "",
              lastTransitionTime: "2026-01-01T00:00:00Z",
            },
          ],
        },
      },
      { type: "merge", subresource: "status", fieldManager: "lab" },
    );
    await cluster.served({ namespace, name: "theirs" }, ["203.0.113.77"]);
  });
});

describe("bad input", () => {
  const long = "x".repeat(64 * 1024);
  const cases: Record<string, { input: ServiceInput; type: string; reason: string }> = {
    "octal-looking": {
      input: { annotations: { "fairlead.io/addresses": "192.0.02.1" } },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    "mapped-v6": {
      input: { annotations: { "fairlead.io/addresses": "::ffff:192.0.2.1" } },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    zoned: {
      input: { annotations: { "fairlead.io/addresses": "fe80::1%eth0" } },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    "three-addresses": {
      input: { annotations: { "fairlead.io/addresses": "192.0.2.1,192.0.2.2,192.0.2.3" } },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    "huge-list": {
      input: { annotations: { "fairlead.io/addresses": Array(4000).fill("192.0.2.1").join(",") } },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    "long-key": {
      input: { annotations: { "fairlead.io/allow-shared-ip": long } },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    unicode: {
      input: { annotations: { "fairlead.io/allow-shared-ip": "k\u202eye\u0000\u200bk\ufeff" } },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    "pool-path": {
      input: { annotations: { "fairlead.io/address-pool": "../../secrets/x" } },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    "no-such-pool": {
      input: { annotations: { "fairlead.io/address-pool": "egde" } },
      type: "Programmed",
      reason: "PoolNotFound",
    },
    outside: {
      input: { annotations: { "fairlead.io/addresses": "10.1.2.3" } },
      type: "Programmed",
      reason: "AddressNotInPool",
    },
    exhausted: {
      input: { annotations: { "fairlead.io/address-pool": "full" } },
      type: "Programmed",
      reason: "PoolExhausted",
    },
    contradiction: {
      input: {
        annotations: { "fairlead.io/addresses": "192.0.2.50" },
        spec: { loadBalancerIP: "192.0.2.51" },
      },
      type: "Programmed",
      reason: "InvalidAnnotation",
    },
    "field-octal": {
      input: { spec: { loadBalancerIP: "192.0.2.08" } },
      type: "Programmed",
      reason: "InvalidSpec",
    },
    "field-name": {
      input: { spec: { loadBalancerIP: "example.com" } },
      type: "Programmed",
      reason: "InvalidSpec",
    },
    misspelt: {
      input: { annotations: { "fairlead.io/adresses": "192.0.2.1" } },
      type: "Degraded",
      reason: "UnknownAnnotation",
    },
    "misspelt-alias": {
      input: { annotations: { "metallb.io/loadbalancerIP": "192.0.2.1" } },
      type: "Degraded",
      reason: "UnknownAnnotation",
    },
    "many-unknown": {
      input: {
        annotations: Object.fromEntries(
          Array.from({ length: 500 }, (_, n) => [`fairlead.io/unknown-${n}`, long.slice(0, 100)]),
        ),
      },
      type: "Degraded",
      reason: "UnknownAnnotation",
    },
    "both-spellings": {
      input: {
        annotations: {
          "metallb.io/address-pool": "edge",
          "metallb.universe.tf/address-pool": "full",
        },
      },
      type: "Degraded",
      reason: "IgnoredAnnotation",
    },
  };

  test("gets a clear condition each, and other Services are served", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createPool("full", { addresses: ["198.51.100.200"], autoAssign: false });
    await cluster.createService(namespace, "first", {
      spec: metal,
      annotations: { "fairlead.io/address-pool": "full" },
    });
    await cluster.served({ namespace, name: "first" });
    for (const [name, { input }] of Object.entries(cases))
      await cluster.createService(namespace, name, { ...input, spec: { ...metal, ...input.spec } });
    await cluster.createService(namespace, "fine", { spec: metal });
    await cluster.served({ namespace, name: "fine" });
    const told: Record<string, string> = {};
    for (const [name, { type, reason }] of Object.entries(cases)) {
      const found = await cluster.condition(services, { namespace, name }, `fairlead.io/${type}`, reason);
      told[name] = found.message;
      expect(found.message.length).toBeLessThan(1025);
      expect(found.message).not.toMatch(/[\p{Cc}\u202e\u200b\ufeff]/u);
    }
    expect(told["octal-looking"]).toBe(
      'annotation fairlead.io/addresses: cannot use "192.0.02.1" (not an IPv4 address: the leading zero of 02 is ambiguous); wanted: one address, or one IPv4 and one IPv6 address, comma separated',
    );
    expect(told["field-octal"]).toContain("the leading zero of 08 is ambiguous");
    expect(told["many-unknown"]).toMatch(/and 49\d more are not known and have no effect/);
    expect(told.misspelt).toContain("did you mean fairlead.io/addresses?");
    expect(told["misspelt-alias"]).toContain("did you mean metallb.io/loadBalancerIPs?");
  });

  test("of pools is refused or told in their conditions, and the pools that are well go on", async () => {
    const malformed = [
      ["192.0.2.0/33"],
      ["::ffff:10.0.0.0/120"],
      ["192.0.02.0/24"],
      ["10.0.0.5-10.0.0.1"],
      ["edge"],
      [],
    ];
    for (const addresses of malformed) {
      await expect(cluster.createPool("malformed", { addresses })).rejects.toThrow("spec.addresses");
    }
    const cases: Record<string, { addresses: string[]; reason: string; says: string }> = {
      overlapping: {
        addresses: ["192.0.2.128/25"],
        reason: "PoolOverlap",
        says: 'it overlaps 192.0.2.0/24 of pool "edge"',
      },
      "twice-inside": {
        addresses: ["10.8.0.0/24", "10.8.0.7"],
        reason: "InvalidRange",
        says: "name each address once",
      },
      loopback: { addresses: ["127.0.0.0/24"], reason: "InvalidRange", says: "loopback" },
      multicast: { addresses: ["224.0.0.0/24"], reason: "InvalidRange", says: "multicast" },
    };
    for (const [name, { addresses, reason, says }] of Object.entries(cases)) {
      await cluster.createPool(name, { addresses });
      const found = await cluster.condition(ipAddressPools, { name }, "Accepted", reason);
      expect(found.message).toContain(says);
    }
    const namespace = await testNamespace(controlPlane());
    await cluster.createService(namespace, "fine", { spec: metal });
    await cluster.served({ namespace, name: "fine" });
  });

  test("a pool whose edit is refused keeps what it had", async () => {
    const namespace = await testNamespace(controlPlane());
    await cluster.createPool("edited", { addresses: ["10.7.0.0/30"], autoAssign: false });
    await cluster.condition(ipAddressPools, { name: "edited" }, "Accepted", "Accepted");
    await cluster.edit(
      ipAddressPools,
      { name: "edited" },
      { spec: { addresses: ["192.0.2.0/25"], autoAssign: true } },
    );
    const told = await cluster.condition(ipAddressPools, { name: "edited" }, "Accepted", "PoolOverlap");
    expect(told.message).toContain("stays in force");
    await restart();
    await cluster.createService(namespace, "user", {
      spec: metal,
      annotations: { "fairlead.io/address-pool": "edited" },
    });
    await cluster.served({ namespace, name: "user" }, ["10.7.0.1"]);
  });
});
