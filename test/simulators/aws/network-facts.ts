/** What checks read from EC2: moto's, past what the proxy corrects. */
import { BlockList, isIPv6 } from "node:net";
import type { World } from "./state.ts";
import { AwsError } from "./wire/aws-error.ts";
import { type Fields, listOf, type Tree, textOf } from "./wire/query.ts";

export interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly zone: string;
  readonly cidr: string;
  readonly ipv6Cidrs: readonly string[];
  readonly freeAddresses: number;
}

/** All subnets by id. */
export async function subnets(world: World): Promise<ReadonlyMap<string, Subnet>> {
  const answer = await world.moto.ec2("DescribeSubnets");
  return new Map(
    listOf(answer, "subnetSet")
      .map(subnetOf)
      .map((subnet) => [subnet.id, subnet]),
  );
}

function subnetOf(entry: Tree): Subnet {
  return {
    id: textOf(entry, "subnetId") ?? "",
    vpc: textOf(entry, "vpcId") ?? "",
    zone: textOf(entry, "availabilityZone") ?? "",
    cidr: textOf(entry, "cidrBlock") ?? "",
    ipv6Cidrs: listOf(entry, "ipv6CidrBlockAssociationSet").map((one) => textOf(one, "ipv6CidrBlock") ?? ""),
    freeAddresses: Number(textOf(entry, "availableIpAddressCount")),
  };
}

/** Those of the security groups that exist. Asked by name: there may be thousands. */
export async function groupsWith(
  world: World,
  filter: "group-id" | "ip-permission.group-id" | "egress.ip-permission.group-id",
  values: readonly string[],
): Promise<readonly Tree[]> {
  const named = values.map((value, index) => [`Filter.1.Value.${index + 1}`, value] as const);
  const request = { "Filter.1.Name": filter, ...Object.fromEntries(named) };
  return listOf(await world.moto.ec2("DescribeSecurityGroups", request), "securityGroupInfo");
}

/** The public address of each Elastic IP, by allocation. */
export async function elasticAddresses(world: World): Promise<ReadonlyMap<string, string>> {
  const answer = await world.moto.ec2("DescribeAddresses");
  return new Map(
    listOf(answer, "addressesSet").map((one) => [
      textOf(one, "allocationId") ?? "",
      textOf(one, "publicIp") ?? "",
    ]),
  );
}

export async function hasInternetGateway(world: World, vpc: string): Promise<boolean> {
  const answer = await world.moto.ec2("DescribeInternetGateways");
  return listOf(answer, "internetGatewaySet").some((gateway) =>
    listOf(gateway, "attachmentSet").some((one) => textOf(one, "vpcId") === vpc),
  );
}

export interface Instance {
  readonly vpc: string;
  readonly zone: string;
  readonly state: string;
  readonly securityGroups: readonly string[];
}

/** All instances by id, ended ones too. */
export async function instances(world: World): Promise<ReadonlyMap<string, Instance>> {
  const answer = await world.moto.ec2("DescribeInstances", { MaxResults: "1000" });
  const all = listOf(answer, "reservationSet").flatMap((reservation) => listOf(reservation, "instancesSet"));
  return new Map(
    all.map((one) => [
      textOf(one, "instanceId") ?? "",
      {
        vpc: textOf(one, "vpcId") ?? "",
        zone: textOf((one as Fields).placement, "availabilityZone") ?? "",
        state: textOf((one as Fields).instanceState, "name") ?? "",
        securityGroups: listOf(one, "groupSet").map((group) => textOf(group, "groupId") ?? ""),
      },
    ]),
  );
}

/** Whether an address or a network lies within one of the networks. */
export function within(address: string, networks: readonly string[]): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [start = "", length] = network.split("/");
    list.addSubnet(start, Number(length), isIPv6(start) ? "ipv6" : "ipv4");
  }
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** @throws as CreateTargetGroup does for a VPC that is not there */
export async function checkVpc(world: World, vpc: string): Promise<void> {
  const answer = await world.moto.ec2("DescribeVpcs");
  if (!listOf(answer, "vpcSet").some((one) => textOf(one, "vpcId") === vpc))
    throw new AwsError("ValidationError", `The VPC ID '${vpc}' is not found`);
}
