import { expect, test } from "@jest/globals";
import { createLeaseObserver, type LeaseSighting } from "../../../../src/agent/membership/lease-observer.ts";
import type { Lease } from "../../../../src/runtime/leader/lease-record.ts";
import { createSimulation } from "./simulation.ts";

const leaseOf = (node: string, holderIdentity = `${node}/1`): Lease => ({
  metadata: { name: `fairlead-agent-${node}`, namespace: "fairlead-system" },
  spec: { holderIdentity, leaseDurationSeconds: 9 },
});

function observing() {
  const world = createSimulation();
  const seen: LeaseSighting[] = [];
  const reached: number[] = [];
  const stop = new AbortController();
  const observer = createLeaseObserver({
    client: world.client,
    namespace: "fairlead-system",
    now: world.now,
    onSeen: (sighting) => seen.push(sighting),
    onReached: (at) => reached.push(at),
    clock: world.clock,
  });
  const ended = observer.run(stop.signal);
  const end = async () => {
    stop.abort();
    await ended;
  };
  return { world, observer, seen, reached, end };
}

test("nobody's Lease is asked for while all nodes are heard", async () => {
  const { world, end } = observing();
  world.put(leaseOf("node-b"));
  await world.pass(60_000);
  expect(world.requests).toEqual([]);
  await end();
});

test("a Lease that is looked at is told at once, and again only when it has changed", async () => {
  const { world, observer, seen, end } = observing();
  world.put(leaseOf("node-b"));
  await world.pass(1_000);
  observer.want(["node-b"]);
  const wantedAt = world.now();
  await world.pass(5_000);
  expect(seen).toEqual([{ node: "node-b", renewedAt: wantedAt + 5, durationMs: 9_000 }]);
  const renewedAt = world.now();
  world.put(leaseOf("node-b"));
  await world.pass(5_000);
  expect(seen).toHaveLength(2);
  expect(seen[1]?.renewedAt).toBeGreaterThanOrEqual(renewedAt);
  expect(seen[1]?.renewedAt).toBeLessThan(renewedAt + 1_100);
  await end();
});

test("one that is missing, was deleted or given back counts as none", async () => {
  const { world, observer, seen, end } = observing();
  world.put(leaseOf("node-b"));
  world.put(leaseOf("node-c"));
  observer.want(["node-a", "node-b", "node-c"]);
  await world.pass(2_000);
  world.leases.delete("fairlead-agent-node-b");
  world.put(leaseOf("node-c", ""));
  await world.pass(2_000);
  expect(seen.map(({ node, renewedAt }) => [node, renewedAt === undefined ? "none" : "alive"])).toEqual([
    ["node-a", "none"],
    ["node-b", "alive"],
    ["node-c", "alive"],
    ["node-b", "none"],
    ["node-c", "none"],
  ]);
  await end();
});

test("while the API server is away nothing counts as missing or unchanged", async () => {
  const { world, observer, seen, reached, end } = observing();
  world.setAway(true);
  observer.want(["node-b"]);
  await world.pass(30_000);
  expect([seen, reached]).toEqual([[], []]);
  world.put(leaseOf("node-b"));
  world.setAway(false);
  await world.pass(5_000);
  expect(seen).toHaveLength(1);
  expect(reached.length).toBeGreaterThan(0);
  await end();
});

test("one that is not wanted any more is not asked for, and told anew when it is wanted again", async () => {
  const { world, observer, seen, end } = observing();
  world.put(leaseOf("node-b"));
  observer.want(["node-b"]);
  await world.pass(2_000);
  observer.want([]);
  await world.pass(2_000);
  const asked = world.requests.length;
  await world.pass(20_000);
  expect(world.requests).toHaveLength(asked);
  observer.want(["node-b"]);
  await world.pass(2_000);
  expect(seen).toHaveLength(2);
  await end();
});
