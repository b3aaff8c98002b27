/** Network Load Balancers: making, listing and deleting them. */

import { groupsWith, hasInternetGateway } from "../network-facts.ts";
import type { ElbOperation, LoadBalancer, World } from "../state.ts";
import { AwsError, badConfiguration, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, textOf, textsOf } from "../wire/query.ts";
import type { Shape } from "../wire/xml.ts";
import { loadBalancerDefaults } from "./attribute-tables.ts";
import { atMost20, named, oneOf, page, required } from "./find.ts";
import { mappingsIn } from "./mappings.ts";
import { checkTags, tagsIn } from "./tags.ts";

export const createLoadBalancer: ElbOperation = async (world, request) => {
  const name = nameIn(request);
  if (oneOf(request, "Type", ["application", "network", "gateway"]) !== "network")
    throw invalid("Only load balancers of type network are simulated");
  const asked = await settingsIn(world, request);
  const same = [...world.state.loadBalancers.values()].find((one) => one.name === name);
  if (same !== undefined) return { LoadBalancers: [existing(same, asked)] };
  checkTags(tagsIn(request), world.behaviour().limits.tagsPerResource);
  if (world.state.loadBalancers.size >= world.behaviour().limits.loadBalancers)
    throw new AwsError("TooManyLoadBalancers", "The maximum number of load balancers has been reached");
  const made = await world.moto.elb("CreateLoadBalancer", {
    Name: name,
    Type: "network",
    // CreateLoadBalancer: the default is internet-facing; moto leaves it out.
    Scheme: asked.scheme,
    IpAddressType: asked.ipAddressType,
    Subnets: asked.mappings.map(({ subnet }) => subnet),
    SecurityGroups: asked.securityGroups,
    Tags: tagsIn(request),
  });
  const [told] = listOf(made, "LoadBalancers");
  const arn = textOf(told, "LoadBalancerArn") ?? "";
  const loadBalancer: LoadBalancer = {
    arn,
    name,
    created: textOf(told, "CreatedTime") ?? "",
    hostedZone: textOf(told, "CanonicalHostedZoneId") ?? "",
    ...asked,
    // SetSecurityGroups: "The default is on", where there are security groups.
    privateLink: asked.securityGroups.length > 0 ? "on" : "",
    capacity: { units: 0, decreasesLeft: 2 },
    attributes: loadBalancerDefaults(asked.scheme),
    provisioningLeft: world.behaviour().provisioningDescribes,
  };
  world.state.loadBalancers.set(arn, loadBalancer);
  world.state.unseen.set(arn, world.behaviour().unseenDescribes);
  const state = loadBalancer.provisioningLeft === 0 ? "active" : "provisioning";
  return { LoadBalancers: [shown(loadBalancer, state)] };
};

/** What a second request for the same name is compared in: all but the tags. */
type Settings = Pick<
  LoadBalancer,
  "scheme" | "vpc" | "ipAddressType" | "natPrefixes" | "mappings" | "securityGroups"
>;

async function settingsIn(world: World, request: Fields): Promise<Settings> {
  const scheme = oneOf(request, "Scheme", ["internet-facing", "internal"]) ?? "internet-facing";
  const ipAddressType = ipAddressTypeIn(request) ?? "ipv4";
  const natPrefixes = natPrefixesIn(request, ipAddressType) ?? "off";
  const { mappings, vpc } = await mappingsIn(world, request, { scheme, ipAddressType, natPrefixes });
  // Troubleshooting page of the Network Load Balancers User Guide; the code is that of CreateLoadBalancer.
  if (scheme === "internet-facing" && !(await hasInternetGateway(world, vpc)))
    throw new AwsError("InvalidSubnet", `VPC ${vpc} has no internet gateway`);
  const securityGroups = await groupsIn(world, request, vpc);
  return { scheme, vpc, ipAddressType, natPrefixes, mappings, securityGroups };
}

// CreateLoadBalancer, Name: "a maximum of 32 characters … alphanumeric characters or hyphens, must not begin or end with a
// hyphen, and must not begin with "internal-"."
function nameIn(request: Fields): string {
  const name = required("Name", textOf(request, "Name"));
  if (name.length > 32)
    throw invalid(`The load balancer name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9-]+$/.test(name))
    throw invalid(
      `The load balancer name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`,
    );
  if (name.startsWith("-") || name.endsWith("-"))
    throw invalid(`The load balancer name '${name}' cannot begin or end with a hyphen(-)`);
  if (name.startsWith("internal-"))
    throw invalid(`The load balancer name '${name}' cannot begin with 'internal-'`);
  return name;
}

/** "dualstack-without-public-ipv4" is for Application Load Balancers alone. */
export function ipAddressTypeIn(request: Fields): string | undefined {
  const type = oneOf(request, "IpAddressType", ["ipv4", "dualstack", "dualstack-without-public-ipv4"]);
  if (type === "dualstack-without-public-ipv4")
    throw badConfiguration(
      `The IP address type '${type}' is not supported for load balancers of type network`,
    );
  return type;
}

/** CreateLoadBalancer, EnablePrefixForIpv6SourceNat: "The IP address type must be dualstack." */
export function natPrefixesIn(request: Fields, ipAddressType: string): string | undefined {
  const asked = oneOf(request, "EnablePrefixForIpv6SourceNat", ["on", "off"]);
  if (asked === "on" && ipAddressType !== "dualstack")
    throw badConfiguration("EnablePrefixForIpv6SourceNat needs the IP address type dualstack");
  return asked;
}

/** The security groups of a request. @throws InvalidSecurityGroup for unknown ones, and those of another VPC */
export async function groupsIn(world: World, request: Fields, vpc: string): Promise<readonly string[]> {
  const asked = textsOf(request, "SecurityGroups");
  if (asked.length === 0) return asked;
  const found = await groupsWith(world, "group-id", asked);
  const there = found.filter((one) => textOf(one, "vpcId") === vpc).map((one) => textOf(one, "groupId"));
  for (const group of asked)
    if (!there.includes(group))
      throw new AwsError("InvalidSecurityGroup", `Security group '${group}' does not exist in VPC ${vpc}`);
  return asked;
}

/** CreateLoadBalancer: "If you attempt to create multiple load balancers with the same settings, each call succeeds." */
function existing(same: LoadBalancer, asked: Settings): Shape {
  const differs = (Object.keys(asked) as (keyof Settings)[]).filter(
    (key) => comparable(asked[key]) !== comparable(same[key]),
  );
  if (differs.length > 0)
    throw new AwsError(
      "DuplicateLoadBalancerName",
      `A load balancer with the same name '${same.name}' exists, but with different settings`,
    );
  return shown(same);
}

function comparable(value: Settings[keyof Settings]): string {
  return typeof value === "string" ? value : JSON.stringify(value.map((one) => JSON.stringify(one)).sort());
}

export const describeLoadBalancers: ElbOperation = async (world, request) => {
  atMost20(request, "LoadBalancerArns", "Names");
  const by = { arns: textsOf(request, "LoadBalancerArns"), names: textsOf(request, "Names") };
  const all = named(world, "loadBalancer", world.state.loadBalancers, by);
  const { shown: onPage, next } = page(request, all);
  return { LoadBalancers: onPage.map((one) => shown(one)), NextMarker: next };
};

/** As describes show it. */
function shown(one: LoadBalancer, state: string = stateOf(one)): Shape {
  return {
    LoadBalancerArn: one.arn,
    // As in the examples of DescribeLoadBalancers for Network Load Balancers: the id of the ARN is in the name.
    DNSName: `${one.name}-${one.arn.split("/").at(-1)}.elb.${one.arn.split(":")[3]}.amazonaws.com`,
    CanonicalHostedZoneId: one.hostedZone,
    CreatedTime: one.created,
    LoadBalancerName: one.name,
    Scheme: one.scheme,
    VpcId: one.vpc,
    State: { Code: state },
    Type: "network",
    AvailabilityZones: zonesOf(one),
    SecurityGroups: one.securityGroups,
    IpAddressType: one.ipAddressType,
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: one.privateLink || undefined,
    EnablePrefixForIpv6SourceNat: one.natPrefixes,
  };
}

function stateOf(one: LoadBalancer): string {
  if (one.provisioningLeft === 0) return "active";
  one.provisioningLeft--;
  return "provisioning";
}

/** The zones as in AvailabilityZone and LoadBalancerAddress: only addresses that were asked for are shown. */
export function zonesOf(one: LoadBalancer): readonly Shape[] {
  return one.mappings.map((mapping) => {
    const address = {
      IpAddress: mapping.publicIPv4,
      AllocationId: mapping.allocation,
      PrivateIPv4Address: mapping.privateIPv4,
      IPv6Address: mapping.ipv6,
    };
    return {
      ZoneName: mapping.zone,
      SubnetId: mapping.subnet,
      LoadBalancerAddresses: Object.values(address).some((value) => value !== undefined) ? [address] : [],
      SourceNatIpv6Prefixes: mapping.natPrefix === undefined ? undefined : [mapping.natPrefix],
    };
  });
}

/** DeleteLoadBalancer: "If the load balancer does not exist or has already been deleted, the call succeeds." */
export const deleteLoadBalancer: ElbOperation = async (world, request) => {
  const arn = required("LoadBalancerArn", textOf(request, "LoadBalancerArn"));
  const found = world.state.loadBalancers.get(arn);
  if (found === undefined) return "";
  if (found.attributes.get("deletion_protection.enabled") === "true")
    throw new AwsError(
      "OperationNotPermitted",
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
  await world.moto.elb("DeleteLoadBalancer", { LoadBalancerArn: arn });
  world.state.loadBalancers.delete(arn);
  const used = [...found.securityGroups, ...found.mappings.map(({ allocation }) => allocation)];
  for (const listener of [...world.state.listeners.values()].filter((one) => one.loadBalancer === arn)) {
    world.state.listeners.delete(listener.arn);
    used.push(...listener.action.groups.map((group) => group.arn));
  }
  // Network interfaces go some time after the load balancer: until then what they use can't be deleted.
  for (const id of used) if (id !== undefined) world.state.held.set(id, world.behaviour().deletionHoldTimes);
  return "";
};
