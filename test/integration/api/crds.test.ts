import { beforeAll, describe, expect, test } from "@jest/globals";
import { ipAddressPools } from "../../../src/api/ip-address-pool.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../../src/api/load-balancer-class.ts";
import type { KubeObject, Resource } from "../../../src/api/meta.ts";
import { parseIPAddressPool, parseLoadBalancer, parseLoadBalancerClass } from "../../../src/api/parse.ts";
import type { ApiError } from "../../../src/runtime/kube/api-error.ts";
import { createKubeClient, type KubeClient } from "../../../src/runtime/kube/client.ts";
import { accepted } from "../../objects/accepted.ts";
import { aClass, aLoadBalancer, aPool, type Manifest } from "../../objects/build.ts";
import { refused } from "../../objects/refused.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { installCrds, type Kubectl, kubectlFor } from "./installed.ts";

const controlPlane = ownControlPlane();
let kubectl: Kubectl;
let client: KubeClient;
let installation: { stdout: string; stderr: string };

beforeAll(async () => {
  kubectl = await kubectlFor(controlPlane());
  installation = await installCrds(kubectl);
  client = createKubeClient(await controlPlane().connection());
  return () => client.close();
});

const resources: Record<string, Resource> = {
  LoadBalancerClass: loadBalancerClasses,
  LoadBalancer: loadBalancers,
  IPAddressPool: ipAddressPools,
};

const parsers: Record<string, (object: unknown) => unknown> = {
  LoadBalancerClass: parseLoadBalancerClass,
  LoadBalancer: parseLoadBalancer,
  IPAddressPool: parseIPAddressPool,
};

function resourceOf(object: Manifest): Resource {
  const resource = resources[object.kind];
  if (resource === undefined) throw new Error(`No resource of kind ${object.kind}`);
  return resource;
}

function inNamespace(object: Manifest): KubeObject & { spec: unknown } {
  if (!resourceOf(object).namespaced) return object;
  return { ...object, metadata: { ...object.metadata, namespace: "default" } };
}

const create = (object: Manifest, dryRun = false) =>
  client.create(resourceOf(object), inNamespace(object), dryRun ? { dryRun: true } : {});

/** What the API server objects to, as `field: message`. */
async function objections(attempt: Promise<unknown>): Promise<string[]> {
  try {
    await attempt;
    return [];
  } catch (error) {
    return ((error as ApiError).details?.causes ?? []).map(({ field, message }) => `${field}: ${message}`);
  }
}

test("the CRDs install without a warning", () => {
  expect(installation.stderr).toBe("");
  expect(installation.stdout.trim().split("\n")).toHaveLength(Object.keys(resources).length);
});

describe("the API server", () => {
  test.each(accepted)("takes $what, and fills in what offline checks fill in", async ({ object }) => {
    const { spec } = (await create(object, true)) as KubeObject & { spec: unknown };
    expect(parsers[object.kind]?.(object)).toMatchObject({ ok: true, value: { spec } });
  });

  test.each(refused)("refuses, for $because", async (row) => {
    const { object, field, message, serverMessage, serverField = field } = row;
    const found = await objections(create(object, true));
    const blamed = serverField === "" ? "<nil>" : serverField;
    const ours = found.filter((text) => text.startsWith(`${blamed}: `));
    expect(ours.join("\n")).toContain(serverMessage ?? message);
  });

  test("shows unknown fields to whoever wants to be strict", async () => {
    const strict = kubectl(
      "create",
      "--validate=strict",
      "--dry-run=server",
      "-o=name",
      "-f",
      "test/objects/misspelt.yaml",
    );
    await expect(strict).rejects.toMatchObject({
      stderr: expect.stringContaining('unknown field "spec.adresses"'),
    });
  });
});

describe("what can't change any more", () => {
  const owned = { serviceRef: { name: "web", uid: "one" } };
  const changes: [what: string, before: Manifest, after: Manifest, field: string, message: string][] = [
    [
      "the provider of a class",
      aClass(),
      aClass({ provider: "other" }),
      "spec.provider",
      "is immutable: create another class for another provider",
    ],
    [
      "the class of a load balancer",
      aLoadBalancer(),
      aLoadBalancer({ className: "other" }),
      "spec.className",
      "is immutable: delete the object and create it with the other class",
    ],
    ...(
      [
        ["the Service of a load balancer", owned, { serviceRef: { name: "web", uid: "two" } }],
        ["that a load balancer has a Service", owned, {}],
        ["that a load balancer has none", {}, owned],
      ] as const
    ).map(([what, before, after]): [string, Manifest, Manifest, string, string] => [
      what,
      aLoadBalancer(before),
      aLoadBalancer(after),
      "spec.serviceRef",
      "is immutable: a LoadBalancer belongs to the same Service, or to none, for all its life",
    ]),
  ];

  test.each(changes)("%s", async (_what, before, after, field, message) => {
    const resource = resourceOf(before);
    const named = { ...before, metadata: { name: "immutable" } };
    const { metadata } = await create(named);
    const ref = { name: "immutable", namespace: metadata.namespace };
    const changed = { ...inNamespace(after), metadata };
    const found = await objections(client.replace(resource, changed));
    await client.delete(resource, ref);
    expect(found.join("\n")).toContain(`${field}: `);
    expect(found.join("\n")).toContain(message);
  });
});

describe("kubectl get", () => {
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastTransitionTime: "2026-01-01T00:00:00Z",
  });

  async function withStatus(object: Manifest, status: object): Promise<void> {
    const { metadata } = await create(object);
    const ref = { name: object.metadata.name, namespace: metadata.namespace };
    await client.patch(resourceOf(object), ref, { status }, { type: "merge", subresource: "status" });
  }

  /** The table as kubectl prints it: one record for each row. */
  async function table(...args: string[]): Promise<Record<string, string>[]> {
    const { stdout } = await kubectl("get", ...args);
    const [head = "", ...rows] = stdout.trimEnd().split("\n");
    const starts = [...head.matchAll(/\S+/g)].map(({ 0: name, index }) => ({ name, index }));
    return rows.map((row) =>
      Object.fromEntries(
        starts.map(({ name, index }, n) => [name, row.slice(index, starts[n + 1]?.index).trim()]),
      ),
    );
  }

  beforeAll(async () => {
    await withStatus(aClass({ default: true }, "shown"), {
      loadBalancers: 2,
      conditions: [condition("Accepted", "True", "Accepted", "")],
    });
    await withStatus(aPool({}, "shown"), {
      assignedIPv4: 3,
      availableIPv4: 251,
      assignedIPv6: 0,
      availableIPv6: Number.MAX_SAFE_INTEGER,
      conditions: [condition("Accepted", "False", "PoolOverlap", "192.0.2.0/28 is in pool other")],
    });
    await withStatus(aLoadBalancer({ serviceRef: { name: "web", uid: "u" } }, "works"), {
      addresses: [{ ip: "192.0.2.1" }, { ip: "2001:db8::1" }],
      conditions: [
        condition("Accepted", "True", "Accepted", ""),
        condition("Programmed", "True", "Programmed", ""),
        condition("Degraded", "True", "UnknownAnnotation", "did you mean something else?"),
      ],
    });
    await withStatus(aLoadBalancer({}, "named"), { addresses: [{ hostname: "lb.example.com" }] });
    await withStatus(aLoadBalancer({}, "waits"), {
      conditions: [
        condition("Degraded", "False", "AsExpected", ""),
        condition("Programmed", "False", "PoolExhausted", "all 254 addresses of edge are taken"),
      ],
    });
  });

  test("shows of load balancers whether they work, where, and why not", async () => {
    const rows = await table("lb");
    expect(rows).toEqual([
      expect.objectContaining({ NAME: "named", PROGRAMMED: "", ADDRESS: "lb.example.com", SERVICE: "" }),
      expect.objectContaining({ NAME: "waits", PROGRAMMED: "False", ADDRESS: "", REASON: "PoolExhausted" }),
      expect.objectContaining({
        NAME: "works",
        PROGRAMMED: "True",
        ADDRESS: "192.0.2.1",
        CLASS: "metal",
        SERVICE: "web",
        SCHEME: "internal",
        REASON: "Programmed",
      }),
    ]);
    expect(Object.keys(rows[0] ?? {})).toEqual(
      "NAME PROGRAMMED ADDRESS CLASS SERVICE SCHEME REASON AGE".split(" "),
    );
  });

  test("shows more of them with -o wide", async () => {
    const [, waits, works] = await table("loadbalancers", "-o", "wide");
    expect(waits).toMatchObject({ MESSAGE: "all 254 addresses of edge are taken", DEGRADED: "AsExpected" });
    expect(works).toMatchObject({ SECOND: "2001:db8::1", DEGRADED: "UnknownAnnotation" });
  });

  test("shows of pools how many addresses are free", async () => {
    expect(await table("lbpool", "-o", "wide")).toEqual([
      expect.objectContaining({
        NAME: "shown",
        ACCEPTED: "False",
        FREEIPV4: "251",
        USEDIPV4: "3",
        FREEIPV6: "9007199254740991",
        USEDIPV6: "0",
        AUTO: "true",
        REASON: "PoolOverlap",
        ADDRESSES: '["192.0.2.0/24"]',
        MESSAGE: "192.0.2.0/28 is in pool other",
      }),
    ]);
  });

  test("shows of classes who serves them", async () => {
    expect(await table("lbclass")).toEqual([
      expect.objectContaining({
        NAME: "shown",
        ACCEPTED: "True",
        PROVIDER: "bare-metal",
        DEFAULT: "true",
        LOADBALANCERS: "2",
        REASON: "Accepted",
      }),
    ]);
  });

  test("shows all of our kinds under one name", async () => {
    const { stdout } = await kubectl("get", "fairlead", "-o", "name");
    expect(stdout.trim().split("\n").toSorted()).toEqual([
      "ipaddresspool.fairlead.io/shown",
      "loadbalancer.fairlead.io/named",
      "loadbalancer.fairlead.io/waits",
      "loadbalancer.fairlead.io/works",
      "loadbalancerclass.fairlead.io/shown",
    ]);
  });
});
