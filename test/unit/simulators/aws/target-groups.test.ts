/** The simulated AWS treats target groups, and their targets, as the API Reference says. */

import type { CreateTargetGroupInput, TargetDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "@jest/globals";
import { arranged, verdictOn } from "./arranged.ts";

const world = arranged();

async function shown(arn: string) {
  return (await world().elb.describeTargetGroups({ TargetGroupArns: [arn] })).TargetGroups?.[0];
}

async function attributes(TargetGroupArn: string): Promise<Record<string, string>> {
  const { Attributes = [] } = await world().elb.describeTargetGroupAttributes({ TargetGroupArn });
  return Object.fromEntries(Attributes.map(({ Key = "", Value = "" }) => [Key, Value]));
}

describe("a target group has AWS's defaults", () => {
  test.each<[string, Partial<CreateTargetGroupInput>, object]>([
    [
      "over TCP",
      {},
      {
        HealthCheckProtocol: "TCP",
        HealthCheckPort: "traffic-port",
        HealthCheckIntervalSeconds: 30,
        HealthCheckTimeoutSeconds: 10,
        HealthyThresholdCount: 5,
        UnhealthyThresholdCount: 2,
        TargetType: "instance",
        IpAddressType: "ipv4",
        LoadBalancerArns: [],
      },
    ],
    [
      "checked over HTTP",
      { HealthCheckProtocol: "HTTP" },
      { HealthCheckPath: "/", HealthCheckTimeoutSeconds: 6, Matcher: { HttpCode: "200-399" } },
    ],
    [
      "for QUIC",
      { Protocol: "TCP_QUIC", TargetType: "ip" },
      { Protocol: "TCP_QUIC", HealthCheckProtocol: "TCP" },
    ],
  ])("%s", async (_, asked, wanted) => {
    expect(await shown(await world().targetGroup(asked))).toMatchObject(wanted);
  });

  test.each<[string, Partial<CreateTargetGroupInput>, Record<string, string>]>([
    [
      "attributes of TCP to instances",
      {},
      {
        "preserve_client_ip.enabled": "true",
        "proxy_protocol_v2.enabled": "false",
        "deregistration_delay.timeout_seconds": "300",
        "deregistration_delay.connection_termination.enabled": "false",
        "stickiness.type": "source_ip",
      },
    ],
    ["attributes of TCP to addresses", { TargetType: "ip" }, { "preserve_client_ip.enabled": "false" }],
    [
      "attributes of UDP to addresses",
      { Protocol: "UDP", TargetType: "ip" },
      { "preserve_client_ip.enabled": "true", "deregistration_delay.connection_termination.enabled": "true" },
    ],
  ])("%s", async (_, asked, wanted) => {
    const found = await attributes(await world().targetGroup(asked));
    expect(found).toMatchObject(wanted);
    expect(found).not.toHaveProperty(["load_balancing.algorithm.type"]);
  });
});

describe("a target group is refused", () => {
  test.each<[string, string, Partial<CreateTargetGroupInput>]>([
    ["with a check over UDP", "ValidationError", { HealthCheckProtocol: "UDP" }],
    ["with a threshold of 1", "ValidationError", { HealthyThresholdCount: 1 }],
    [
      "with a timeout over the interval",
      "ValidationError",
      { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 6 },
    ],
    ["with a path for a check over TCP", "InvalidConfigurationRequest", { HealthCheckPath: "/" }],
    [
      "with codes that are none",
      "ValidationError",
      { HealthCheckProtocol: "HTTP", Matcher: { HttpCode: "OK" } },
    ],
    ["with a name that ends with a hyphen", "ValidationError", { Name: "x-" }],
    ["in a VPC that is not there", "ValidationError", { VpcId: "vpc-0" }],
    ["without a port", "ValidationError", { Port: undefined }],
  ])("%s", async (_, code, asked) => {
    expect(await verdictOn(world().targetGroup(asked))).toBe(code);
  });

  test("by its name when another has it, unless all is the same", async () => {
    const { targetGroup, name } = world();
    const asked = { Name: name(), Port: 8080 };
    const arn = await targetGroup(asked);
    expect(await targetGroup(asked)).toBe(arn);
    expect(await verdictOn(targetGroup({ ...asked, Port: 8081 }))).toBe("DuplicateTargetGroupName");
    expect(await verdictOn(targetGroup({ ...asked, HealthCheckIntervalSeconds: 11 }))).toBe(
      "DuplicateTargetGroupName",
    );
  });
});

test("codes, paths and times of a check change, and stay changed", async () => {
  const { elb, targetGroup } = world();
  const TargetGroupArn = await targetGroup({ HealthCheckProtocol: "HTTP" });
  await elb.modifyTargetGroup({
    TargetGroupArn,
    Matcher: { HttpCode: "200,204" },
    HealthCheckPath: "/healthz",
  });
  await elb.modifyTargetGroup({ TargetGroupArn, HealthCheckIntervalSeconds: 10 });
  expect(await shown(TargetGroupArn)).toMatchObject({
    Matcher: { HttpCode: "200,204" },
    HealthCheckPath: "/healthz",
    HealthCheckIntervalSeconds: 10,
  });
});

describe("attributes of a target group", () => {
  test.each<[string, string, Partial<CreateTargetGroupInput>, Record<string, string>]>([
    ["3600 seconds of delay", "accepted", {}, { "deregistration_delay.timeout_seconds": "3600" }],
    ["3601 seconds of delay", "ValidationError", {}, { "deregistration_delay.timeout_seconds": "3601" }],
    ["a key of other load balancers", "ValidationError", {}, { "slow_start.duration_seconds": "30" }],
    [
      "no client addresses over UDP",
      "InvalidConfigurationRequest",
      { Protocol: "UDP" },
      { "preserve_client_ip.enabled": "false" },
    ],
    [
      "an interval of draining beside an end of connections",
      "InvalidConfigurationRequest",
      {},
      { "target_health_state.unhealthy.draining_interval_seconds": "10" },
    ],
  ])("%s: %s", async (_, code, asked, wanted) => {
    const { elb, targetGroup } = world();
    const TargetGroupArn = await targetGroup(asked);
    const Attributes = Object.entries(wanted).map(([Key, Value]) => ({ Key, Value }));
    expect(await verdictOn(elb.modifyTargetGroupAttributes({ TargetGroupArn, Attributes }))).toBe(code);
    const found = await attributes(TargetGroupArn);
    if (code === "accepted") expect(found).toMatchObject(wanted);
    else expect(found).not.toMatchObject(wanted);
  });
});

test("a group names its load balancer once, and can't be deleted before that is gone for good", async () => {
  const { elb, targetGroup, loadBalancer, listener } = world();
  const TargetGroupArn = await targetGroup();
  const LoadBalancerArn = await loadBalancer();
  const unused = await elb.describeTargetGroups({ LoadBalancerArn });
  expect(unused.TargetGroups).toEqual([]);

  await listener(LoadBalancerArn, TargetGroupArn, { Port: 80 });
  await listener(LoadBalancerArn, TargetGroupArn, { Port: 81 });
  expect((await shown(TargetGroupArn))?.LoadBalancerArns).toEqual([LoadBalancerArn]);
  expect(await verdictOn(elb.deleteTargetGroup({ TargetGroupArn }))).toBe("ResourceInUse");

  await elb.deleteLoadBalancer({ LoadBalancerArn });
  expect((await shown(TargetGroupArn))?.LoadBalancerArns).toEqual([]);
  expect(await verdictOn(elb.deleteTargetGroup({ TargetGroupArn }))).toBe("ResourceInUse");
  expect(await verdictOn(elb.deleteTargetGroup({ TargetGroupArn }))).toBe("accepted");
  expect(await verdictOn(elb.describeTargetGroups({ TargetGroupArns: [TargetGroupArn] }))).toBe(
    "TargetGroupNotFound",
  );
});

describe("targets", () => {
  const node = (index: number) => world().network.nodes[index]?.instance ?? "";

  async function health(TargetGroupArn: string, Targets?: TargetDescription[]): Promise<string[]> {
    const answer = await world().elb.describeTargetHealth({ TargetGroupArn, Targets });
    return (answer.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) =>
      [`${Target?.Id}:${Target?.Port}`, TargetHealth?.State, TargetHealth?.Reason].filter(Boolean).join(" "),
    );
  }

  async function usedGroup(asked: Partial<CreateTargetGroupInput> = {}): Promise<string> {
    const { loadBalancer, targetGroup, listener } = world();
    const arn = await targetGroup(asked);
    await listener(await loadBalancer(), arn);
    return arn;
  }

  test("are unused without a load balancer, then initial, then healthy, and draining before they are gone", async () => {
    const { elb, targetGroup, loadBalancer, listener } = world();
    const TargetGroupArn = await targetGroup();
    const Targets = [{ Id: node(0) }];
    await elb.registerTargets({ TargetGroupArn, Targets });
    expect(await health(TargetGroupArn)).toEqual([`${node(0)}:80 unused Target.NotInUse`]);

    await listener(await loadBalancer(), TargetGroupArn);
    expect(await health(TargetGroupArn)).toEqual([`${node(0)}:80 initial Elb.RegistrationInProgress`]);
    expect(await health(TargetGroupArn)).toEqual([`${node(0)}:80 healthy`]);

    await elb.deregisterTargets({ TargetGroupArn, Targets });
    expect(await health(TargetGroupArn)).toEqual([`${node(0)}:80 draining Target.DeregistrationInProgress`]);
    expect(await health(TargetGroupArn)).toEqual([]);
    expect(await health(TargetGroupArn, Targets)).toEqual([`${node(0)}:80 unused Target.NotRegistered`]);
  });

  test("are told apart by id and port; what is not there is taken out with success", async () => {
    const { elb } = world();
    const TargetGroupArn = await usedGroup();
    const at = (Port: number) => ({ Id: node(0), Port });
    await elb.registerTargets({ TargetGroupArn, Targets: [at(1), at(2), at(1)] });
    await elb.deregisterTargets({ TargetGroupArn, Targets: [at(1), at(3)] });
    await health(TargetGroupArn);
    expect(await health(TargetGroupArn)).toEqual([`${node(0)}:2 healthy`]);
  });

  test("that come back while they drain begin anew", async () => {
    const { elb } = world();
    const TargetGroupArn = await usedGroup();
    const Targets = [{ Id: node(0) }];
    await elb.registerTargets({ TargetGroupArn, Targets });
    await elb.deregisterTargets({ TargetGroupArn, Targets });
    await elb.registerTargets({ TargetGroupArn, Targets });
    expect(await health(TargetGroupArn)).toEqual([`${node(0)}:80 initial Elb.RegistrationInProgress`]);
  });

  test("in a zone that the load balancer has not are unused", async () => {
    const { elb } = world();
    const TargetGroupArn = await usedGroup();
    await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: node(1) }] });
    expect(await health(TargetGroupArn)).toEqual([`${node(1)}:80 unused Target.NotInUse`]);
  });

  test("that are terminated are gone", async () => {
    const { elb, network } = world();
    const TargetGroupArn = await usedGroup();
    const extra = await network.addNode();
    await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: extra.instance }] });
    await network.removeNode(extra);
    expect(await health(TargetGroupArn)).toEqual([]);
  });

  test.each<[string, string, Partial<CreateTargetGroupInput>, TargetDescription]>([
    ["an instance that is not there", "InvalidTarget", {}, { Id: "i-0" }],
    ["an address among instances", "InvalidTarget", {}, { Id: "10.20.101.9" }],
    ["an instance among addresses", "ValidationError", { TargetType: "ip" }, { Id: "i-0" }],
    [
      "a public address",
      "InvalidTarget",
      { TargetType: "ip" },
      { Id: "198.51.100.1", AvailabilityZone: "all" },
    ],
    [
      "an address of another network without a zone",
      "ValidationError",
      { TargetType: "ip" },
      { Id: "10.99.0.1" },
    ],
    [
      "an address of another network for all zones",
      "accepted",
      { TargetType: "ip" },
      { Id: "10.99.0.1", AvailabilityZone: "all" },
    ],
    ["an address of the VPC", "accepted", { TargetType: "ip" }, { Id: "10.20.101.9" }],
    [
      "a target for QUIC without an id for it",
      "ValidationError",
      { TargetType: "ip", Protocol: "QUIC" },
      { Id: "10.20.101.9" },
    ],
  ])("%s: %s", async (_, code, asked, target) => {
    const { elb, targetGroup } = world();
    const TargetGroupArn = await targetGroup(asked);
    expect(await verdictOn(elb.registerTargets({ TargetGroupArn, Targets: [target] }))).toBe(code);
    expect(await health(TargetGroupArn)).toHaveLength(code === "accepted" ? 1 : 0);
  });

  test("over the quota are refused, all of the call", async () => {
    const { aws, elb } = world();
    const TargetGroupArn = await usedGroup({ TargetType: "ip" });
    const Targets = [1, 2, 3].map((Port) => ({ Id: "10.20.101.9", Port }));
    aws.behave({ limits: { targetsPerTargetGroup: 2 } });
    expect(await verdictOn(elb.registerTargets({ TargetGroupArn, Targets }))).toBe("TooManyTargets");
    aws.behave({ limits: { targetsPerTargetGroup: 1000 } });
    expect(await health(TargetGroupArn)).toEqual([]);
  });
});
