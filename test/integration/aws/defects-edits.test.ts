/** Edits that the AWS Load Balancer Controller takes without a word and never applies: here each is applied, or told. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { services } from "../../../src/api/kubernetes.ts";
import { loadBalancers } from "../../../src/api/load-balancer.ts";
import type { ServiceInput } from "../support/cluster.ts";
import { eventually } from "../support/installation.ts";
import { type Ref, seen, served } from "./served.ts";
import { acknowledge, awsWorld, LBC } from "./support.ts";

/** An hour, after which all is looked at again, takes some seconds. */
const world = awsWorld({ hurry: 500 });

const MINIMUM = "target_group_health.dns_failover.minimum_healthy_targets.count";

const made: Ref[] = [];
async function serve(name: string, input?: ServiceInput): Promise<Ref> {
  const ref = await served(world(), name, input);
  made.push(ref);
  return ref;
}
afterEach(async () => {
  const refs = made.splice(0);
  for (const ref of refs) await world().cluster.remove(services, ref);
  for (const ref of refs) await world().cluster.gone(services, ref);
});

type Annotations = Readonly<Record<string, string | null>>;

const annotate = (ref: Ref, annotations: Annotations) =>
  world().cluster.edit(services, ref, { metadata: { annotations } });

const off = (annotations: Annotations): Annotations =>
  Object.fromEntries(Object.keys(annotations).map((key) => [key, null]));

/** A certificate that IAM has. */
async function certificate(): Promise<string> {
  const response = await fetch(world().aws.motoEndpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization:
        "AWS4-HMAC-SHA256 Credential=simulated/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0",
    },
    body: new URLSearchParams({
      Action: "UploadServerCertificate",
      Version: "2010-05-08",
      ServerCertificateName: "web",
      CertificateBody: "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----",
      PrivateKey: "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----",
    }),
  });
  const [, arn] = /<Arn>(.*)<\/Arn>/.exec(await response.text()) ?? [];
  if (arn === undefined) throw new Error("IAM gave no certificate");
  return arn;
}

/** All that annotations decide of a load balancer that is there. */
async function state(ref: Ref) {
  const { elb } = world();
  const lb = await seen(world(), ref);
  const { LoadBalancers: [balancer] = [] } = await elb.describeLoadBalancers({ LoadBalancerArns: [lb.arn] });
  const { Listeners = [] } = await elb.describeListeners({ LoadBalancerArn: lb.arn });
  const byPort = <T>(values: readonly T[]) =>
    Object.fromEntries(lb.listeners.map(({ port }, index) => [port, values[index]]));
  const groups = await Promise.all(lb.listeners.map(({ group }) => world().groupAttributes(group.arn)));
  const listeners = await Promise.all(
    lb.listeners.map(async ({ arn }) => {
      const { Attributes = [] } = await elb.describeListenerAttributes({ ListenerArn: arn });
      const { AlpnPolicy, SslPolicy } = Listeners.find(({ ListenerArn }) => ListenerArn === arn) ?? {};
      const attributes = Object.fromEntries(Attributes.map(({ Key = "", Value }) => [Key, Value]));
      return { attributes, alpn: AlpnPolicy?.[0] ?? "None", policy: SslPolicy };
    }),
  );
  const attributes = await world().attributes(lb.arn);
  // Where logs went counts while there are any.
  const { "access_logs.s3.bucket": bucket, ...others } = attributes;
  const tags = Object.entries(lb.tags).filter(([key]) => !key.startsWith("fairlead.io/"));
  return {
    arn: lb.arn,
    attributes: attributes["access_logs.s3.enabled"] === "true" ? { ...others, bucket } : others,
    privateLink: balancer?.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic,
    listeners: byPort(listeners),
    groups: byPort(groups),
    checks: lb.listeners.map(({ group }) => group.healthCheck),
    clients: await world().rules(lb.frontGroup),
    tags: Object.fromEntries(tags),
  };
}

test("whatever annotations set, it is as before when they are taken off", async () => {
  const ref = await serve("reverted", {
    annotations: { [`${LBC}-ssl-cert`]: await certificate(), [`${LBC}-ssl-ports`]: "443" },
    spec: {
      ports: [
        { name: "http", port: 80 },
        { name: "https", port: 443 },
      ],
    },
  });
  const before = await state(ref);
  const annotations = {
    [`${LBC}-attributes`]: "dns_record.client_routing_policy=availability_zone_affinity",
    [`${LBC}-cross-zone-load-balancing-enabled`]: "true",
    [`${LBC}-access-log-enabled`]: "true",
    [`${LBC}-access-log-s3-bucket-name`]: "bucket-of-logs",
    [`${LBC}-access-log-s3-bucket-prefix`]: "web",
    [`${LBC}-target-group-attributes`]: `${MINIMUM}=2`,
    [`${LBC}-target-group-attributes.80`]: "deregistration_delay.timeout_seconds=15",
    [`${LBC}-proxy-protocol`]: "*",
    [`${LBC}-listener-attributes.TCP-80`]: "tcp.idle_timeout.seconds=400",
    [`${LBC}-alpn-policy`]: "HTTP2Optional",
    [`${LBC}-inbound-sg-rules-on-private-link-traffic`]: "off",
    [`${LBC}-enable-icmp-for-path-mtu-discovery`]: "on",
    [`${LBC}-healthcheck-protocol`]: "http",
    [`${LBC}-healthcheck-path`]: "/alive",
    [`${LBC}-additional-resource-tags`]: "team=edge",
  };
  await annotate(ref, annotations);
  await eventually(async () => {
    const { clients, ...now } = await state(ref);
    const group = { [MINIMUM]: "2", "proxy_protocol_v2.enabled": "true" };
    expect(now).toMatchObject({
      arn: before.arn,
      attributes: {
        "dns_record.client_routing_policy": "availability_zone_affinity",
        "load_balancing.cross_zone.enabled": "true",
        "access_logs.s3.prefix": "web",
        bucket: "bucket-of-logs",
      },
      privateLink: "off",
      listeners: {
        80: { attributes: { "tcp.idle_timeout.seconds": "400" } },
        443: { alpn: "HTTP2Optional" },
      },
      groups: { 80: { ...group, "deregistration_delay.timeout_seconds": "15" }, 443: group },
      checks: ["HTTP traffic-port /alive", "HTTP traffic-port /alive"],
      tags: { team: "edge" },
    });
    expect(clients).toContain(`icmp 3-4 from ${world().network.cidr}`);
  }, "all of them are applied");
  await annotate(ref, off(annotations));
  await eventually(async () => expect(await state(ref)).toEqual(before), "all is as before");
});

test("capacity that was reserved is given up when nobody asks for it any more", async () => {
  const key = `${LBC}-minimum-load-balancer-capacity`;
  const ref = await serve("reserved", { annotations: { [key]: "CapacityUnits=5500" } });
  const { arn } = await seen(world(), ref);
  const expectUnits = (units: number | undefined) =>
    eventually(async () => {
      const found = await world().elb.describeCapacityReservation({ LoadBalancerArn: arn });
      expect(found.MinimumLoadBalancerCapacity?.CapacityUnits).toBe(units);
    }, `${units} units are reserved`);
  await expectUnits(5500);
  await annotate(ref, { [key]: null });
  await expectUnits(undefined);
});

test("another name is told to be for another load balancer, and the one there keeps its own", async () => {
  const { cluster } = world();
  const ref = await serve("named", { annotations: { [`${LBC}-name`]: "first-name" } });
  await annotate(ref, { [`${LBC}-name`]: "second-name" });
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "InvalidSettings");
  expect(told.message).toContain('keeps the name "first-name"');
  expect((await seen(world(), ref)).name).toBe("first-name");
  await annotate(ref, { [`${LBC}-name`]: "first-name" });
  await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
});

test("addresses of AWS that can only grow are told to stay", async () => {
  const { cluster } = world();
  const key = "secondary_ips.auto_assigned.per_subnet";
  const ref = await serve("grown", { annotations: { [`${LBC}-attributes`]: `${key}=2` } });
  await annotate(ref, { [`${LBC}-attributes`]: null });
  const told = await cluster.condition(loadBalancers, ref, "Degraded", "InvalidSettings");
  expect(told.message).toContain(`${key} stays 2`);
});

/** Waits until the edit asks for its user's word, with everything as it was, and gives the word. */
async function agree(ref: Ref): Promise<void> {
  const { cluster } = world();
  const held = await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
  await acknowledge(cluster, ref, held.message);
}

test("other Elastic IPs wait for their user's word, and are in status then", async () => {
  const { cluster, ec2 } = world();
  const allocate = async () => {
    const { AllocationId: id = "", PublicIp: ip = "" } = await ec2.allocateAddress({ Domain: "vpc" });
    return { id, ip };
  };
  const ips = [await allocate(), await allocate(), await allocate(), await allocate()];
  const named = (all: typeof ips) => ({ [`${LBC}-eip-allocations`]: all.map(({ id }) => id).join() });
  const annotations = { "fairlead.io/scheme": "external", ...named(ips.slice(0, 3)) };
  const ref = await serve("elastic", { annotations });
  const addressesOf = async () => (await cluster.addresses(ref)).slice(1).sort();
  const textOf = (all: typeof ips) => all.map(({ ip }) => ip).sort();
  expect(await addressesOf()).toEqual(textOf(ips.slice(0, 3)));
  await annotate(ref, named(ips.slice(1)));
  const { arn } = await seen(world(), ref);
  await agree(ref);
  await eventually(
    async () => expect(await addressesOf()).toEqual(textOf(ips.slice(1))),
    "they are in status",
  );
  expect((await seen(world(), ref)).arn).not.toBe(arn);
});

test("other private addresses wait for their user's word", async () => {
  const { cluster, network } = world();
  const inEach = (last: number) =>
    network.internalSubnets.map(({ cidr }) => cidr.replace(".0/24", `.${last}`)).sort();
  const key = `${LBC}-private-ipv4-addresses`;
  const ref = await serve("fixed", { annotations: { [key]: inEach(200).join() } });
  expect((await cluster.addresses(ref)).slice(1).sort()).toEqual(inEach(200));
  await annotate(ref, { [key]: inEach(201).join() });
  await agree(ref);
  await eventually(
    async () => expect((await cluster.addresses(ref)).slice(1).sort()).toEqual(inEach(201)),
    "they are in status",
  );
});

test("to have no security group any more waits for its user's word, and can be taken back", async () => {
  const { cluster } = world();
  const ref = await serve("guarded");
  const { arn } = await seen(world(), ref);
  await annotate(ref, { [`${LBC}-disable-nlb-sg`]: "true" });
  await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
  await annotate(ref, { [`${LBC}-disable-nlb-sg`]: null });
  await cluster.condition(loadBalancers, ref, "Degraded", "AsExpected");
  expect((await seen(world(), ref)).arn).toBe(arn);
});

describe("subnets", () => {
  let other = "";
  beforeAll(async () => {
    const { ec2, network } = world();
    const zone = network.internalSubnets[0]?.zone;
    const { Subnet } = await ec2.createSubnet({
      VpcId: network.vpc,
      AvailabilityZone: zone,
      CidrBlock: network.cidr.replace(".0.0/16", ".150.0/24"),
    });
    other = Subnet?.SubnetId ?? "";
  });

  test("zones that are named come and go in place, and another subnet in a zone waits for its user's word", async () => {
    const { cluster, network } = world();
    const [a = "", b = "", c = ""] = network.internalSubnets.map(({ id }) => id);
    const named = (...ids: string[]) => ({ [`${LBC}-subnets`]: ids.join() });
    const ref = await serve("placed", { annotations: named(a, b) });
    const { arn } = await seen(world(), ref);
    const expectSubnets = (...ids: string[]) =>
      eventually(
        async () => expect((await seen(world(), ref)).subnets).toEqual(ids.sort()),
        `it is in ${ids.join()}`,
      );
    await annotate(ref, named(a, b, c));
    await expectSubnets(a, b, c);
    await annotate(ref, named(a, c));
    await expectSubnets(a, c);
    expect((await seen(world(), ref)).arn).toBe(arn);
    await annotate(ref, named(other, c));
    await cluster.condition(loadBalancers, ref, "Degraded", "ReplacementNotAcknowledged");
    await expectSubnets(a, c);
    await agree(ref);
    await expectSubnets(other, c);
    expect((await seen(world(), ref)).arn).not.toBe(arn);
  });

  test("a zone whose subnet is tagged later is added unasked", async () => {
    const { ec2, network, aws } = world();
    const ref = await serve("spread");
    const { arn, subnets } = await seen(world(), ref);
    const { Subnet } = await ec2.createSubnet({
      VpcId: network.vpc,
      AvailabilityZone: `${aws.region}d`,
      CidrBlock: network.cidr.replace(".0.0/16", ".151.0/24"),
      TagSpecifications: [
        { ResourceType: "subnet", Tags: [{ Key: "kubernetes.io/role/internal-elb", Value: "1" }] },
      ],
    });
    await eventually(
      async () =>
        expect(await seen(world(), ref)).toMatchObject({
          arn,
          subnets: [...subnets, Subnet?.SubnetId ?? ""].sort(),
        }),
      "it is in the new zone",
    );
  });
});
