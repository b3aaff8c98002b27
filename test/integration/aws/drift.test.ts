/** What others change of a load balancer on AWS: put back or told, as the class says; and protection that others set, which stays. */
import type { ModifyTargetGroupInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import { beforeAll, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import { eventually } from "../support/installation.ts";
import type { SeenBalancer } from "./cloud.ts";
import { type Ref, seen, served } from "./served.ts";
import { awsWorld, LBC } from "./support.ts";

/** A minute of the operator's time, which is little more than a second. */
const world = awsWorld({ verifyPeriodMs: 60_000 });
beforeAll(() => world().createClass("told", { policy: { drift: "Report" } }));

const CROSS_ZONE = "load_balancing.cross_zone.enabled";
const PROTECTION = "deletion_protection.enabled";
const EVERYBODY = { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "0.0.0.0/0" }] };

const setAttribute = (arn: string, Key: string, Value: string) =>
  world().elb.modifyLoadBalancerAttributes({ LoadBalancerArn: arn, Attributes: [{ Key, Value }] });

const groupOf = (lb: SeenBalancer) => lb.listeners[0]?.group ?? { arn: "", targets: [] };

/** Changes something of everything, as somebody in a hurry would. */
async function meddle(lb: SeenBalancer): Promise<void> {
  const { elb, ec2 } = world();
  const group = groupOf(lb);
  await setAttribute(lb.arn, CROSS_ZONE, "true");
  const check: ModifyTargetGroupInput = { TargetGroupArn: group.arn, HealthCheckIntervalSeconds: 60 };
  await elb.modifyTargetGroup(check);
  const [id = "", port] = group.targets[0]?.split(":") ?? [];
  await elb.deregisterTargets({ TargetGroupArn: group.arn, Targets: [{ Id: id, Port: Number(port) }] });
  await ec2.authorizeSecurityGroupIngress({ GroupId: lb.frontGroup, IpPermissions: [EVERYBODY] });
}

async function interval(lb: SeenBalancer): Promise<number | undefined> {
  const { TargetGroups } = await world().elb.describeTargetGroups({ TargetGroupArns: [groupOf(lb).arn] });
  return TargetGroups?.[0]?.HealthCheckIntervalSeconds;
}

/** All that `meddle` changes, as it is now. */
async function state(ref: Ref) {
  const lb = await seen(world(), ref);
  return {
    arn: lb.arn,
    crossZone: (await world().attributes(lb.arn))[CROSS_ZONE],
    interval: await interval(lb),
    targets: groupOf(lb).targets,
    clients: await world().rules(lb.frontGroup),
    listeners: lb.listeners.map(({ port }) => port),
  };
}

test("what others change is put back, and what is not ours stays as they have it", async () => {
  const { ec2, elb, network } = world();
  const ref = await served(world(), "kept");
  const before = await state(ref);
  const lb = await seen(world(), ref);
  const nodeRules = await world().rules(network.nodeSecurityGroup);
  await meddle(lb);
  await elb.deleteListener({ ListenerArn: lb.listeners[0]?.arn });
  await elb.addTags({ ResourceArns: [lb.arn], Tags: [{ Key: "team", Value: "theirs" }] });
  const foreign = { ...EVERYBODY, FromPort: 22, ToPort: 22 };
  const GroupId = network.nodeSecurityGroup;
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [foreign] });
  await ec2.revokeSecurityGroupIngress({
    GroupId,
    SecurityGroupRuleIds: await ruleIds(GroupId, lb.backendGroup),
  });
  await eventually(async () => expect(await state(ref)).toEqual(before), "all is as before");
  await eventually(
    async () => expect(await world().rules(GroupId)).toEqual([...nodeRules, "tcp 22 from 0.0.0.0/0"].sort()),
    "nodes let the load balancer in again, and whom others let in",
  );
  expect(await world().tags(lb.arn)).toMatchObject({ team: "theirs" });
  expect((await world().applied(ref)).status?.drift).toBeUndefined();
});

async function ruleIds(group: string, from: string): Promise<string[]> {
  const { SecurityGroupRules = [] } = await world().ec2.describeSecurityGroupRules({
    Filters: [{ Name: "group-id", Values: [group] }],
  });
  const ours = SecurityGroupRules.filter(({ ReferencedGroupInfo }) => ReferencedGroupInfo?.GroupId === from);
  return ours.map(({ SecurityGroupRuleId = "" }) => SecurityGroupRuleId);
}

test("a load balancer that others deleted is made again", async () => {
  const ref = await served(world(), "lost");
  const old = await seen(world(), ref);
  await world().elb.deleteLoadBalancer({ LoadBalancerArn: old.arn });
  await eventually(async () => {
    const lb = await seen(world(), ref);
    expect(lb.arn).not.toBe(old.arn);
    expect(groupOf(lb).targets).toEqual(groupOf(old).targets);
    await world().cluster.served(ref, [lb.dnsName]);
  }, "there is another one, and its name is in status");
});

test("a class that says so has what others change told, field by field, and leaves it alone", async () => {
  const { cluster, ec2 } = world();
  const ref = await served(world(), "told", { cls: "told" });
  const before = await state(ref);
  const lb = await seen(world(), ref);
  await meddle(lb);
  const changed = await state(ref);
  expect(changed).not.toEqual(before);
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "Drifted");
  const fields = async () => {
    const { drift = [] } = (await cluster.loadBalancer(ref)).status ?? {};
    return drift.map(({ kind, field }) => `${kind} ${field}`).sort();
  };
  await eventually(
    async () =>
      expect(await fields()).toEqual([
        "load-balancer attributes",
        "security-group ingress",
        "target-group healthCheck",
        "targets targets",
      ]),
    "every difference is told",
  );
  expect(told.message).toContain("should be");
  await eventually(
    async () => expect(await cluster.events(ref)).toContainEqual(expect.stringContaining("should be")),
    "an Event tells of it",
  );
  expect(await state(ref)).toEqual(changed);

  // Of several changes only one is undone.
  await ec2.revokeSecurityGroupIngress({ GroupId: lb.frontGroup, IpPermissions: [EVERYBODY] });
  await eventually(
    async () => expect(await fields()).not.toContain("security-group ingress"),
    "it is not told any more",
  );
  expect(await fields()).toHaveLength(3);
  await cluster.condition(services, ref, "fairlead.io/Degraded", "Drifted");
});

test("protection that others switched on is not taken for drift, and a deletion waits for them to switch it off", async () => {
  const { cluster } = world();
  const ref = await served(world(), "guarded");
  const lb = await seen(world(), ref);
  await setAttribute(lb.arn, PROTECTION, "true");
  await setAttribute(lb.arn, CROSS_ZONE, "true");
  await eventually(
    async () => expect((await world().attributes(lb.arn))[CROSS_ZONE]).toBe("false"),
    "what was changed beside it is put back",
  );
  expect((await world().attributes(lb.arn))[PROTECTION]).toBe("true");
  await cluster.edit(services, ref, {
    metadata: { annotations: { [`${LBC}-attributes`]: `${CROSS_ZONE}=true` } },
  });
  await eventually(
    async () => expect((await world().attributes(lb.arn))[CROSS_ZONE]).toBe("true"),
    "other attributes can be set",
  );
  expect((await world().attributes(lb.arn))[PROTECTION]).toBe("true");

  await cluster.remove(services, ref);
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "Conflict");
  expect(told.message).toContain(`switch ${PROTECTION} off in AWS`);
  const { listeners } = await seen(world(), ref);
  expect(listeners.map(({ group }) => group.targets)).toEqual(lb.listeners.map(({ group }) => group.targets));
  expect((await cluster.service(ref)).metadata.deletionTimestamp).toBeDefined();
  expect(await world().served(ref)).toBe(lb.dnsName);

  await setAttribute(lb.arn, PROTECTION, "false");
  await cluster.gone(services, ref);
  expect(await world().balancers(`${ref.namespace}/${ref.name}`)).toEqual([]);
});

test("protection that a Service asked for goes with the annotation", async () => {
  const { cluster } = world();
  const annotation = `${LBC}-attributes`;
  const ref = await served(world(), "safe", { annotations: { [annotation]: `${PROTECTION}=true` } });
  const { arn } = await seen(world(), ref);
  expect((await world().attributes(arn))[PROTECTION]).toBe("true");
  await cluster.edit(services, ref, { metadata: { annotations: { [annotation]: null } } });
  await eventually(
    async () => expect((await world().attributes(arn))[PROTECTION]).toBe("false"),
    "it is switched off",
  );
});
