import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { announcers } from "../../../src/api/announcer.ts";
import { l2Advertisements } from "../../../src/api/l2-advertisement.ts";
import { kinds } from "../../../src/api/manifests/kinds.ts";
import type { KubeObject, Resource } from "../../../src/api/meta.ts";
import type { ApiError } from "../../../src/runtime/kube/api-error.ts";
import { createKubeClient, type KubeClient } from "../../../src/runtime/kube/client.ts";
import { accepted } from "../../objects/accepted.ts";
import { aFullAnnouncer, anAnnouncer } from "../../objects/announcer.ts";
import {
  aBFDProfile,
  aBGPAdvertisement,
  aBGPPeer,
  aClass,
  aCommunity,
  aLoadBalancer,
  anL2Advertisement,
  aPool,
  type Manifest,
} from "../../objects/build.ts";
import { parse } from "../../objects/parsers.ts";
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
});
afterAll(() => client.close());

function resourceOf(object: Manifest): Resource {
  const kind = kinds.find(({ resource }) => resource.kind === object.kind);
  if (kind === undefined) throw new Error(`No resource of kind ${object.kind}`);
  return kind.resource;
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
  expect(installation.stdout.trim().split("\n")).toHaveLength(kinds.length);
});

describe("the API server", () => {
  test.each(accepted)("takes $what, and fills in what offline checks fill in", async ({ object }) => {
    const { spec } = (await create(object, true)) as KubeObject & { spec: unknown };
    expect(parse(object)).toMatchObject({ ok: true, value: { spec } });
  });

  test.each(refused)("refuses, for $because", async (row) => {
    const { object, field, message, serverMessage, serverField = field } = row;
    const found = await objections(create(object, true));
    const blamed = serverField === "" ? "<nil>" : serverField;
    const ours = found.filter((text) => text.startsWith(`${blamed}: `));
    expect(ours.join("\n")).toContain(serverMessage ?? message);
  });

  test("takes a kind whose spec may be empty without any", async () => {
    const { spec: _, ...bare } = anL2Advertisement();
    const made = client.create<KubeObject>(l2Advertisements as Resource, bare, { dryRun: true });
    await expect(made).resolves.toMatchObject({ spec: {} });
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

describe("an Announcer", () => {
  const write = { type: "merge", subresource: "status" } as const;
  const full = aFullAnnouncer();

  beforeAll(async () => {
    await client.create(announcers, anAnnouncer("full"));
  });
  afterAll(() => client.delete(announcers, { name: "full" }));

  test("has room for thousands of addresses and routes, all of which are kept", async () => {
    await client.patch(announcers, { name: "full" }, { status: full }, write);
    await expect(client.get(announcers, { name: "full" })).resolves.toMatchObject({ status: full });
  });

  test.each([
    ["addresses", { addresses: [...(full.addresses ?? []), ...(full.addresses ?? []).slice(0, 1)] }],
    ["state", { state: "ready" }],
    ["incarnation", { incarnation: null }],
    ["interfaces[0].name", { interfaces: [{ name: "a/b", up: true }] }],
    ["bgp.sessions[0].state", { bgp: { sessions: [{ peer: "a", state: "Up", prefixes: 0 }] } }],
  ])("is refused what %s can't be", async (field, part) => {
    const status = { ...full, addresses: [], ...part };
    const found = await objections(client.patch(announcers, { name: "full" }, { status }, write));
    expect(found.join("\n")).toContain(`status.${field}: `);
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
    const inForce = { conditions: [condition("Accepted", "True", "Accepted", "")] };
    const twoOfThree = { pools: 2, nodes: 3 };
    await withStatus(anL2Advertisement({ interfaces: ["eth0"] }, "shown"), { ...inForce, ...twoOfThree });
    await withStatus(aBGPAdvertisement({}, "shown"), { ...inForce, ...twoOfThree, peers: 1 });
    await withStatus(aBGPPeer({ bfdProfile: "fast" }, "shown"), {
      sessions: "2/3",
      conditions: [
        ...inForce.conditions,
        condition("Established", "False", "PeerDown", "no session on node node3"),
      ],
    });
    await withStatus(aBFDProfile({}, "shown"), { ...inForce, peers: 1 });
    await withStatus(aCommunity({}, "shown"), inForce);
    await client.create(announcers, anAnnouncer("shown"));
    const status = {
      incarnation: 1,
      version: "1.2.3",
      state: "Ready",
      announcing: 12,
      conditions: [condition("Ready", "True", "Ready", "")],
    };
    await client.patch(announcers, { name: "shown" }, { status }, { type: "merge", subresource: "status" });
  });

  const announcing: [string, Record<string, string>][] = [
    ["lbl2", { ACCEPTED: "True", POOLS: "2", NODES: "3", INTERFACES: '["eth0"]', REASON: "Accepted" }],
    ["lbbgp", { ACCEPTED: "True", POOLS: "2", NODES: "3", PEERS: "1", REASON: "Accepted" }],
    [
      "lbpeer",
      {
        ACCEPTED: "True",
        ESTABLISHED: "False",
        SESSIONS: "2/3",
        ADDRESS: "192.0.2.1",
        ASN: "64501",
        MYASN: "64500",
        BFD: "fast",
        MISSING: "no session on node node3",
      },
    ],
    ["lbbfd", { ACCEPTED: "True", RECEIVE: "300", TRANSMIT: "300", MULTIPLIER: "3", PEERS: "1" }],
    ["lbcommunity", { ACCEPTED: "True", COMMUNITIES: '[{"name":"backup","value":"64500:1"}]' }],
    ["lbannouncer", { READY: "True", STATE: "Ready", ANNOUNCING: "12", VERSION: "1.2.3", REASON: "Ready" }],
  ];

  test.each(announcing)("shows of %s what it does", async (shortName, columns) => {
    expect(await table(shortName, "-o", "wide")).toEqual([
      expect.objectContaining({ NAME: "shown", ...columns }),
    ]);
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
      "announcer.fairlead.io/shown",
      "bfdprofile.fairlead.io/shown",
      "bgpadvertisement.fairlead.io/shown",
      "bgppeer.fairlead.io/shown",
      "community.fairlead.io/shown",
      "ipaddresspool.fairlead.io/shown",
      "l2advertisement.fairlead.io/shown",
      "loadbalancer.fairlead.io/named",
      "loadbalancer.fairlead.io/waits",
      "loadbalancer.fairlead.io/works",
      "loadbalancerclass.fairlead.io/shown",
    ]);
  });
});
