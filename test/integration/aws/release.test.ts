/** A load balancer is handed back as it is, without our mark, and may be adopted again, by the same Service or another one. */
import { beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { eventually } from "../support/installation.ts";
import type { SeenBalancer } from "./cloud.ts";
import { makeByHand, stands, taken } from "./predecessors.ts";
import { asked, type Ref, seen, served } from "./served.ts";
import { awsWorld } from "./support.ts";

const world = awsWorld();
beforeAll(() => world().createClass("adopting", { policy: { adoption: { ids: ["*"] } } }));

/** Asks for it, and waits until it is handed back. */
async function release(ref: Ref, how = "true"): Promise<void> {
  const { cluster } = world();
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/release": how } } });
  await cluster.condition(loadBalancers, ref, "Degraded", "Released");
}

/** All but tags, for these alone change when it is handed back. */
function withoutTags({ tags: _tags, ...rest }: SeenBalancer) {
  return rest;
}

async function marksOn({ arn, listeners, securityGroups }: SeenBalancer): Promise<string[]> {
  const arns = [arn, ...listeners.flatMap((listener) => [listener.arn, listener.group.arn])];
  const tags = await Promise.all(arns.map((each) => world().tags(each)));
  const { SecurityGroups = [] } = await world().ec2.describeSecurityGroups({ GroupIds: [...securityGroups] });
  const ofGroups = SecurityGroups.flatMap(({ Tags = [] }) => Tags.map(({ Key = "" }) => Key));
  return [...tags.flatMap(Object.keys), ...ofGroups].filter((key) => key.startsWith("fairlead.io/"));
}

test("it is handed back unmarked and unharmed, and stays when its Service goes; another Service adopts it", async () => {
  const { aws, cluster, network } = world();
  const ref = await served(world(), "web", { cls: "adopting" });
  const before = await seen(world(), ref);
  const rules = await world().rules(network.nodeSecurityGroup);
  expect(await marksOn(before)).not.toEqual([]);
  await release(ref, before.arn);
  const after = await world().at(before.arn);
  expect(withoutTags(after)).toEqual({
    ...withoutTags(before),
    backendGroup: "",
    frontGroup: expect.anything(),
  });
  expect(await marksOn(after)).toEqual([]);
  expect(await world().rules(network.nodeSecurityGroup)).toEqual(rules);
  expect(await cluster.addresses(ref)).toEqual([before.dnsName]);

  aws.clearCalls();
  await world().restart();
  const ports = [{ name: "http", port: 8080 }];
  await cluster.edit(services, ref, { spec: { ports } });
  await eventually(async () => {
    const { metadata, status } = await cluster.loadBalancer(ref);
    expect(status?.observedGeneration).toBe(metadata.generation);
  }, "the edit was seen");
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
  expect(world().written()).toEqual([]);
  expect(withoutTags(await world().at(before.arn))).toEqual(withoutTags(after));

  const made = { ...before, targetGroups: before.listeners.map(({ group }) => group.arn) };
  const annotations = { "fairlead.io/adopt": before.arn };
  const heir = await asked(world(), "heir", { cls: "adopting", annotations });
  const again = await taken(world(), heir, made);
  expect(again.listeners.map(({ group }) => group.arn)).toEqual(made.targetGroups);
  await cluster.remove(services, heir);
  await cluster.gone(services, heir);
  await expect(world().at(before.arn)).rejects.toMatchObject({ name: "LoadBalancerNotFoundException" });
});

test("the same Service takes back what it handed over, with the address that it had", async () => {
  const { cluster } = world();
  const ref = await served(world(), "web", { cls: "adopting" });
  const before = await seen(world(), ref);
  await release(ref);
  await cluster.edit(services, ref, {
    metadata: { annotations: { "fairlead.io/release": null, "fairlead.io/adopt": before.arn } },
  });
  const made = { ...before, targetGroups: before.listeners.map(({ group }) => group.arn) };
  await eventually(async () => expect(await marksOn(await world().at(before.arn))).not.toEqual([]), "ours");
  const lb = await taken(world(), ref, made);
  expect(lb.backendGroup).not.toBe("");
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
  await expect(world().at(before.arn)).rejects.toMatchObject({ name: "LoadBalancerNotFoundException" });
});

test("once it is not to be released any more, the Service gets another load balancer beside what it gave away", async () => {
  const { cluster } = world();
  const ref = await served(world(), "web", { cls: "adopting" });
  const before = await seen(world(), ref);
  await release(ref);
  const given = await world().at(before.arn);
  await cluster.edit(services, ref, { metadata: { annotations: { "fairlead.io/release": null } } });
  const lb = await eventually(() => seen(world(), ref), "it has another one");
  expect(lb.arn).not.toBe(before.arn);
  await cluster.served(ref, [lb.dnsName]);
  expect(await world().at(before.arn)).toEqual(given);
  await cluster.remove(services, ref);
  await cluster.gone(services, ref);
  expect(await world().at(before.arn)).toEqual(given);
});

test("what was adopted is handed back too, and what somebody else has is not released by naming it", async () => {
  const { cluster } = world();
  const made = await makeByHand(world(), "borrowed");
  const ref = await asked(world(), "web", {
    cls: "adopting",
    annotations: { "fairlead.io/adopt": made.arn },
  });
  const before = await taken(world(), ref, made);
  const other = await served(world(), "other");
  await cluster.edit(services, other, { metadata: { annotations: { "fairlead.io/release": made.arn } } });
  const told = await cluster.condition(loadBalancers, other, "Accepted", "InvalidAnnotation");
  expect(told.message).toContain("cannot release");
  expect(await marksOn(await world().at(made.arn))).not.toEqual([]);

  await cluster.edit(services, ref, {
    metadata: { annotations: { "fairlead.io/adopt": null, "fairlead.io/release": "true" } },
  });
  await cluster.condition(loadBalancers, ref, "Degraded", "Released");
  const after = await stands(world(), made);
  expect(Object.keys(after.tags)).toEqual(["Owner"]);
  expect(after.listeners).toEqual(before.listeners);
  for (const each of [ref, other]) await cluster.remove(services, each);
  for (const each of [ref, other]) await cluster.gone(services, each);
  await stands(world(), made);
});

test("an operator that is killed while it hands back has a successor that ends it", async () => {
  const ref = await served(world(), "web", { cls: "adopting" });
  const before = await seen(world(), ref);
  const death = world().dieAt("RemoveTags", "after");
  const releasing = release(ref);
  await death.succession();
  await releasing;
  const after = await world().at(before.arn);
  expect(await marksOn(after)).toEqual([]);
  expect(after.listeners).toEqual(before.listeners);
});
