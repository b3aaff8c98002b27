/** Services that begin to share a load balancer, or cease to: each is served where it was until it is served where it is to be. */
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { eventually } from "../support/installation.ts";
import type { Inventory, SeenBalancer } from "./cloud.ts";
import { asked, type Ref, seen, served } from "./served.ts";
import { acknowledge, awsWorld } from "./support.ts";
import { addressesWhile } from "./watching.ts";

const world = awsWorld();
let before: Inventory;
beforeAll(async () => {
  before = await world().inventory();
});
beforeEach(() => world().aws.behave({ provisioningDescribes: 1 }));

const inGroup = { "fairlead.io/group": "front" };

/** Asks for another group, or for none, and agrees to what it costs. */
async function move(ref: Ref, group: string | null): Promise<void> {
  const { cluster } = world();
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/group": group } } });
  const { message } = await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
  await acknowledge(cluster, ref, message);
}

/** While others come and go. */
function groupOf({ namespace }: Ref): Promise<SeenBalancer> {
  return eventually(() => world().balancer(`group aws ${namespace} front`), "the group has one");
}

/** It is served there and nowhere else, and nothing is left to be taken apart. */
async function settledAt(ref: Ref, dnsName: string): Promise<void> {
  await world().cluster.served(ref, [dnsName]);
  await eventually(async () => {
    const { status } = await world().cluster.loadBalancer(ref);
    expect(status?.formerStacks).toBeUndefined();
    expect(status?.appliedHash).toBeDefined();
  }, "what it left is gone");
}

async function remove(...refs: readonly Ref[]): Promise<void> {
  for (const ref of refs) await world().cluster.remove(services, ref);
  for (const ref of refs) await world().cluster.gone(services, ref);
  await eventually(async () => {
    expect(await world().inventory()).toEqual(before);
    expect(await world().rules(world().network.nodeSecurityGroup)).toEqual([]);
  }, "nothing is left");
}

test("who joins a group keeps its load balancer until that of the group is active", async () => {
  const { aws, cluster } = world();
  const ref = await served(world(), "web");
  const old = await seen(world(), ref);
  aws.behave({ provisioningDescribes: 4 });
  aws.clearCalls();
  const addresses = await addressesWhile(world(), ref, async () => {
    await move(ref, "front");
    const waiting = await cluster.condition(loadBalancers, ref, "Degraded", "Pending");
    expect(waiting.message).toContain("stays where it is until then");
    await settledAt(ref, (await groupOf(ref)).dnsName);
  });
  const now = await groupOf(ref);
  expect(addresses).toEqual([old.dnsName, now.dnsName]);
  const order = aws.calls.map(({ operation }) => operation);
  const [made, gone] = [order.indexOf("CreateLoadBalancer"), order.indexOf("DeleteListener")];
  const answers = order.slice(made, gone).filter((operation) => operation === "DescribeLoadBalancers");
  expect(answers.length).toBeGreaterThan(4);
  await expect(world().at(old.arn)).rejects.toMatchObject({ name: "LoadBalancerNotFoundException" });
  await remove(ref);
});

test("on its way it is looked after where it is: a node that comes gets its traffic there", async () => {
  const { aws } = world();
  const ref = await served(world(), "web");
  const old = await seen(world(), ref);
  aws.behave({ provisioningDescribes: 1_000_000 });
  await move(ref, "front");
  await groupOf(ref);
  const node = await world().addNode();
  await eventually(async () => {
    const [listener] = (await seen(world(), ref)).listeners;
    expect(listener?.group.targets.join()).toContain(node.instance);
  }, "the node is a target of the old one");
  expect((await seen(world(), ref)).arn).toBe(old.arn);
  await world().removeNode(node);
  // Who is deleted on the way leaves nothing in either place.
  await remove(ref);
});

test("who leaves a group takes only his own along, and has no right to a port by what he had elsewhere", async () => {
  const { cluster } = world();
  const leaver = await served(world(), "web", { annotations: inGroup });
  const shared = await groupOf(leaver);
  const { namespace } = leaver;
  const stayer: Ref = { namespace, name: "api" };
  const ports = [{ name: "https", port: 443 }];
  await world().createService(stayer, { annotations: inGroup, spec: { ports } });
  await cluster.served(stayer, [shared.dnsName]);
  await move(leaver, null);
  const own = await eventually(() => seen(world(), leaver), "it has its own");
  await settledAt(leaver, own.dnsName);
  await eventually(async () => {
    expect((await groupOf(stayer)).listeners.map(({ port }) => port)).toEqual([443]);
  }, "its listener is gone from the group's");
  await cluster.served(stayer, [shared.dnsName]);

  // Older than the other, and served on the port that the other has.
  await cluster.edit(services, leaver, { spec: { ports: [{ name: "http", port: 443 }] } });
  await world().applied(leaver);
  await move(leaver, "front");
  const told = await cluster.condition(loadBalancers, leaver, "Degraded", "PortConflict");
  expect(told.message).toContain(`${namespace}/api`);
  await cluster.served(leaver, [own.dnsName]);
  await cluster.served(stayer, [shared.dnsName]);
  await remove(leaver, stayer);
});

test.each([
  ["after", "CreateLoadBalancer"],
  ["before", "DeleteListener"],
  ["after", "DeleteLoadBalancer"],
] as const)(
  "an operator that is killed %s %s of a move has a successor that ends it",
  async (when, operation) => {
    const ref = await served(world(), "web");
    const old = await seen(world(), ref);
    const death = world().dieAt(operation, when);
    await move(ref, "front");
    await death.succession();
    await settledAt(ref, (await groupOf(ref)).dnsName);
    await expect(world().at(old.arn)).rejects.toMatchObject({ name: "LoadBalancerNotFoundException" });
    await remove(ref);
  },
);

test("what was begun for one that was never served goes, where it asked for another group while nobody was looking", async () => {
  const { aws, cluster } = world();
  aws.behave({ provisioningDescribes: 1_000_000 });
  const ref = await asked(world(), "web");
  await eventually(() => seen(world(), ref), "it is begun");
  await eventually(async () => {
    expect((await cluster.loadBalancer(ref)).status?.stack).toBe(`${ref.namespace}/web`);
  }, "where it is begun is recorded");
  await world().operator().stop();
  await cluster.edit(services, ref, { metadata: { annotations: inGroup } });
  aws.behave({ provisioningDescribes: 1 });
  await world().restart();
  await settledAt(ref, (await groupOf(ref)).dnsName);
  expect(await world().balancers(`${ref.namespace}/web`)).toEqual([]);
  await remove(ref);
});
