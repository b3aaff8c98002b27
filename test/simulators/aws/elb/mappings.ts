/** The zones of a load balancer: which subnets and addresses may be asked for. */
import { isIPv4, isIPv6 } from "node:net";
import { elasticAddresses, type Subnet, subnets, within } from "../network-facts.ts";
import { type LoadBalancer, type Mapping, takeOne, type World } from "../state.ts";
import { AwsError, badConfiguration, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, type Tree, textOf, textsOf } from "../wire/query.ts";
import { isGiven } from "./find.ts";

export interface ZoneRules {
  readonly scheme: string;
  readonly ipAddressType: string;
  readonly natPrefixes: string;
  /** The one that is changed, if it is there already. */
  readonly of?: LoadBalancer;
}

/** As the message of InvalidSubnet says. */
const freeAddressesNeeded = 8;

/** Reads `Subnets` or `SubnetMappings` and checks them; gives also the VPC. */
export async function mappingsIn(
  world: World,
  request: Fields,
  rules: ZoneRules,
): Promise<{ readonly mappings: readonly Mapping[]; readonly vpc: string }> {
  const known = await subnets(world);
  const addresses = await elasticAddresses(world);
  const asked = askedFor(request).map((entry) => ({ entry, subnet: subnetIn(known, entry) }));
  const zones = asked.map(({ subnet }) => subnet.zone);
  if (new Set(zones).size < zones.length)
    throw badConfiguration(
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  const vpcs = new Set(asked.map(({ subnet }) => subnet.vpc));
  if (vpcs.size > 1) throw badConfiguration("All subnets must belong to the same VPC");
  for (const { entry, subnet } of asked) {
    checkSubnet(subnet, rules);
    checkAddresses(entry, subnet, rules);
  }
  return {
    mappings: asked.map(({ entry, subnet }) => mappingOf(world, entry, subnet, addresses, rules)),
    vpc: [...vpcs][0] ?? "",
  };
}

// CreateLoadBalancer: "You must specify either subnets or subnet mappings, but not both."
function askedFor(request: Fields): readonly Tree[] {
  if (isGiven(request, "Subnets") && isGiven(request, "SubnetMappings"))
    throw invalid("You can specify either subnets or subnet mappings, but not both");
  const asked = [
    ...textsOf(request, "Subnets").map((SubnetId) => ({ SubnetId })),
    ...listOf(request, "SubnetMappings"),
  ];
  if (asked.length === 0) throw invalid("At least one subnet must be specified");
  return asked;
}

function subnetIn(known: ReadonlyMap<string, Subnet>, entry: Tree): Subnet {
  const id = textOf(entry, "SubnetId") ?? "";
  const subnet = known.get(id);
  if (subnet === undefined) throw new AwsError("SubnetNotFound", `The subnet ID '${id}' is not valid`);
  return subnet;
}

function checkSubnet(subnet: Subnet, rules: ZoneRules): void {
  const isNew = !rules.of?.mappings.some((mapping) => mapping.subnet === subnet.id);
  // CreateLoadBalancer, InvalidSubnet: "The specified subnet is out of available addresses."
  if (isNew && subnet.freeAddresses < freeAddressesNeeded)
    throw new AwsError(
      "InvalidSubnet",
      `Not enough IP space available in ${subnet.id}. ELB requires at least 8 free IP addresses`,
    );
  // Network Load Balancers User Guide, "IP address types": each subnet needs an IPv6 CIDR block.
  if (rules.ipAddressType === "dualstack" && subnet.ipv6Cidrs.length === 0)
    throw badConfiguration(
      `You must specify subnets with an associated IPv6 CIDR block; ${subnet.id} has none`,
    );
}

/** The comments on SubnetMapping: which address goes with which scheme and IP address type. */
function checkAddresses(entry: Tree, subnet: Subnet, rules: ZoneRules): void {
  const at = `of subnet ${subnet.id}`;
  const privateIPv4 = textOf(entry, "PrivateIPv4Address");
  const ipv6 = textOf(entry, "IPv6Address");
  const natPrefix = textOf(entry, "SourceNatIpv6Prefix");
  if (textOf(entry, "AllocationId") !== undefined && rules.scheme !== "internet-facing")
    throw badConfiguration(`An Elastic IP address ${at} is only for internet-facing load balancers`);
  if (privateIPv4 !== undefined) {
    if (rules.scheme !== "internal")
      throw badConfiguration(`A private IPv4 address ${at} is only for internal load balancers`);
    if (!isIPv4(privateIPv4) || !within(privateIPv4, [subnet.cidr]))
      throw badConfiguration(
        `The private IPv4 address '${privateIPv4}' is not in the range ${subnet.cidr} ${at}`,
      );
  }
  if (ipv6 !== undefined) {
    if (rules.ipAddressType !== "dualstack")
      throw badConfiguration(`An IPv6 address ${at} is only for dualstack load balancers`);
    if (!isIPv6(ipv6) || !within(ipv6, subnet.ipv6Cidrs))
      throw badConfiguration(
        `The IPv6 address '${ipv6}' is not in the range ${subnet.ipv6Cidrs.join()} ${at}`,
      );
  }
  if (natPrefix === undefined) return;
  if (rules.natPrefixes !== "on")
    throw badConfiguration(`A source NAT prefix ${at} needs EnablePrefixForIpv6SourceNat to be on`);
  if (natPrefix === "auto_assigned") return;
  const [start = "", length] = natPrefix.split("/");
  if (length !== "80" || !isIPv6(start) || !within(start, subnet.ipv6Cidrs))
    throw badConfiguration(
      `The source NAT prefix '${natPrefix}' is not a /80 in the range ${subnet.ipv6Cidrs.join()} ${at}`,
    );
}

function mappingOf(
  world: World,
  entry: Tree,
  subnet: Subnet,
  addresses: ReadonlyMap<string, string>,
  rules: ZoneRules,
): Mapping {
  const allocation = textOf(entry, "AllocationId");
  const privateIPv4 = textOf(entry, "PrivateIPv4Address");
  const ipv6 = textOf(entry, "IPv6Address");
  const asked = textOf(entry, "SourceNatIpv6Prefix");
  const natPrefix =
    rules.natPrefixes === "on" && (asked ?? "auto_assigned") === "auto_assigned" ? prefixIn(subnet) : asked;
  return {
    subnet: subnet.id,
    zone: subnet.zone,
    ...(allocation === undefined
      ? {}
      : { allocation, publicIPv4: takenAddress(world, allocation, addresses, rules) }),
    ...(privateIPv4 === undefined ? {} : { privateIPv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
    ...(natPrefix === undefined ? {} : { natPrefix }),
  };
}

function takenAddress(
  world: World,
  allocation: string,
  addresses: ReadonlyMap<string, string>,
  rules: ZoneRules,
): string {
  const address = addresses.get(allocation);
  if (address === undefined)
    throw new AwsError("AllocationIdNotFound", `The allocation IDs '${allocation}' do not exist`);
  const isUsed = [...world.state.loadBalancers.values()].some(
    (other) => other !== rules.of && other.mappings.some((mapping) => mapping.allocation === allocation),
  );
  if (isUsed || takeOne(world.state.held, allocation))
    throw new AwsError("ResourceInUse", `The allocation IDs '${allocation}' are not available for use`);
  return address;
}

/** "an IPv6 prefix selected at random from the subnet CIDR block" (SubnetMapping); here always the first /80. */
function prefixIn(subnet: Subnet): string {
  return `${(subnet.ipv6Cidrs[0] ?? "").split("/")[0]}/80`;
}
