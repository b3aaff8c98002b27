/** The simulated AWS treats security groups and subnets as the EC2 API Reference says. */

import type { IpPermission } from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { arranged, verdictOn } from "./arranged.ts";

const world = arranged();

async function group(): Promise<string> {
  const { ec2, network, name } = world();
  const made = await ec2.createSecurityGroup({ GroupName: name(), Description: "test", VpcId: network.vpc });
  return made.GroupId ?? "";
}

function tcp(port: number, from: Partial<IpPermission>): IpPermission {
  return { IpProtocol: "tcp", FromPort: port, ToPort: port, ...from };
}

const fromNetwork = (CidrIp: string) => ({ IpRanges: [{ CidrIp }] });

/** The networks that may come in, by port. */
async function rules(GroupId: string): Promise<string[]> {
  const { SecurityGroups } = await world().ec2.describeSecurityGroups({ GroupIds: [GroupId] });
  const permissions = SecurityGroups?.[0]?.IpPermissions ?? [];
  return permissions.flatMap(({ FromPort, IpRanges = [], Ipv6Ranges = [] }) =>
    [...IpRanges.map((one) => one.CidrIp), ...Ipv6Ranges.map((one) => one.CidrIpv6)].map(
      (from) => `${FromPort} ${from}`,
    ),
  );
}

describe("rules are added all or none", () => {
  const good = tcp(1, fromNetwork("10.0.0.0/8"));
  test.each<[string, string, (there: string) => IpPermission]>([
    ["a rule that is there", "InvalidPermission.Duplicate", () => tcp(80, fromNetwork("10.0.0.0/8"))],
    [
      "a rule that is there in other words",
      "InvalidPermission.Duplicate",
      () => tcp(80, fromNetwork("10.1.2.3/8")),
    ],
    ["the same rule twice", "InvalidParameterValue", () => good],
    ["what is no network", "InvalidParameterValue", () => tcp(2, fromNetwork("10.0.0.0/33"))],
    [
      "a group that is not there",
      "InvalidGroup.NotFound",
      () => tcp(2, { UserIdGroupPairs: [{ GroupId: "sg-0" }] }),
    ],
    [
      "a prefix list that is not there",
      "InvalidPrefixListID.NotFound",
      () => tcp(2, { PrefixListIds: [{ PrefixListId: "pl-0" }] }),
    ],
  ])("beside %s: %s", async (_, code, bad) => {
    const GroupId = await group();
    const { ec2 } = world();
    await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [tcp(80, fromNetwork("10.0.0.0/8"))] });
    const asked = { GroupId, IpPermissions: [good, bad(GroupId)] };
    expect(await verdictOn(ec2.authorizeSecurityGroupIngress(asked))).toBe(code);
    expect(await rules(GroupId)).toEqual(["80 10.0.0.0/8"]);
  });

  test("beside one too many", async () => {
    const { aws, ec2 } = world();
    const GroupId = await group();
    const asked = { GroupId, IpPermissions: [1, 2, 3].map((port) => tcp(port, fromNetwork("0.0.0.0/0"))) };
    aws.behave({ limits: { rulesPerSecurityGroup: 2 } });
    expect(await verdictOn(ec2.authorizeSecurityGroupIngress(asked))).toBe(
      "RulesPerSecurityGroupLimitExceeded",
    );
    aws.behave({ limits: { rulesPerSecurityGroup: 60 } });
    expect(await rules(GroupId)).toEqual([]);
    expect(await verdictOn(ec2.authorizeSecurityGroupIngress(asked))).toBe("accepted");
  });
});

test("networks are cut to their first address, and revoked in either form", async () => {
  const { ec2 } = world();
  const GroupId = await group();
  const IpPermissions = [
    tcp(80, { ...fromNetwork("192.0.2.77/24"), Ipv6Ranges: [{ CidrIpv6: "2001:db8:1:2::9/48" }] }),
  ];
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
  expect(await rules(GroupId)).toEqual(["80 192.0.2.0/24", "80 2001:db8:1::/48"]);
  await ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions });
  expect(await rules(GroupId)).toEqual([]);
});

test("a rule that is not there can't be revoked, and then no other is", async () => {
  const { ec2 } = world();
  const GroupId = await group();
  const there = tcp(80, fromNetwork("10.0.0.0/8"));
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [there] });
  const asked = { GroupId, IpPermissions: [there, tcp(81, fromNetwork("10.0.0.0/8"))] };
  expect(await verdictOn(ec2.revokeSecurityGroupIngress(asked))).toBe("InvalidPermission.NotFound");
  expect(await rules(GroupId)).toEqual(["80 10.0.0.0/8"]);
});

describe("a group can't be deleted", () => {
  test("while a rule of another names it", async () => {
    const { ec2 } = world();
    const [GroupId, other] = [await group(), await group()];
    const asked = { GroupId: other, IpPermissions: [tcp(80, { UserIdGroupPairs: [{ GroupId }] })] };
    await ec2.authorizeSecurityGroupIngress(asked);
    expect(await verdictOn(ec2.deleteSecurityGroup({ GroupId }))).toBe("DependencyViolation");
    await ec2.revokeSecurityGroupIngress(asked);
    expect(await verdictOn(ec2.deleteSecurityGroup({ GroupId }))).toBe("accepted");
  });

  test("while a load balancer has it, and as often after as the behaviour says", async () => {
    const { aws, ec2, elb, loadBalancer } = world();
    const GroupId = await group();
    const LoadBalancerArn = await loadBalancer({ SecurityGroups: [GroupId] });
    const remove = () => verdictOn(ec2.deleteSecurityGroup({ GroupId }));
    aws.behave({ deletionHoldTimes: 2 });
    expect(await remove()).toBe("DependencyViolation");
    await elb.deleteLoadBalancer({ LoadBalancerArn });
    expect([await remove(), await remove(), await remove()]).toEqual([
      "DependencyViolation",
      "DependencyViolation",
      "accepted",
    ]);
    aws.behave({ deletionHoldTimes: 1 });
  });

  test("while an instance has it", async () => {
    const { ec2, network } = world();
    expect(await verdictOn(ec2.deleteSecurityGroup({ GroupId: network.nodeSecurityGroup }))).toBe(
      "DependencyViolation",
    );
  });
});

test("the IPv6 blocks of subnets and VPCs say that they are associated", async () => {
  const { ec2, network } = world();
  const { Subnets } = await ec2.describeSubnets({ SubnetIds: [network.internalSubnets[0]?.id ?? ""] });
  const { Vpcs } = await ec2.describeVpcs({ VpcIds: [network.vpc] });
  const blocks = [...(Subnets?.[0]?.Ipv6CidrBlockAssociationSet ?? [])].map(
    (one) => one.Ipv6CidrBlockState?.State,
  );
  expect(blocks).toEqual(["associated"]);
  expect(Vpcs?.[0]?.Ipv6CidrBlockAssociationSet?.[0]?.Ipv6CidrBlockState?.State).toBe("associated");
});

test("a description can be taken off, and a rule that has one is revoked without it", async () => {
  const { ec2 } = world();
  const GroupId = await group();
  const source = await group();
  const from = (Description?: string) => tcp(80, { UserIdGroupPairs: [{ GroupId: source, Description }] });
  const descriptions = async () => {
    const { SecurityGroups = [] } = await ec2.describeSecurityGroups({ GroupIds: [GroupId] });
    const pairs = SecurityGroups[0]?.IpPermissions?.flatMap(({ UserIdGroupPairs = [] }) => UserIdGroupPairs);
    return pairs?.map(({ Description = "none" }) => Description);
  };
  await ec2.authorizeSecurityGroupIngress({ GroupId, IpPermissions: [from("ours")] });
  await ec2.updateSecurityGroupRuleDescriptionsIngress({ GroupId, IpPermissions: [from()] });
  expect(await descriptions()).toEqual(["none"]);
  await ec2.updateSecurityGroupRuleDescriptionsIngress({ GroupId, IpPermissions: [from("theirs")] });
  expect(await descriptions()).toEqual(["theirs"]);
  await ec2.revokeSecurityGroupIngress({ GroupId, IpPermissions: [from()] });
  expect(await descriptions()).toEqual([]);
});
