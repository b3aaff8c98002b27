/** How many calls to AWS the life of Services costs: counts, which `npm run bench:aws` takes for more of them, and times. */
import { expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import type { ObjectRef } from "../../../src/runtime/kube/client.ts";
import type { AwsCall } from "../../simulators/aws/index.ts";
import { eventually } from "../support/installation.ts";
import { awsWorld, LBC } from "./support.ts";

const day = 24 * 3_600_000;
// In real time, or nothing would be asked for together; and nothing is due to be verified while the test runs.
const world = awsWorld({ hurry: 1, verifyPeriodMs: day });

const many = 10;

/** What was asked since the last time; what the test itself asks is left out. */
function taken(): { reads: string[]; writes: string[] } {
  const { aws } = world();
  const calls = aws.calls.map(({ operation, isWrite }: AwsCall) => ({ operation, isWrite }));
  aws.clearCalls();
  return {
    reads: calls.filter(({ isWrite }) => !isWrite).map(({ operation }) => operation),
    writes: calls.filter(({ isWrite }) => isWrite).map(({ operation }) => operation),
  };
}

const countOf = (operations: readonly string[], operation: string) =>
  operations.filter((each) => each === operation).length;

test("a life of Services costs the calls that it needs and no more", async () => {
  const { aws, cluster } = world();
  // Active, healthy and deleted at once: waiting for AWS is not counted.
  aws.behave({ provisioningDescribes: 0, initialDescribes: 0, drainingDescribes: 0, deletionHoldTimes: 0 });
  const namespace = await world().namespace();
  const ref = (index: number): ObjectRef => ({ namespace, name: `web-${index}` });
  const all = Array.from({ length: many }, (_, index) => ref(index + 1));
  const create = async (refs: readonly ObjectRef[]) => {
    await Promise.all(refs.map((each) => world().createService(each)));
    await Promise.all(refs.map((each) => world().applied(each)));
  };

  // One Service, with what all share.
  await create([ref(0)]);
  const one = taken();
  expect(one.writes.length + one.reads.length).toBeLessThanOrEqual(15);

  // An edit that comes to the same in the cloud.
  const annotations = { [`${LBC}-attributes`]: "load_balancing.cross_zone.enabled=false" };
  const { metadata } = await cluster.loadBalancer(ref(0));
  await cluster.edit(services, ref(0), { metadata: { annotations } });
  await eventually(async () => {
    const lb = await world().applied(ref(0));
    expect(lb.metadata.generation).toBeGreaterThan(metadata.generation ?? 0);
  }, "the edit is applied");
  expect(taken()).toEqual({ reads: [], writes: [] });

  // Many at once.
  await create(all);
  const created = taken();
  expect(created.writes.length + created.reads.length).toBeLessThanOrEqual(8 * many);
  expect(created.reads.length).toBeLessThanOrEqual(2 * many);

  // A node more: one write for each target group, and nothing is read for each Service.
  await world().addNode();
  await eventually(() => expect(world().written()).toHaveLength(many + 1), "all have the node");
  await Promise.all([ref(0), ...all].map((each) => world().applied(each)));

  // A restart. Its first new Service has to wait until all others have been looked at.
  await world().restart();
  const node = taken();
  expect(countOf(node.writes, "RegisterTargets")).toBe(node.writes.length);
  expect(node.reads.length).toBeLessThanOrEqual(2);
  await create([ref(many + 1)]);
  const restarted = taken();
  expect(restarted.writes).toHaveLength(7);
  expect(restarted.reads.length).toBeLessThanOrEqual(15);

  // Two deletions, one after the other: by a process that made it, and by one that does not know it.
  for (const gone of [ref(many + 1), ref(0)]) await cluster.remove(services, gone);
  for (const gone of [ref(many + 1), ref(0)]) await cluster.gone(services, gone);
  const deleted = taken();
  expect(deleted.writes.length).toBeLessThanOrEqual(2 * 6);
  expect(deleted.reads.length).toBeLessThanOrEqual(15);
});
