import { expect, test } from "@jest/globals";
import { createLeaseKeeper } from "../../../../src/agent/membership/lease-keeper.ts";
import { leaseTimes } from "../../../../src/agent/membership/node-lease.ts";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import { createSimulation } from "./simulation.ts";

const name = "fairlead-agent-node-a";

/** A keeper at work, and what it told. */
function keeping(
  o: {
    nodes?: number;
    incarnation?: number;
    world?: ReturnType<typeof createSimulation>;
    random?: () => number;
  } = {},
) {
  const { nodes = 3, incarnation = 7, world = createSimulation(), random = () => 0.5 } = o;
  const renewed: { at: number; durationMs: number }[] = [];
  const reached: number[] = [];
  const replaced: string[] = [];
  const stop = new AbortController();
  const keeper = createLeaseKeeper({
    client: world.client,
    namespace: "fairlead-system",
    node: { name: "node-a", uid: "node-uid" },
    incarnation,
    nodes: () => nodes,
    now: world.now,
    onReached: (at) => reached.push(at),
    onRenewed: (at, durationMs) => renewed.push({ at, durationMs }),
    onReplaced: (identity) => replaced.push(identity),
    clock: world.clock,
    random,
  });
  const ended = keeper.run(stop.signal);
  const writes = () => world.requests.filter(({ verb }) => verb !== "get").length;
  return { world, keeper, renewed, reached, replaced, stop, ended, writes };
}

test("all nodes together renew at most 40 times a second, and a Lease lasts three renewals", () => {
  expect(leaseTimes(1)).toEqual({ renewMs: 3_000, durationMs: 9_000 });
  expect(leaseTimes(120)).toEqual({ renewMs: 3_000, durationMs: 9_000 });
  expect(leaseTimes(1_000)).toEqual({ renewMs: 25_000, durationMs: 75_000 });
  for (const nodes of [121, 333, 5_000]) {
    const { renewMs, durationMs } = leaseTimes(nodes);
    expect(nodes / (renewMs / 1000)).toBeLessThanOrEqual(40);
    expect(durationMs).toBeGreaterThanOrEqual(3 * renewMs);
    expect(durationMs % 1000).toBe(0);
  }
});

test("the Lease is made, goes with the Node, and is renewed before it could end twice over", async () => {
  const { world, renewed, stop, ended } = keeping();
  await world.pass(60_000);
  stop.abort();
  await ended;
  const lease = world.leases.get(name);
  expect(lease?.metadata.ownerReferences).toEqual([
    { apiVersion: "v1", kind: "Node", name: "node-a", uid: "node-uid" },
  ]);
  expect(lease?.spec).toMatchObject({ holderIdentity: "node-a/7", leaseDurationSeconds: 9 });
  const pauses = renewed.slice(1).map(({ at }, index) => at - (renewed[index]?.at ?? 0));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(3_000);
  expect(renewed.length).toBeGreaterThanOrEqual(20);
});

test("in a big cluster it is renewed rarely, and the API server's absence noticed all the same", async () => {
  const { world, writes, reached, stop, ended } = keeping({ nodes: 1_000 });
  await world.pass(100_000);
  expect(writes()).toBeLessThanOrEqual(6);
  const pauses = reached.slice(1).map((at, index) => at - (reached[index] ?? 0));
  expect(Math.max(...pauses)).toBeLessThan(4_000);
  stop.abort();
  await ended;
});

test("while the API server is away nothing is reported, and afterwards renewals go on at once", async () => {
  const { world, renewed, reached, stop, ended } = keeping();
  await world.pass(10_000);
  const before = { renewed: renewed.length, reached: reached.length };
  world.setAway(true);
  await world.pass(120_000);
  expect({ renewed: renewed.length, reached: reached.length }).toEqual(before);
  world.setAway(false);
  await world.pass(5_000);
  expect(renewed.length).toBeGreaterThan(before.renewed);
  stop.abort();
  await ended;
});

const overloaded = (retryAfterMs?: number) =>
  new ApiError("write the lease", { status: 429, reason: "TooManyRequests", retryAfterMs });

test.each([30, 100, 1_000])(
  "%d agents do not write more than 40 times a second to an API server that refuses",
  async (nodes) => {
    const { world, writes, reached, stop, ended } = keeping({ nodes });
    await world.pass(60_000);
    world.refuseWrites(overloaded());
    const before = { writes: writes(), reached: reached.length };
    await world.pass(300_000);
    expect((writes() - before.writes) * nodes).toBeLessThanOrEqual(300 * 40);
    // It is reached all the same, and that is known.
    const pauses = reached.slice(before.reached).map((at, index, all) => at - (all[index - 1] ?? at));
    expect(Math.max(...pauses)).toBeLessThan(5_000);
    stop.abort();
    await ended;
  },
);

test("agents whose renewals failed together do not try again together", async () => {
  const nextTry = async (random: () => number) => {
    const { world, stop, ended } = keeping({ nodes: 400, random });
    world.refuseWrites(overloaded());
    await world.pass(60_000);
    stop.abort();
    await ended;
    const [first, second] = world.requests.filter(({ verb }) => verb !== "get");
    return (second?.atMs ?? 0) - (first?.atMs ?? 0);
  };
  expect((await nextTry(() => 0.9)) - (await nextTry(() => 0.1))).toBeGreaterThan(3_000);
});

test("an API server that asks to be left alone is left alone", async () => {
  const { world, stop, ended } = keeping();
  world.refuseWrites(overloaded(20_000));
  await world.pass(19_000);
  expect(world.requests.length).toBe(2);
  world.refuseWrites(undefined);
  await world.pass(5_000);
  expect(world.leases.get(name)?.spec?.holderIdentity).toBe("node-a/7");
  stop.abort();
  await ended;
});

test("the time of a renewal is when it was sent, not when the answer came", async () => {
  const { world, renewed, stop, ended } = keeping();
  await world.pass(10_000);
  const sent = world.requests.filter(({ verb }) => verb !== "get").map(({ atMs }) => atMs);
  expect(renewed.map(({ at }) => at)).toEqual(sent);
  stop.abort();
  await ended;
});

test("a Lease that was deleted or written over is taken back", async () => {
  const { world, replaced, stop, ended } = keeping();
  await world.pass(10_000);
  world.leases.delete(name);
  await world.pass(5_000);
  expect(world.leases.get(name)?.spec?.holderIdentity).toBe("node-a/7");
  const lease = world.leases.get(name);
  world.put({ ...lease, metadata: { name }, spec: { ...lease?.spec, holderIdentity: "node-a/6" } });
  await world.pass(5_000);
  expect(world.leases.get(name)?.spec?.holderIdentity).toBe("node-a/7");
  expect(replaced).toEqual([]);
  stop.abort();
  await ended;
});

test("of two agents on one node the later one has the Lease, and the other one learns of it", async () => {
  const world = createSimulation();
  const old = keeping({ world });
  await world.pass(10_000);
  const young = keeping({ world, incarnation: 8 });
  await world.pass(10_000);
  await old.ended;
  expect(old.replaced).toEqual(["node-a/8"]);
  expect(young.replaced).toEqual([]);
  expect(world.leases.get(name)?.spec?.holderIdentity).toBe("node-a/8");
  await old.keeper.release();
  expect(world.leases.get(name)?.spec?.holderIdentity).toBe("node-a/8");
  young.stop.abort();
  await young.ended;
});

test("a Lease that is given back is nobody's", async () => {
  const { world, keeper, stop, ended } = keeping();
  await world.pass(10_000);
  stop.abort();
  await ended;
  const released = keeper.release();
  await world.pass(100);
  await released;
  expect(world.leases.get(name)?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
});
