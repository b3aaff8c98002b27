/** What somebody takes the marks off, and what somebody puts on a load balancer of ours: told and waited for, never worked around. */
import { expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { eventually } from "../support/installation.ts";
import { seen, served } from "./served.ts";
import { awsWorld } from "./support.ts";

/** A minute of the operator's time, which is little more than a second. */
const world = awsWorld({ verifyPeriodMs: 60_000 });

const marksOf = (tags: Readonly<Record<string, string>>) =>
  Object.keys(tags).filter((key) => key.startsWith("fairlead.io/"));

test("a load balancer that lost its marks goes on serving, is told of with what to do, and is not made once more", async () => {
  const { cluster, elb } = world();
  const ref = await served(world(), "unmarked");
  const lb = await seen(world(), ref);
  const before = await world().inventory();
  const tags = await world().tags(lb.arn);
  await elb.removeTags({ ResourceArns: [lb.arn], TagKeys: marksOf(tags) });
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "Conflict");
  expect(told.message).toContain(lb.arn);
  for (const key of ["cluster", "stack", "resource"])
    expect(told.message).toContain(`fairlead.io/${key}=${tags[`fairlead.io/${key}`]}`);
  await cluster.condition(services, ref, "fairlead.io/Degraded", "Conflict");
  // Neither the next look nor another process takes it for gone.
  const looks = () =>
    world().aws.calls.filter(({ operation }) => operation === "DescribeLoadBalancers").length;
  const until = looks() + 2;
  await eventually(async () => expect(looks()).toBeGreaterThanOrEqual(until), "it is looked at again");
  await world().restart();
  await eventually(async () => expect(looks()).toBeGreaterThanOrEqual(until + 2), "and by another process");
  expect(await world().inventory()).toEqual(before);
  await cluster.served(ref, [lb.dnsName]);
  expect((await cluster.loadBalancer(ref)).status?.resources?.map(({ id }) => id)).toContain(lb.arn);

  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  await elb.addTags({ ResourceArns: [lb.arn], Tags });
  await world().applied(ref);
  expect(await world().inventory()).toEqual(before);
});

test("somebody's listener keeps a deletion from beginning, and is named until he takes it away", async () => {
  const { cluster, elb } = world();
  const ref = await served(world(), "crowded");
  const lb = await seen(world(), ref);
  const TargetGroupArn = lb.listeners[0]?.group.arn;
  const made = await elb.createListener({
    LoadBalancerArn: lb.arn,
    Port: 9999,
    Protocol: "TCP",
    DefaultActions: [{ Type: "forward", TargetGroupArn }],
  });
  const ListenerArn = made.Listeners?.[0]?.ListenerArn ?? "";
  // It is in nobody's way as long as the Service is there.
  expect((await world().applied(ref)).status?.resources?.map(({ id }) => id)).not.toContain(ListenerArn);
  const before = await world().inventory();
  world().aws.clearCalls();
  await cluster.remove(services, ref);
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "Conflict");
  expect(told.message).toContain("listener/9999");
  expect(told.message).toContain(ListenerArn);
  const own = () =>
    world()
      .written()
      .filter(({ parameters }) => JSON.stringify(parameters).includes("crowded"));
  expect(own()).toEqual([]);
  expect((await seen(world(), ref)).listeners.map(({ port }) => port)).toEqual([80, 9999]);
  expect((await world().inventory()).targetGroups).toEqual(expect.arrayContaining([...before.targetGroups]));

  await elb.deleteListener({ ListenerArn });
  await cluster.gone(services, ref);
  expect(await world().balancers(`${ref.namespace}/${ref.name}`)).toEqual([]);
});
