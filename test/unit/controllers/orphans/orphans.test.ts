/** What is left behind is found by its mark, and deleted only while nothing in the cluster could want it. */
import { describe, expect, test } from "@jest/globals";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import type { Objects } from "../../../../src/controllers/offline/object-store.ts";
import { deleteOrphans, stillOrphaned } from "../../../../src/controllers/orphans/delete-orphans.ts";
import { type FoundOrphans, findOrphans } from "../../../../src/controllers/orphans/find-orphans.ts";
import { stacksInUse } from "../../../../src/controllers/orphans/stacks-in-use.ts";
import { CloudError } from "../../../../src/core/plan/cloud-error.ts";
import type { GraphProvider } from "../../../../src/providers/provider.ts";
import { createFakeClock } from "../../../../src/testing/fake-clock.ts";
import { loadBalancer, service } from "../../core/objects.ts";
import { type ToyNetwork, toyClass, toyNetwork } from "../load-balancer/engine/toy-network.ts";

const { signal } = new AbortController();
const byHand = { handWritten: { from: "All" as const } };

function balancerFor(name: string, o: Parameters<typeof loadBalancer>[0] = {}): LoadBalancer {
  return loadBalancer({ ...o, name, byHand: true, spec: { className: "one", ...o.spec } });
}

/** A cloud that has a balancer for each of these stacks, and the firewall that they share. */
function cloudWith(...stacks: readonly string[]): ToyNetwork {
  const toy = toyNetwork();
  const add = (stack: string, kind: string, cloudId: string) =>
    toy.resources.set(cloudId, {
      id: kind,
      kind,
      cloudId,
      stack,
      fields: { ports: [80] },
      dependsOn: [],
      ours: true,
    });
  for (const stack of stacks) add(stack, "balancer", `balancer of ${stack}`);
  add("network", "firewall", "firewall-7");
  return toy;
}

function tellingStacks(toy: ToyNetwork): GraphProvider {
  return {
    ...toy.provider,
    stacks: async () =>
      [...new Set([...toy.resources.values()].map(({ stack }) => stack))].map((key) => ({
        key,
        shared: key === "network",
      })),
  };
}

function objects(some: Partial<Objects> = {}): Objects {
  const classes = [toyClass("one", byHand)];
  return { classes, services: [], loadBalancers: [], pools: [], namespaces: [], ...some };
}

function find(given: Objects, provider: GraphProvider, className?: string): Promise<FoundOrphans> {
  return findOrphans(given, { providers: [provider], clusterUid: "cluster", className, signal });
}

const keysOf = ({ stacks }: FoundOrphans) => stacks.map(({ key }) => key);

describe("an orphan", () => {
  test("is what is marked and has no LoadBalancer; and what was shared, once nobody claims it", async () => {
    const toy = cloudWith("shop/web", "shop/old");
    const found = await find(objects({ loadBalancers: [balancerFor("web")] }), tellingStacks(toy));
    expect(keysOf(found)).toEqual(["shop/old"]);
    expect(found.stacks[0]?.resources.map(({ cloudId }) => cloudId)).toEqual(["balancer of shop/old"]);
    expect(keysOf(await find(objects(), tellingStacks(toy)))).toEqual(["shop/web", "shop/old", "network"]);
    expect(toy.writes).toEqual([]);
  });

  test.each<[string, Partial<Objects>]>([
    [
      "a Service will have it as soon as a controller looks",
      {
        services: [service({ loadBalancerClass: "fairlead.io/one" }, { name: "web" })],
      },
    ],
    [
      "a LoadBalancer has it recorded, wherever it belongs now",
      {
        loadBalancers: [balancerFor("moved", { status: { stack: "shop/web" } })],
      },
    ],
    [
      "a LoadBalancer of a class that is gone may be its own",
      {
        loadBalancers: [balancerFor("web", { spec: { className: "gone" } })],
      },
    ],
    [
      "its LoadBalancer is being deleted by a controller",
      {
        loadBalancers: [
          {
            ...balancerFor("web"),
            metadata: { ...balancerFor("web").metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
          },
        ],
      },
    ],
  ])("is nothing of which it holds that %s", async (_why, some) => {
    expect(keysOf(await find(objects(some), tellingStacks(cloudWith("shop/web"))))).not.toContain("shop/web");
  });

  test("is not what is marked with less than its key, because all of that does not fit", async () => {
    const keyInMarks = (key: string) => key.slice(0, 6);
    const provider = { ...tellingStacks(cloudWith("shop/w")), keyInMarks };
    const found = await find(objects({ loadBalancers: [balancerFor("web")] }), provider);
    expect(keysOf(found)).toEqual([]);
  });

  test("is never what does not carry the mark, though the cloud lists its stack", async () => {
    const toy = cloudWith("shop/web");
    for (const [id, resource] of toy.resources) toy.resources.set(id, { ...resource, ours: false });
    expect(keysOf(await find(objects(), tellingStacks(toy)))).toEqual([]);
  });

  test("is in doubt where a status names a part of it", async () => {
    const status = { resources: [{ kind: "balancer", id: "balancer of shop/web" }] };
    const found = await find(
      objects({ loadBalancers: [balancerFor("other", { status })] }),
      tellingStacks(cloudWith("shop/web")),
    );
    expect(keysOf(found)).toEqual([]);
    expect(found.inDoubt).toEqual([
      { className: "one", stack: "shop/web", why: "the status of LoadBalancer shop/other has a part of it" },
    ]);
  });

  test("is in doubt where it is shared, and what a load balancer needs can't be worked out", async () => {
    const provider = {
      ...tellingStacks(cloudWith("shop/old")),
      facts: () => Promise.reject(new CloudError("permission", "you may not")),
    };
    const found = await find(objects({ loadBalancers: [balancerFor("web")] }), provider);
    expect(keysOf(found)).toEqual(["shop/old"]);
    expect(found.inDoubt).toMatchObject([{ stack: "network", why: expect.stringContaining("you may not") }]);
  });

  test("is not in doubt where it is shared and certainly needed, whatever else can't be worked out", async () => {
    const some: Partial<Objects> = {
      loadBalancers: [balancerFor("web"), balancerFor("lost", { spec: { className: "gone" } })],
    };
    const found = await find(objects(some), tellingStacks(cloudWith("shop/web")));
    expect([found.stacks, found.inDoubt]).toEqual([[], []]);
    const none: Partial<Objects> = { loadBalancers: [balancerFor("lost", { spec: { className: "gone" } })] };
    expect((await find(objects(none), tellingStacks(cloudWith()))).inDoubt).toEqual([
      { className: "one", stack: "network", why: "shop/lost has no class" },
    ]);
  });

  test("may be there on purpose where a class that reaches it retains; then it is told once, as such", async () => {
    const classes = [toyClass("one", byHand), toyClass("two", { ...byHand, deletion: "Retain" })];
    for (const className of [undefined, "one"]) {
      const found = await find(objects({ classes }), tellingStacks(cloudWith("shop/web")), className);
      expect(found.stacks.map(({ cls, key, retained }) => [cls.metadata.name, key, retained])).toEqual([
        ["one", "shop/web", true],
        ["one", "network", true],
      ]);
    }
  });

  test("is not looked for where the cloud does not answer, and that is told", async () => {
    const provider = {
      ...tellingStacks(cloudWith("shop/web")),
      stacks: () => Promise.reject(new CloudError("permission", "you may not")),
    };
    expect(await find(objects(), provider)).toEqual({
      stacks: [],
      inDoubt: [],
      looked: [],
      unknown: [{ className: "one", message: "you may not" }],
    });
  });

  test("is looked for in the clouds that answer, whatever others do", async () => {
    const toy = cloudWith();
    const provider: GraphProvider = {
      ...tellingStacks(toy),
      stacks: (cls) =>
        cls.metadata.name === "bad"
          ? Promise.reject(new CloudError("permission", "you may not"))
          : Promise.resolve([]),
    };
    const classes = [toyClass("bad", byHand), toyClass("one", byHand)];
    expect(await find(objects({ classes }), provider)).toEqual({
      stacks: [],
      inDoubt: [],
      looked: ["one"],
      unknown: [{ className: "bad", message: "you may not" }],
    });
    expect(await find(objects({ classes }), provider, "bad")).toMatchObject({ looked: [] });
    expect(await find(objects({ classes }), provider, "one")).toMatchObject({ looked: ["one"], unknown: [] });
  });
});

test("what was made while the cloud was read is none, by a later look at the cluster", async () => {
  const provider = tellingStacks(cloudWith("shop/web", "shop/old"));
  const { stacks } = await find(objects(), provider);
  const inUse = async () => stacksInUse(objects({ loadBalancers: [balancerFor("web")] }), [provider]);
  const left = await stillOrphaned(stacks, { inUse, signal });
  expect(left.map(({ key }) => key)).toEqual(["shop/old"]);
});

describe("deleting", () => {
  async function start(toy: ToyNetwork, inUse: () => Promise<Objects>) {
    const provider = tellingStacks(toy);
    const clock = createFakeClock();
    const { stacks } = await find(objects(), provider);
    const waits: number[] = [];
    const done = deleteOrphans(stacks, {
      inUse: async () => stacksInUse(await inUse(), [provider]),
      onWait: (ms) => waits.push(ms),
      signal,
      clock,
    });
    return { done, clock, waits };
  }

  test("takes each stack by itself, and what they shared at the end", async () => {
    const toy = cloudWith("shop/web", "shop/old");
    const { done } = await start(toy, async () => objects());
    const results = await done;
    expect(toy.writes).toEqual([
      "delete shop/web/balancer",
      "delete shop/old/balancer",
      "delete network/firewall",
    ]);
    expect(results.flatMap(({ deleted }) => deleted.map(({ cloudId }) => cloudId))).toHaveLength(3);
    expect(toy.resources.size).toBe(0);
  });

  test("leaves alone what got a LoadBalancer in the meantime, and what that needs", async () => {
    const toy = cloudWith("shop/web", "shop/old");
    const { done } = await start(toy, async () => objects({ loadBalancers: [balancerFor("web")] }));
    expect((await done).map(({ stack, spared }) => [stack, spared])).toEqual([
      ["shop/web", "it has a LoadBalancer by now"],
      ["shop/old", undefined],
      ["network", "a load balancer needs it by now"],
    ]);
    expect(toy.writes).toEqual(["delete shop/old/balancer"]);
  });

  test("deletes nothing when the cluster can't be looked at any more", async () => {
    const toy = cloudWith("shop/web");
    const { done } = await start(toy, () => Promise.reject(new Error("the API server is gone")));
    for (const { spared } of await done) expect(spared).toContain("the API server is gone");
    expect(toy.writes).toEqual([]);
  });

  test("waits for what the cloud will let go, and does it then", async () => {
    const toy = cloudWith("shop/web");
    let refusals = 2;
    toy.before = ({ kind }) => {
      if (kind === "firewall" && refusals-- > 0)
        throw new CloudError("retry", "it is in use", { retryAfterMs: 15_000 });
    };
    const { done, clock, waits } = await start(toy, async () => objects());
    await clock.advance(30_000);
    const results = await done;
    expect(waits).toEqual([15_000, 15_000]);
    expect(results.flatMap(({ failed }) => failed)).toEqual([]);
    expect(toy.resources.size).toBe(0);
  });

  test("gives up after some minutes, and at once on what will not pass; the rest goes on", async () => {
    const toy = cloudWith("shop/web", "shop/old");
    let tries = 0;
    toy.before = (_operation, stack) => {
      if (stack === "shop/web") tries += 1;
      if (stack === "shop/web") throw new CloudError("permission", "you may not");
      if (stack === "network") throw new CloudError("retry", "it is in use");
    };
    const { done, clock } = await start(toy, async () => objects());
    await clock.advance(10 * 60_000);
    const failed = (await done).flatMap(({ stack, failed: some }) =>
      some.map(({ message }) => [stack, message]),
    );
    expect(failed).toEqual([
      ["shop/web", "you may not"],
      ["network", "it is in use"],
    ]);
    expect(tries).toBe(1);
    expect(toy.writes).toEqual(["delete shop/old/balancer"]);
  });
});
