import { describe, expect, test } from "@jest/globals";
import type { IPAddressPool } from "../../../../src/api/ip-address-pool.ts";
import type { Namespace, Node, NodeAddress, Service } from "../../../../src/api/kubernetes.ts";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import type { LoadBalancerClass } from "../../../../src/api/load-balancer-class.ts";
import { parseIPAddressPool, parseLoadBalancerClass } from "../../../../src/api/parse.ts";
import { cloudItself } from "../../../../src/controllers/offline/cloud-view.ts";
import {
  type ObjectsPlan,
  type PlanObjectsOptions,
  planObjects,
} from "../../../../src/controllers/offline/plan-objects.ts";
import { createBareMetal } from "../../../../src/providers/bare-metal/index.ts";
import type { GraphProvider, Provider } from "../../../../src/providers/provider.ts";

const apiVersion = "fairlead.io/v1alpha1";

function metal(spec: object = {}, name = "metal"): LoadBalancerClass {
  const written = { apiVersion, kind: "LoadBalancerClass", metadata: { name } };
  const parsed = parseLoadBalancerClass({
    ...written,
    spec: { provider: "bare-metal", default: true, ...spec },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

function pool(addresses: string[], name = "edge"): IPAddressPool {
  const parsed = parseIPAddressPool({
    apiVersion,
    kind: "IPAddressPool",
    metadata: { name },
    spec: { addresses },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

function service(name: string, o: { metadata?: object; spec?: object } = {}): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "shop", ...o.metadata },
    spec: { type: "LoadBalancer", ports: [{ port: 80 }], ...o.spec },
  };
}

interface Some {
  readonly classes?: LoadBalancerClass[];
  readonly pools?: IPAddressPool[];
  readonly services?: Service[];
  readonly namespaces?: Namespace[];
  readonly nodes?: Node[];
  readonly loadBalancers?: LoadBalancer[];
}

function plan(
  some: Some,
  providers: readonly Provider[] = [createBareMetal()],
  o: Partial<PlanObjectsOptions> = {},
): Promise<ObjectsPlan> {
  return planObjects(
    {
      classes: some.classes ?? [metal()],
      pools: some.pools ?? [pool(["192.0.2.0/28"])],
      services: some.services ?? [],
      namespaces: some.namespaces ?? [],
      nodes: some.nodes ?? [],
      loadBalancers: some.loadBalancers ?? [],
    },
    { providers, signal: new AbortController().signal, nowMs: Date.parse("2026-01-01T00:00:00Z"), ...o },
  );
}

const rows = ({ loadBalancers }: ObjectsPlan) =>
  loadBalancers.map(({ change, lb }) => [
    change,
    lb.metadata.name,
    (lb.status?.addresses ?? []).map(({ ip }) => ip).join(),
    lb.status?.conditions?.find(({ type }) => type === "Programmed")?.reason,
  ]);

describe("Services without age", () => {
  test("get addresses in the order in which they stand, whatever their names", async () => {
    expect(rows(await plan({ services: [service("b"), service("c"), service("a")] }))).toEqual([
      ["create", "b", "192.0.2.1", "Programmed"],
      ["create", "c", "192.0.2.2", "Programmed"],
      ["create", "a", "192.0.2.3", "Programmed"],
    ]);
  });

  test("come after those with an age", async () => {
    const old = service("old", { metadata: { creationTimestamp: "2026-01-01T00:00:00Z", uid: "u" } });
    const planned = rows(await plan({ pools: [pool(["192.0.2.1/32"])], services: [service("new"), old] }));
    expect(planned).toEqual([
      ["create", "old", "192.0.2.1", "Programmed"],
      ["create", "new", "", "PoolExhausted"],
    ]);
  });
});

test("addresses of nodes, and no others of what they report, are given to nobody, and the pool says so", async () => {
  const addresses: NodeAddress[] = [
    { type: "Hostname", address: "192.0.2.1" },
    { type: "InternalIP", address: "192.0.2.2" },
    { type: "ExternalIP", address: "192.0.2.3" },
    { type: "ExternalIP", address: "not an address" },
  ];
  const node: Node = { apiVersion: "v1", kind: "Node", metadata: { name: "n" }, status: { addresses } };
  const planned = await plan({ nodes: [node], services: [service("a"), service("b")] });
  expect(rows(planned)).toEqual([
    ["create", "a", "192.0.2.1", "Programmed"],
    ["create", "b", "192.0.2.4", "Programmed"],
  ]);
  const told = planned.pools[0]?.status?.conditions?.find(({ type }) => type === "Degraded");
  expect(told?.message).toContain('192.0.2.2 of node "n", 192.0.2.3 of node "n"; take');
});

describe("what exists", () => {
  const existing = async (): Promise<LoadBalancer[]> => {
    const first = await plan({ services: [service("a"), service("b")] });
    return first.loadBalancers.map(({ lb }) => lb);
  };

  test("is kept as it is: planning what was planned changes nothing", async () => {
    const loadBalancers = await existing();
    const again = await plan({ services: [service("a"), service("b")], loadBalancers });
    expect(rows(again)).toEqual([
      ["keep", "a", "192.0.2.1", "Programmed"],
      ["keep", "b", "192.0.2.2", "Programmed"],
    ]);
    expect(again.loadBalancers.map(({ lb }) => lb.spec)).toEqual(loadBalancers.map(({ spec }) => spec));
  });

  test("has its address before anything new, wherever that stands", async () => {
    const loadBalancers = await existing();
    const planned = await plan({
      services: [service("new"), service("b"), service("a")],
      loadBalancers,
    });
    expect(
      rows(planned)
        .map(([, name, address]) => `${name} ${address}`)
        .sort(),
    ).toEqual(["a 192.0.2.1", "b 192.0.2.2", "new 192.0.2.3"]);
  });

  test("is deleted when its Service is no load balancer any more, and its address is free", async () => {
    const loadBalancers = await existing();
    const planned = await plan({
      services: [service("a", { spec: { type: "ClusterIP" } }), service("b"), service("new")],
      loadBalancers,
    });
    expect(rows(planned)).toEqual([
      ["keep", "b", "192.0.2.2", "Programmed"],
      ["create", "new", "192.0.2.3", "Programmed"],
      ["delete", "a", "192.0.2.1", "Programmed"],
    ]);
  });

  test("stays with its address when its pool is gone, and says so", async () => {
    const planned = await plan({
      services: [service("a")],
      pools: [],
      loadBalancers: (await existing()).slice(0, 1),
    });
    expect(rows(planned)).toEqual([["keep", "a", "192.0.2.1", "Programmed"]]);
    const degraded = planned.loadBalancers[0]?.lb.status?.conditions?.find(({ type }) => type === "Degraded");
    expect(degraded).toMatchObject({ status: "True", reason: "AddressOutsidePool" });
  });
});

test("a Service of another class is left alone, with the reason", async () => {
  const other = service("web", { spec: { loadBalancerClass: "example.com/lb" } });
  const planned = await plan({ services: [other] });
  expect(planned.loadBalancers).toEqual([]);
  expect(planned.services[0]?.decision).toEqual({
    do: "ignore",
    why: expect.stringContaining("example.com/lb"),
  });
});

test("a class's maximum counts, and who comes first is served", async () => {
  const classes = [metal({ policy: { maxLoadBalancers: { total: 1 } } })];
  const planned = await plan({ classes, services: [service("a"), service("b")] });
  expect(rows(planned)).toEqual([
    ["create", "a", "192.0.2.1", "Programmed"],
    ["create", "b", "", "TooManyLoadBalancers"],
  ]);
  expect(planned.classes[0]?.status?.loadBalancers).toBe(2);
});

test("a name that another load balancer has gets the beginning of the UID appended", async () => {
  const [taken] = (await plan({ services: [service("a")] })).loadBalancers;
  if (taken === undefined) throw new Error("nothing was planned");
  const { serviceRef: _, ...spec } = taken.lb.spec;
  const byHand = { ...taken.lb, spec, status: undefined };
  const metadata = { uid: "0123456789abcdef" };
  const planned = await plan({ services: [service("a", { metadata })], loadBalancers: [byHand] });
  const names = new Set(planned.loadBalancers.map(({ lb }) => lb.metadata.name));
  expect(names).toEqual(new Set(["a", "a-01234567"]));
});

test("pools tell what is left of them, and what is wrong with them", async () => {
  const pools = [pool(["192.0.2.0/28"], "a"), pool(["192.0.2.8/29"], "b")];
  const planned = await plan({ pools, services: [service("web")] });
  const accepted = planned.pools.map(({ metadata, status }) => [
    metadata.name,
    status?.assignedIPv4,
    status?.conditions?.map(({ reason }) => reason).join(),
  ]);
  expect(accepted).toEqual([
    ["a", 1, "Accepted"],
    ["b", 0, "PoolOverlap"],
  ]);
});

describe("a provider with a resource graph", () => {
  const cloud = (fails = false): GraphProvider => ({
    form: "graph",
    name: "cloud",
    externalResources: true,
    annotations: [],
    checkClass: () => [],
    checkSettings: () => [],
    stackOf: ({ key }) => key,
    async facts() {
      if (fails) throw new Error("the cloud is not to be reached");
      return {};
    },
    desire: ({ members }) => ({
      resources: members.map(({ lb }) => ({
        id: "balancer",
        kind: "balancer",
        fields: { scheme: lb.spec.scheme },
        dependsOn: [],
        members: [lb.metadata.uid ?? ""],
      })),
      problems: new Map(),
    }),
    observe: async () => new Map(),
    rules: { balancer: { change: () => "update", replace: "create-first", changesAddress: false } },
    actions: {},
    features: [],
    result: () => ({ addresses: [] }),
  });

  test("shows the operations that would be needed, and does none", async () => {
    const some = { classes: [metal({ provider: "cloud" })], services: [service("web")] };
    const planned = await plan(some, [cloud()], { cloud: cloudItself });
    expect(planned.stacks).toEqual([
      expect.objectContaining({
        stack: "shop/web",
        members: ["shop/web"],
        result: expect.objectContaining({ ok: true }),
      }),
    ]);
    const [stack] = planned.stacks;
    const operations = stack?.result.ok === true ? stack.result.plan.operations : [];
    expect(operations.map(({ do: what, kind }) => `${what} ${kind}`)).toEqual(["create balancer"]);
    expect(rows(planned)).toEqual([["create", "web", "", "Pending"]]);
  });

  test("that can't be asked says so for its stack", async () => {
    const some = { classes: [metal({ provider: "cloud" })], services: [service("web")] };
    const planned = await plan(some, [cloud(true)], { cloud: cloudItself });
    expect(planned.stacks[0]?.result).toEqual({ ok: false, message: "the cloud is not to be reached" });
  });
});
