/** The simulated AWS treats Network Load Balancers as the API Reference says. */

import type { CreateLoadBalancerInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "@jest/globals";
import { type Arranged, arranged, verdictOn } from "./arranged.ts";

const world = arranged();

/** Subnets by zone, from 0. */
const inner = (zone: number) => world().network.internalSubnets[zone]?.id ?? "";
const outer = (zone: number) => world().network.publicSubnets[zone]?.id ?? "";

async function shown(arn: string) {
  const answer = await world().elb.describeLoadBalancers({ LoadBalancerArns: [arn] });
  return answer.LoadBalancers?.[0];
}

async function names() {
  const { LoadBalancers } = await world().elb.describeLoadBalancers({});
  return LoadBalancers?.map(({ LoadBalancerName }) => LoadBalancerName);
}

async function address(): Promise<{ AllocationId: string; PublicIp: string }> {
  const { AllocationId = "", PublicIp = "" } = await world().ec2.allocateAddress({ Domain: "vpc" });
  return { AllocationId, PublicIp };
}

async function group(vpc = world().network.vpc): Promise<string> {
  const made = await world().ec2.createSecurityGroup({
    GroupName: world().name(),
    Description: "test",
    VpcId: vpc,
  });
  return made.GroupId ?? "";
}

test("tells scheme, ARN and DNS name as of a Network Load Balancer, and that it is provisioned at first", async () => {
  const arn = await world().loadBalancer({ Scheme: undefined, Subnets: [outer(0)] });

  const first = await shown(arn);
  expect(first).toMatchObject({
    Scheme: "internet-facing",
    Type: "network",
    IpAddressType: "ipv4",
    EnablePrefixForIpv6SourceNat: "off",
    State: { Code: "provisioning" },
  });
  expect(arn).toMatch(/:loadbalancer\/net\/test-\d+\/[0-9a-f]{16}$/);
  expect(first?.DNSName).toBe(`${arn.split("/").slice(-2).join("-")}.elb.us-west-2.amazonaws.com`);
  expect((await shown(arn))?.State).toEqual({ Code: "active" });
});

describe("a load balancer is refused", () => {
  const rows: [
    string,
    string,
    (w: Arranged) => Partial<CreateLoadBalancerInput> | Promise<Partial<CreateLoadBalancerInput>>,
  ][] = [
    ["with a name of 33 characters", "ValidationError", () => ({ Name: "x".repeat(33) })],
    ["with a name that begins with internal-", "ValidationError", () => ({ Name: "internal-x" })],
    ["with a name that ends with a hyphen", "ValidationError", () => ({ Name: "x-" })],
    ["with an underscore in its name", "ValidationError", () => ({ Name: "a_b" })],
    ["with two subnets in a zone", "InvalidConfigurationRequest", () => ({ Subnets: [inner(0), outer(0)] })],
    ["in a subnet that is not there", "SubnetNotFound", () => ({ Subnets: ["subnet-0"] })],
    ["with a security group that is not there", "InvalidSecurityGroup", () => ({ SecurityGroups: ["sg-0"] })],
    [
      "with an address that is not there",
      "AllocationIdNotFound",
      () => ({
        Scheme: "internet-facing",
        SubnetMappings: [{ SubnetId: outer(0), AllocationId: "eipalloc-0" }],
      }),
    ],
    [
      "with a public address when internal",
      "InvalidConfigurationRequest",
      async () => ({
        SubnetMappings: [{ SubnetId: inner(0), AllocationId: (await address()).AllocationId }],
      }),
    ],
    [
      "with a private address of another subnet",
      "InvalidConfigurationRequest",
      () => ({ SubnetMappings: [{ SubnetId: inner(0), PrivateIPv4Address: "10.20.102.9" }] }),
    ],
    [
      "with an IPv6 address when not dualstack",
      "InvalidConfigurationRequest",
      () => ({ SubnetMappings: [{ SubnetId: inner(0), IPv6Address: "2001:db8::1" }] }),
    ],
    [
      "with prefixes for source NAT when not dualstack",
      "InvalidConfigurationRequest",
      () => ({ EnablePrefixForIpv6SourceNat: "on" }),
    ],
    ["of type application", "ValidationError", () => ({ Type: "application" })],
    [
      "with a tag twice",
      "DuplicateTagKeys",
      () => ({
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "a", Value: "2" },
        ],
      }),
    ],
    [
      "with 51 tags",
      "TooManyTags",
      () => ({ Tags: Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: "" })) }),
    ],
  ];

  test.each(rows)("%s", async (_, code, asked) => {
    const before = await names();
    expect(await verdictOn(world().loadBalancer(await asked(world())))).toBe(code);
    expect(await names()).toEqual(before);
  });

  test("in a VPC without internet gateway, or without IPv6, when it needs that", async () => {
    const { ec2, loadBalancer } = world();
    const { Vpc } = await ec2.createVpc({ CidrBlock: "10.99.0.0/16" });
    const { Subnet } = await ec2.createSubnet({ VpcId: Vpc?.VpcId, CidrBlock: "10.99.1.0/24" });
    const Subnets = [Subnet?.SubnetId ?? ""];

    expect(await verdictOn(loadBalancer({ Subnets, Scheme: "internet-facing" }))).toBe("InvalidSubnet");
    expect(await verdictOn(loadBalancer({ Subnets, IpAddressType: "dualstack" }))).toBe(
      "InvalidConfigurationRequest",
    );
    expect(await verdictOn(loadBalancer({ Subnets, SecurityGroups: [await group()] }))).toBe(
      "InvalidSecurityGroup",
    );
    expect(await verdictOn(loadBalancer({ Subnets }))).toBe("accepted");
  });

  test("over the quota", async () => {
    const { aws, elb, loadBalancer } = world();
    const { LoadBalancers = [] } = await elb.describeLoadBalancers({});
    aws.behave({ limits: { loadBalancers: LoadBalancers.length + 1 } });
    expect(await verdictOn(loadBalancer())).toBe("accepted");
    expect(await verdictOn(loadBalancer())).toBe("TooManyLoadBalancers");
    aws.behave({ limits: { loadBalancers: 50 } });
  });
});

test("a request with the same settings gives the same load balancer, with others an error", async () => {
  const { loadBalancer, name } = world();
  const asked = { Name: name(), Subnets: [inner(0), inner(1)] };
  const arn = await loadBalancer({ ...asked, Tags: [{ Key: "owner", Value: "one" }] });

  expect(await loadBalancer({ ...asked, Subnets: [inner(1), inner(0)] })).toBe(arn);
  expect(await verdictOn(loadBalancer({ ...asked, Subnets: [inner(0)] }))).toBe("DuplicateLoadBalancerName");
  expect(await verdictOn(loadBalancer({ ...asked, SecurityGroups: [await group()] }))).toBe(
    "DuplicateLoadBalancerName",
  );
});

describe("the addresses of the zones", () => {
  test("public ones are shown, and are nobody else's until the load balancer is gone for good", async () => {
    const { elb, loadBalancer } = world();
    const { AllocationId, PublicIp } = await address();
    const asked = {
      Scheme: "internet-facing" as const,
      SubnetMappings: [{ SubnetId: outer(0), AllocationId }],
    };
    const arn = await loadBalancer(asked);

    expect((await shown(arn))?.AvailabilityZones).toEqual([
      {
        SubnetId: outer(0),
        ZoneName: "us-west-2a",
        LoadBalancerAddresses: [{ AllocationId, IpAddress: PublicIp }],
      },
    ]);
    expect(await verdictOn(loadBalancer(asked))).toBe("ResourceInUse");
    await elb.deleteLoadBalancer({ LoadBalancerArn: arn });
    expect(await verdictOn(loadBalancer(asked))).toBe("ResourceInUse");
    expect(await verdictOn(loadBalancer(asked))).toBe("accepted");
  });

  test("private and IPv6 ones are shown, and prefixes for source NAT", async () => {
    const ipv6 = world().network.internalSubnets[0]?.ipv6Cidr?.replace("::/64", "::9") ?? "";
    const mapping = { SubnetId: inner(0), PrivateIPv4Address: "10.20.101.77", IPv6Address: ipv6 };
    const arn = await world().loadBalancer({
      IpAddressType: "dualstack",
      EnablePrefixForIpv6SourceNat: "on",
      SubnetMappings: [{ ...mapping, SourceNatIpv6Prefix: "auto_assigned" }],
    });

    const zone = (await shown(arn))?.AvailabilityZones?.[0];
    expect(zone?.LoadBalancerAddresses).toEqual([{ PrivateIPv4Address: "10.20.101.77", IPv6Address: ipv6 }]);
    expect(zone?.SourceNatIpv6Prefixes).toEqual([expect.stringMatching(/\/80$/)]);
  });
});

describe("lists", () => {
  test("pages follow their markers, up to the end", async () => {
    const { elb, loadBalancer } = world();
    for (let made = 0; made < 3; made++) await loadBalancer();
    const all = (await elb.describeLoadBalancers({})).LoadBalancers?.map((one) => one.LoadBalancerArn);

    const seen: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await elb.describeLoadBalancers({ PageSize: 2, Marker });
      expect(page.LoadBalancers?.length).toBeLessThanOrEqual(2);
      seen.push(...(page.LoadBalancers ?? []).map((one) => one.LoadBalancerArn));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(seen).toEqual(all);
  });

  test("one that is not there fails the whole call, also of tags; 21 are too many", async () => {
    const { elb, loadBalancer } = world();
    const arn = await loadBalancer();
    const gone = arn.replace(/[0-9a-f]{16}$/, "0123456789abcdef");
    const many = Array.from({ length: 21 }, () => arn);

    expect(await verdictOn(elb.describeLoadBalancers({ LoadBalancerArns: [arn, gone] }))).toBe(
      "LoadBalancerNotFound",
    );
    expect(await verdictOn(elb.describeLoadBalancers({ Names: ["nobody"] }))).toBe("LoadBalancerNotFound");
    expect(await verdictOn(elb.describeTags({ ResourceArns: [arn, gone] }))).toBe("LoadBalancerNotFound");
    expect(await verdictOn(elb.describeLoadBalancers({ LoadBalancerArns: many }))).toBe("ValidationError");
    expect(await verdictOn(elb.describeTags({ ResourceArns: many }))).toBe("ValidationError");
    expect(await verdictOn(elb.describeLoadBalancers({ PageSize: 401 }))).toBe("ValidationError");
  });
});

describe("attributes", () => {
  test("are those of Network Load Balancers, with AWS's defaults", async () => {
    const { Attributes } = await world().elb.describeLoadBalancerAttributes({
      LoadBalancerArn: await world().loadBalancer(),
    });
    expect(Object.fromEntries(Attributes?.map(({ Key, Value }) => [Key, Value]) ?? [])).toMatchObject({
      "access_logs.s3.enabled": "false",
      "deletion_protection.enabled": "false",
      "dns_record.client_routing_policy": "any_availability_zone",
      "ipv6.deny_all_igw_traffic": "true",
      "load_balancing.cross_zone.enabled": "false",
      "zonal_shift.config.enabled": "false",
    });
  });

  test.each([
    ["a key of other load balancers", "ValidationError", { "idle_timeout.timeout_seconds": "60" }],
    ["a value that is none", "ValidationError", { "load_balancing.cross_zone.enabled": "yes" }],
    ["logs without a bucket", "InvalidConfigurationRequest", { "access_logs.s3.enabled": "true" }],
    [
      "a right one beside a wrong one",
      "ValidationError",
      { "deletion_protection.enabled": "true", nonsense: "1" },
    ],
  ])("%s: nothing is changed", async (_, code, wanted) => {
    const { elb, loadBalancer } = world();
    const LoadBalancerArn = await loadBalancer();
    const before = await elb.describeLoadBalancerAttributes({ LoadBalancerArn });
    const Attributes = Object.entries(wanted).map(([Key, Value]) => ({ Key, Value }));

    expect(await verdictOn(elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes }))).toBe(code);
    expect((await elb.describeLoadBalancerAttributes({ LoadBalancerArn })).Attributes).toEqual(
      before.Attributes,
    );
  });
});

test("deletion protection holds; without it deletion succeeds, and once more for what is gone", async () => {
  const { elb, loadBalancer } = world();
  const LoadBalancerArn = await loadBalancer();
  const protect = (Value: string) =>
    elb.modifyLoadBalancerAttributes({
      LoadBalancerArn,
      Attributes: [{ Key: "deletion_protection.enabled", Value }],
    });

  await protect("true");
  expect(await verdictOn(elb.deleteLoadBalancer({ LoadBalancerArn }))).toBe("OperationNotPermitted");
  await protect("false");
  expect(await verdictOn(elb.deleteLoadBalancer({ LoadBalancerArn }))).toBe("accepted");
  expect(await verdictOn(elb.deleteLoadBalancer({ LoadBalancerArn }))).toBe("accepted");
  expect(await verdictOn(elb.describeTags({ ResourceArns: [LoadBalancerArn] }))).toBe("LoadBalancerNotFound");
});

describe("changes", () => {
  test("zones come and go, down to one; the subnet of a zone does not change", async () => {
    const { elb, loadBalancer } = world();
    const LoadBalancerArn = await loadBalancer();

    await elb.setSubnets({ LoadBalancerArn, Subnets: [inner(0), inner(1)] });
    expect(await verdictOn(elb.setSubnets({ LoadBalancerArn, Subnets: [outer(0), inner(1)] }))).toBe(
      "InvalidConfigurationRequest",
    );
    await elb.setSubnets({ LoadBalancerArn, Subnets: [inner(1)] });
    expect((await shown(LoadBalancerArn))?.AvailabilityZones?.map((zone) => zone.SubnetId)).toEqual([
      inner(1),
    ]);
  });

  test("a fixed address stays when other zones come", async () => {
    const { elb, loadBalancer } = world();
    const mapping = { SubnetId: inner(0), PrivateIPv4Address: "10.20.101.80" };
    const LoadBalancerArn = await loadBalancer({ SubnetMappings: [mapping] });

    await elb.setSubnets({ LoadBalancerArn, Subnets: [inner(0), inner(1)] });
    const zones = (await shown(LoadBalancerArn))?.AvailabilityZones;
    expect(zones?.[0]?.LoadBalancerAddresses).toEqual([{ PrivateIPv4Address: "10.20.101.80" }]);
    const other = [{ ...mapping, PrivateIPv4Address: "10.20.101.81" }];
    expect(await verdictOn(elb.setSubnets({ LoadBalancerArn, SubnetMappings: other }))).toBe(
      "InvalidConfigurationRequest",
    );
  });

  test("security groups can be replaced, but neither come nor go altogether", async () => {
    const { elb, loadBalancer } = world();
    const [one, other] = [await group(), await group()];
    const bare = await loadBalancer();
    const LoadBalancerArn = await loadBalancer({ SecurityGroups: [one] });
    const flag = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic";

    expect(await verdictOn(elb.setSecurityGroups({ LoadBalancerArn: bare, SecurityGroups: [one] }))).toBe(
      "InvalidConfigurationRequest",
    );
    expect(await verdictOn(elb.setSecurityGroups({ LoadBalancerArn, SecurityGroups: [] }))).toBe(
      "InvalidConfigurationRequest",
    );
    expect((await shown(LoadBalancerArn))?.[flag]).toBe("on");
    await elb.setSecurityGroups({ LoadBalancerArn, SecurityGroups: [one], [flag]: "off" });
    const { SecurityGroupIds } = await elb.setSecurityGroups({ LoadBalancerArn, SecurityGroups: [other] });
    expect(SecurityGroupIds).toEqual([other]);
    expect(await shown(LoadBalancerArn)).toMatchObject({ SecurityGroups: [other], [flag]: "off" });
  });

  test("the IP address type changes where the subnets allow it", async () => {
    const { elb, loadBalancer } = world();
    const LoadBalancerArn = await loadBalancer();
    await elb.setIpAddressType({ LoadBalancerArn, IpAddressType: "dualstack" });
    expect((await shown(LoadBalancerArn))?.IpAddressType).toBe("dualstack");
  });

  test("a capacity reservation is kept until it is reset", async () => {
    const { elb, loadBalancer } = world();
    const LoadBalancerArn = await loadBalancer();
    const asked = (CapacityUnits: number) =>
      elb.modifyCapacityReservation({ LoadBalancerArn, MinimumLoadBalancerCapacity: { CapacityUnits } });

    await asked(3000);
    const kept = await elb.describeCapacityReservation({ LoadBalancerArn });
    expect(kept.MinimumLoadBalancerCapacity).toEqual({ CapacityUnits: 3000 });
    await elb.modifyCapacityReservation({ LoadBalancerArn, ResetCapacityReservation: true });
    const reset = await elb.describeCapacityReservation({ LoadBalancerArn });
    expect(reset.MinimumLoadBalancerCapacity).toBeUndefined();
  });
});

test("50 tags fit, one more does not, and then none of the call is there", async () => {
  const { elb, loadBalancer } = world();
  const arn = await loadBalancer({ Tags: [{ Key: "first", Value: "kept" }] });
  const tags = (count: number) => Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value: "v" }));
  const there = async () => (await elb.describeTags({ ResourceArns: [arn] })).TagDescriptions?.[0]?.Tags;

  expect(await verdictOn(elb.addTags({ ResourceArns: [arn], Tags: tags(50) }))).toBe("TooManyTags");
  expect(await there()).toEqual([{ Key: "first", Value: "kept" }]);
  await elb.addTags({ ResourceArns: [arn], Tags: tags(49) });
  expect(await there()).toHaveLength(50);
  await elb.removeTags({ ResourceArns: [arn], TagKeys: ["first"] });
  expect(await there()).toHaveLength(49);
});

describe("calls that AWS does not have", () => {
  const signed = {
    authorization:
      "AWS4-HMAC-SHA256 Credential=x/20260101/us-west-2/elasticloadbalancing/aws4_request, Signature=0",
  };
  test.each([
    ["an action that is not known", "Action=FlyToTheMoon", "InvalidAction"],
    ["a parameter that is not known", "Action=DescribeLoadBalancers&Speed=1", "ValidationError"],
  ])("%s", async (_, body, code) => {
    const answer = await fetch(world().aws.endpoint, { method: "POST", headers: signed, body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(`<Code>${code}</Code>`);
  });

  test("an action that moto lacks", async () => {
    expect(await verdictOn(world().ec2.describeVpcEndpointAssociations({}))).toBe("InvalidAction");
  });
});
