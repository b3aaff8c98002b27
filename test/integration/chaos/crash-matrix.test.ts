/** One life of a Service, with a crash at each call that changes something, before it and after it: the outcome is always the same (law 8). */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ipAddressPools } from "../../../src/api/ip-address-pool.ts";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { annotations } from "../../../src/api/names.ts";
import { createBareMetal } from "../../../src/providers/bare-metal/index.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import { type Cluster, clusterOf } from "../support/cluster.ts";
import { hurriedClock } from "../support/hurried-clock.ts";
import { eventually, install, startOperator } from "../support/installation.ts";
import { createMemoryCloud, createMemoryGraph } from "../support/memory-cloud.ts";
import { ownControlPlane } from "../support/own-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";
import { type Moment, type Mortality, mortality } from "./mortality.ts";

const controlPlane = ownControlPlane();
let cluster: Cluster;
const cloud = createMemoryCloud();
const graph = createMemoryGraph("example.com/graph", cloud);
let lives = 0;

/** Counts are put off by a second, failures back off: waiting for that at every crash would only cost time. */
const hurried = hurriedClock(20);

beforeAll(async () => {
  await install(controlPlane());
  cluster = await clusterOf(controlPlane());
});
afterAll(() => cluster?.client.close());

interface Life {
  readonly ref: { readonly namespace: string; readonly name: string };
  readonly number: number;
  readonly pool: string;
}

/** What users do, and what there is to be seen after each step. */
interface Story {
  readonly providers: () => readonly Provider[];
  readonly steps: readonly {
    readonly does: string;
    run(life: Life): Promise<unknown>;
    /** Throws while it has not come to that. */
    look(life: Life): Promise<unknown>;
  }[];
}

const bareMetal: Story = {
  providers: () => [createBareMetal()],
  steps: [
    {
      does: "a Service for both families is created",
      async run({ ref, number, pool }) {
        await cluster.createPool(pool, { addresses: [`10.0.${number}.0/28`, `fd00:${number}::/64`] });
        await cluster.createService(ref.namespace, ref.name, {
          annotations: { [annotations.addressPool]: pool },
          spec: { ipFamilyPolicy: "RequireDualStack" },
        });
      },
      look: (life) => served(life, [`10.0.${life.number}.1`, `fd00:${life.number}::1`], 1),
    },
    {
      does: "it gets another port",
      run: ({ ref }) => cluster.edit(services, ref, { spec: { ports: [{ name: "http", port: 81 }] } }),
      async look(life) {
        expect((await cluster.loadBalancer(life.ref)).status?.ports).toEqual([{ port: 81, protocol: "TCP" }]);
        return served(life, [`10.0.${life.number}.1`, `fd00:${life.number}::1`], 1);
      },
    },
    {
      does: "it asks for another address",
      run: ({ ref, number }) =>
        cluster.edit(services, ref, {
          metadata: { annotations: { [annotations.addresses]: `10.0.${number}.9` } },
        }),
      look: (life) => served(life, [`10.0.${life.number}.9`, `fd00:${life.number}::1`], 1),
    },
    {
      does: "it goes, and the address is free again",
      run: ({ ref }) => cluster.remove(services, ref),
      async look(life) {
        expect((await cluster.client.list(loadBalancers, { namespace: life.ref.namespace })).items).toEqual(
          [],
        );
        await counted(life, 0);
      },
    },
  ],
};

const inACloud: Story = {
  providers: () => [graph],
  steps: [
    {
      does: "a Service of a class with a cloud is created",
      run: ({ ref }) =>
        cluster.createService(ref.namespace, ref.name, { spec: { loadBalancerClass: "fairlead.io/graph" } }),
      look: async ({ ref }) => {
        expect(await cluster.addresses(ref)).toHaveLength(1);
        return seen(ref);
      },
    },
    {
      does: "it gets another port",
      run: ({ ref }) => cluster.edit(services, ref, { spec: { ports: [{ name: "http", port: 81 }] } }),
      look: async ({ ref }) => {
        const kinds = [...cloud.resources.values()].map(({ id }) => id);
        expect(kinds).toEqual(["balancer", `listener/${ref.name}/81`]);
        expect((await cluster.loadBalancer(ref)).status?.ports).toEqual([{ port: 81, protocol: "TCP" }]);
        return seen(ref);
      },
    },
    {
      does: "it goes, with all that was made for it",
      run: ({ ref }) => cluster.remove(services, ref),
      look: async ({ ref }) => {
        await cluster.gone(services, ref);
        expect((await cluster.client.list(loadBalancers, { namespace: ref.namespace })).items).toEqual([]);
        expect([...cloud.resources.keys()]).toEqual([]);
      },
    },
  ],
};

async function served(life: Life, addresses: readonly string[], count: number): Promise<unknown> {
  expect(await cluster.addresses(life.ref)).toEqual(addresses);
  await counted(life, count);
  return seen(life.ref);
}

async function counted({ pool }: Life, count: number): Promise<void> {
  const { status } = await cluster.client.get(ipAddressPools, { name: pool });
  expect([status?.assignedIPv4, status?.assignedIPv6]).toEqual([count, count]);
}

/** The Service and its LoadBalancers, without what differs from one life to the next. */
async function seen(ref: Life["ref"]): Promise<unknown> {
  const service = await cluster.service(ref);
  const lbs = (await cluster.client.list(loadBalancers, { namespace: ref.namespace })).items;
  const text = JSON.stringify({
    finalizers: service.metadata.finalizers,
    status: service.status,
    lbs: lbs.map(({ metadata: { name, finalizers, labels, ownerReferences }, spec, status }) => {
      return { name, finalizers, labels, ownerReferences, spec, status };
    }),
  });
  return JSON.parse(
    text
      .replaceAll(service.metadata.uid ?? "", "uid")
      .replaceAll(lbs[0]?.metadata.uid ?? "", "uid of the LoadBalancer")
      .replaceAll(ref.namespace, "namespace")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "time")
      // What is applied carries the UID as a mark.
      .replaceAll(/"appliedHash":"\w+"/g, '"appliedHash":"hash"')
      .replaceAll(/"pool-\d+"/g, '"pool"')
      .replaceAll(/10\.0\.\d+\./g, "10.0.n.")
      .replaceAll(/fd00:\d+:/g, "fd00:n:")
      .replaceAll(/balancer-\d+/g, "balancer-n")
      .replaceAll(/listener-\d+/g, "listener-n"),
  );
}

/** Lives through a story under a process that dies as it is told to, and is restarted then. Returns what was seen after each step. */
async function live(story: Story, mortal: Mortality): Promise<unknown[]> {
  const number = ++lives;
  const namespace = await testNamespace(controlPlane());
  const life: Life = { number, pool: `pool-${number}`, ref: { namespace, name: "web" } };
  const providers = story.providers();
  mortal.watch(cloud);
  let operator = await startOperator(controlPlane(), { providers, between: mortal.client, clock: hurried });
  let over = false;
  const restarting = mortal.died.then(async () => {
    await operator.stop();
    if (over) return;
    cloud.before = () => {};
    operator = await startOperator(controlPlane(), { providers: story.providers(), clock: hurried });
  });
  const outcome: unknown[] = [];
  try {
    for (const { run, look, does } of story.steps) {
      await run(life);
      outcome.push(await eventually(() => look(life), `${does}, ${mortal.fate}`));
    }
  } finally {
    over = true;
    if (mortal.isDead) await restarting;
    await operator.stop();
    await cluster.client.delete(ipAddressPools, { name: life.pool }).catch(() => {});
  }
  return outcome;
}

describe.each([
  { where: "on bare metal", story: bareMetal, className: "metal", spec: { default: true } },
  { where: "in a cloud", story: inACloud, className: "graph", spec: { provider: "example.com/graph" } },
])("a Service $where", ({ story, className, spec }) => {
  test("comes to the same, whichever call is the last before a crash, done or not", async () => {
    await cluster.createClass(className, spec);
    const undisturbed = mortality();
    const expected = await live(story, undisturbed);
    const { length } = undisturbed.calls;
    expect(length).toBeGreaterThan(8);
    for (let at = 1; at <= length; at++) {
      for (const moment of ["before", "after"] satisfies Moment[]) {
        const mortal = mortality(at, moment);
        const outcome = await live(story, mortal);
        expect({ at, moment, outcome }).toEqual({ at, moment, outcome: expected });
      }
    }
  });
});
