/** Load balancers that take the place of others: who is served is served on, and hears of the new address once it works. */
import { beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../../src/api/load-balancer-class.ts";
import { eventually } from "../support/installation.ts";
import { makeByHand, taken } from "./predecessors.ts";
import { asked, type Ref, seen, served } from "./served.ts";
import { acknowledge, awsWorld } from "./support.ts";
import { addressesWhile } from "./watching.ts";

const world = awsWorld();
beforeAll(async () => {
  await world().createClass("retaining", { policy: { deletion: "Retain" } });
  await world().createClass("adopting", { policy: { adoption: { ids: ["*"] } } });
});

test("the old load balancer serves until the new one is active, and the Service never lacks an address", async () => {
  const { aws, cluster } = world();
  const ref = await served(world(), "web");
  const old = await seen(world(), ref);
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/scheme": "external" } } });
  const held = await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
  aws.clearCalls();
  await acknowledge(cluster, ref, "acknowledge-replacement: 0badc0de");
  await eventually(async () => {
    const { metadata, status } = await cluster.loadBalancer(ref);
    expect(status?.observedGeneration).toBe(metadata.generation);
  }, "the wrong word was heard");
  expect(world().written()).toEqual([]);

  // So many answers say that the new one is being provisioned: nobody but the operator asks.
  aws.behave({ provisioningDescribes: 4 });
  aws.clearCalls();
  const addresses = await addressesWhile(world(), ref, async () => {
    await acknowledge(cluster, ref, held.message);
    await eventually(
      async () => expect(await cluster.addresses(ref)).not.toEqual([old.dnsName]),
      "it has another address",
    );
    await world().applied(ref);
  });
  const order = aws.calls.map(({ operation }) => operation);
  const [made, gone] = [order.indexOf("CreateLoadBalancer"), order.indexOf("DeleteListener")];
  const answers = order.slice(made, gone).filter((operation) => operation === "DescribeLoadBalancers");
  expect(answers.length).toBeGreaterThan(4);
  expect(order.lastIndexOf("RegisterTargets")).toBeLessThan(gone);
  const now = await seen(world(), ref);
  expect([now.scheme, addresses]).toEqual(["internet-facing", [old.dnsName, now.dnsName]]);
  await removed(ref);
});

/** Asks for another scheme, and agrees to what it costs. */
async function moveOut(ref: Ref): Promise<void> {
  const { cluster } = world();
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/scheme": "external" } } });
  const { message } = await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
  await acknowledge(cluster, ref, message);
}

async function removed(ref: Ref): Promise<void> {
  await world().cluster.remove(services, ref);
  await world().cluster.gone(services, ref);
}

test("what was adopted is replaced like any other: with target groups of its own, and the old one goes", async () => {
  const { aws, cluster, elb } = world();
  aws.behave({ provisioningDescribes: 1 });
  const made = await makeByHand(world(), "adopted");
  await elb.modifyLoadBalancerAttributes({
    LoadBalancerArn: made.arn,
    Attributes: [{ Key: "deletion_protection.enabled", Value: "false" }],
  });
  const annotations = { "fairlead.io/adopt": made.arn };
  const ref = await asked(world(), "web", { cls: "adopting", annotations });
  await taken(world(), ref, made);
  // The annotation has done its work; with it the scheme of what is adopted would count.
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/adopt": null } } });
  await moveOut(ref);
  await eventually(async () => expect((await seen(world(), ref)).arn).not.toBe(made.arn), "it is replaced");
  const now = await seen(world(), ref);
  await cluster.served(ref, [now.dnsName]);
  await world().applied(ref);
  expect(now.listeners.map(({ group }) => group.arn)).not.toEqual([made.targetGroups[0]]);
  await expect(world().at(made.arn)).rejects.toMatchObject({ name: "LoadBalancerNotFoundException" });
  await removed(ref);
});

test.each([
  ["after", "CreateListener"],
  ["before", "DeleteListener"],
  ["after", "DeleteLoadBalancer"],
] as const)(
  "an operator that is killed %s %s in a replacement has a successor that ends it",
  async (when, operation) => {
    const { cluster } = world();
    const ref = await served(world(), "web");
    const old = await seen(world(), ref);
    const death = world().dieAt(operation, when);
    await moveOut(ref);
    await death.succession();
    await eventually(async () => expect((await seen(world(), ref)).arn).not.toBe(old.arn), "it is replaced");
    const now = await seen(world(), ref);
    await cluster.served(ref, [now.dnsName]);
    expect((await world().applied(ref)).status?.resources?.map(({ id }) => id)).toContain(now.arn);
    const { loadBalancers: left, targetGroups } = await world().inventory();
    expect([left, targetGroups]).toEqual([[now.name], [expect.stringMatching("^fl-")]]);
    await removed(ref);
  },
);

test("what is to be retained stays when its Service goes, and serves the next Service of that name", async () => {
  const { aws, cluster } = world();
  const ref = await served(world(), "web", { cls: "retaining" });
  const before = await seen(world(), ref);
  aws.clearCalls();
  await removed(ref);
  expect(world().written()).toEqual([]);
  const left = await seen(world(), ref);
  expect(left).toEqual(before);

  const addresses = await addressesWhile(world(), ref, async () => {
    const ports = (await world().rules(world().network.nodeSecurityGroup)).map((rule) => rule.split(" ")[1]);
    await world().createService(ref, {
      cls: "retaining",
      spec: { ports: [{ name: "http", port: 80, nodePort: Number(ports[0]) }] },
    });
    await cluster.served(ref, [before.dnsName]);
    await world().applied(ref);
  });
  expect(addresses.filter((text) => text !== "")).toEqual([before.dnsName]);
  expect((await seen(world(), ref)).listeners).toEqual(before.listeners);
  await cluster.client.patch(
    loadBalancerClasses,
    { name: "retaining" },
    { spec: { policy: { deletion: "Delete" } } },
    { type: "merge" },
  );
  await removed(ref);
  expect(await world().balancers(`${ref.namespace}/${ref.name}`)).toEqual([]);
});

test("where draining is asked for, connections get their time before the load balancer goes", async () => {
  const { aws, cluster } = world();
  aws.behave({ drainingDescribes: 3 });
  const ref = await served(world(), "web", {
    annotations: { "fairlead.io/aws-drain-before-delete": "600" },
  });
  const { listeners } = await seen(world(), ref);
  aws.clearCalls();
  await cluster.remove(services, ref);
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "Retrying");
  expect(told.message).toContain("for connections to");
  await cluster.gone(services, ref);
  const order = aws.calls.map(({ operation }) => operation);
  const [out, gone] = [order.indexOf("DeregisterTargets"), order.indexOf("DeleteListener")];
  expect(out).toBeGreaterThanOrEqual(0);
  const looks = aws.calls.slice(out, gone).filter(({ operation, parameters }) => {
    return operation === "DescribeTargetHealth" && parameters.TargetGroupArn === listeners[0]?.group.arn;
  });
  // So many say that targets are draining, and one that there are none.
  expect(looks.length).toBeGreaterThan(3);
  expect(order.indexOf("DeleteLoadBalancer")).toBeGreaterThan(gone);
});
