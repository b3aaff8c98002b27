/** What can be changed of a Network Load Balancer after it was made, and what can't. */

import { subnets } from "../network-facts.ts";
import type { ElbOperation, Listener, LoadBalancer, Mapping, World } from "../state.ts";
import { AwsError, badConfiguration, invalid } from "../wire/aws-error.ts";
import { type Fields, fieldsOf, textOf } from "../wire/query.ts";
import { isGiven, loadBalancerAt, numberIn, oneOf, required, targetGroupAt } from "./find.ts";
import { checkDualstack, checkFamily } from "./ip-families.ts";
import { groupsIn, ipAddressTypeIn, natPrefixesIn, zonesOf } from "./load-balancers.ts";
import { mappingsIn } from "./mappings.ts";

export const setSubnets: ElbOperation = async (world, request) => {
  const one = loadBalancerAt(world, textOf(request, "LoadBalancerArn"));
  const ipAddressType = ipAddressTypeIn(request) ?? one.ipAddressType;
  const natPrefixes =
    natPrefixesIn(request, ipAddressType) ?? (ipAddressType === "dualstack" ? one.natPrefixes : "off");
  checkListeners(world, one, { ipAddressType, natPrefixes });
  const asked = await mappingsIn(world, request, { scheme: one.scheme, ipAddressType, natPrefixes, of: one });
  if (asked.vpc !== one.vpc)
    throw badConfiguration(`The subnets must belong to the VPC ${one.vpc} of the load balancer`);
  one.mappings = asked.mappings.map((mapping) => merged(one, mapping));
  one.ipAddressType = ipAddressType;
  one.natPrefixes = natPrefixes;
  return {
    AvailabilityZones: zonesOf(one),
    IpAddressType: ipAddressType,
    EnablePrefixForIpv6SourceNat: natPrefixes,
  };
};

/** What a zone has after it was asked for again. */
function merged(one: LoadBalancer, asked: Mapping): Mapping {
  const before = one.mappings.find((mapping) => mapping.zone === asked.zone);
  if (before === undefined) return asked;
  // kubernetes-sigs/aws-load-balancer-controller#4171: a zone has to be left before another of its subnets is taken.
  if (before.subnet !== asked.subnet)
    throw badConfiguration(
      `You cannot specify an additional subnet from an Availability Zone that is already associated with the load balancer: ${asked.zone}, subnet ${asked.subnet}`,
    );
  for (const key of ["allocation", "privateIPv4"] as const)
    if (asked[key] !== undefined && asked[key] !== before[key])
      throw badConfiguration(
        `The addresses of Availability Zone ${asked.zone} cannot be changed while it is enabled`,
      );
  return { ...before, ...asked };
}

export const setSecurityGroups: ElbOperation = async (world, request) => {
  const one = loadBalancerAt(world, textOf(request, "LoadBalancerArn"));
  if (!isGiven(request, "SecurityGroups")) required("SecurityGroups", undefined);
  const privateLink = oneOf(request, "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", ["on", "off"]);
  // SetSecurityGroups: "You can't perform this operation on a Network Load Balancer unless you specified a security group for
  // the load balancer when you created it."
  if (one.securityGroups.length === 0)
    throw badConfiguration("Security groups cannot be set on a load balancer that was created without any");
  const groups = await groupsIn(world, request, one.vpc);
  // Network Load Balancers User Guide, "Update the security groups": at least one has to stay.
  if (groups.length === 0)
    throw badConfiguration("At least one security group must stay on the load balancer");
  one.securityGroups = groups;
  one.privateLink = privateLink ?? one.privateLink;
  return {
    SecurityGroupIds: groups,
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: one.privateLink,
  };
};

export const setIpAddressType: ElbOperation = async (world, request) => {
  const one = loadBalancerAt(world, textOf(request, "LoadBalancerArn"));
  const type = required("IpAddressType", ipAddressTypeIn(request));
  const natPrefixes = type === "dualstack" ? one.natPrefixes : "off";
  checkListeners(world, one, { ipAddressType: type, natPrefixes });
  const known = await subnets(world);
  const bare = one.mappings.find((mapping) => (known.get(mapping.subnet)?.ipv6Cidrs.length ?? 0) === 0);
  if (type === "dualstack" && bare !== undefined)
    throw badConfiguration(
      `You must specify subnets with an associated IPv6 CIDR block; ${bare.subnet} has none`,
    );
  if (type === "ipv4") one.mappings = one.mappings.map(withoutIPv6);
  one.ipAddressType = type;
  one.natPrefixes = natPrefixes;
  return { IpAddressType: type };
};

function withoutIPv6(mapping: Mapping): Mapping {
  const { ipv6, natPrefix, ...rest } = mapping;
  return ipv6 === undefined && natPrefix === undefined ? mapping : rest;
}

/** What stays has to go with the new settings too. */
function checkListeners(
  world: World,
  one: LoadBalancer,
  next: { readonly ipAddressType: string; readonly natPrefixes: string },
): void {
  for (const { protocol, action } of listenersOf(world, one)) {
    checkDualstack(protocol, next);
    for (const { arn } of action.groups) checkFamily(targetGroupAt(world, arn), protocol, next);
  }
}

function listenersOf(world: World, one: LoadBalancer): readonly Listener[] {
  return [...world.state.listeners.values()].filter((listener) => listener.loadBalancer === one.arn);
}

/** Network Load Balancers User Guide, "Request Load balancer Capacity Unit reservation": not with TLS, two decreases a day. */
export const modifyCapacityReservation: ElbOperation = async (world, request) => {
  const one = loadBalancerAt(world, textOf(request, "LoadBalancerArn"));
  const units = capacityIn(request);
  if (units > 0 && listenersOf(world, one).some((listener) => listener.protocol === "TLS"))
    throw new AwsError(
      "OperationNotPermitted",
      "Capacity can't be reserved for load balancers with TLS listeners",
    );
  const isDecrease = units < one.capacity.units;
  if (isDecrease && one.capacity.decreasesLeft === 0)
    throw new AwsError(
      "CapacityDecreaseRequestsLimitExceeded",
      "No decrease of the capacity is left for today",
    );
  one.capacity = {
    units,
    modified: new Date().toISOString(),
    decreasesLeft: one.capacity.decreasesLeft - (isDecrease ? 1 : 0),
  };
  return capacityOf(one);
};

function capacityIn(request: Fields): number {
  const asked = numberIn(fieldsOf(request, "MinimumLoadBalancerCapacity"), "CapacityUnits", 1, 1_000_000);
  const isReset = textOf(request, "ResetCapacityReservation") === "true";
  if (isReset === (asked !== undefined))
    throw invalid("Either MinimumLoadBalancerCapacity or ResetCapacityReservation must be specified");
  return asked ?? 0;
}

export const describeCapacityReservation: ElbOperation = async (world, request) =>
  capacityOf(loadBalancerAt(world, textOf(request, "LoadBalancerArn")));

function capacityOf(one: LoadBalancer) {
  const { units, modified, decreasesLeft } = one.capacity;
  return {
    LastModifiedTime: modified,
    DecreaseRequestsRemaining: decreasesLeft,
    MinimumLoadBalancerCapacity: units === 0 ? undefined : { CapacityUnits: units },
    CapacityReservationState: one.mappings.map(({ zone }) => ({
      AvailabilityZone: zone,
      State: { Code: "provisioned" },
      EffectiveCapacityUnits: units / one.mappings.length,
    })),
  };
}
