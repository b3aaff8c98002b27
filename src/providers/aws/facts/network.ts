/** What a VPC looks like: its ranges, its subnets and, where that is asked for, its security groups. */
import type { RouteTable, SecurityGroup, Subnet, Vpc } from "@aws-sdk/client-ec2";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import type { Aws } from "../client.ts";
import type { AwsFacts, SubnetFacts } from "../model/facts.ts";
import { listSecurityGroups, pages, tagsFrom } from "../observe/listing.ts";

export type NetworkFacts = Pick<AwsFacts, "vpc" | "subnets">;

/** Tags by which subnets are found; see `desire/discover-subnets.ts`. */
const roleTags = ["kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"];

export async function readNetwork(aws: Aws, vpcId: string, signal: AbortSignal): Promise<NetworkFacts> {
  const [vpcs, subnets] = await Promise.all([
    aws.read("DescribeVpcs", { VpcIds: [vpcId] }, { signal, on: vpcId }),
    pages(async (NextToken) => {
      const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
      const page = await aws.read("DescribeSubnets", { Filters, NextToken }, { signal, on: vpcId });
      return { items: page.Subnets, next: page.NextToken };
    }),
  ]);
  const [vpc] = vpcs.Vpcs ?? [];
  if (vpc === undefined)
    throw new CloudError("missing", `There is no VPC ${vpcId} in region ${aws.place.region}`);
  const untagged = roleTags.some((tag) => !subnets.some(({ Tags }) => hasRole(tagsFrom(Tags)[tag])));
  const routes = untagged ? await readRoutes(aws, vpcId, signal) : undefined;
  return { vpc: vpcFacts(vpcId, vpc), subnets: subnets.map((subnet) => subnetFacts(subnet, routes)) };
}

export async function readSecurityGroups(
  aws: Aws,
  vpcId: string,
  signal: AbortSignal,
): Promise<AwsFacts["securityGroups"]> {
  const groups = await listSecurityGroups(aws, { "vpc-id": vpcId }, signal);
  return groups.map(({ GroupId = "", GroupName = "", Tags }: SecurityGroup) => ({
    id: GroupId,
    name: GroupName,
    tags: tagsFrom(Tags),
  }));
}

function readRoutes(aws: Aws, vpcId: string, signal: AbortSignal): Promise<RouteTable[]> {
  return pages(async (NextToken) => {
    const Filters = [{ Name: "vpc-id", Values: [vpcId] }];
    const page = await aws.read("DescribeRouteTables", { Filters, NextToken }, { signal, on: vpcId });
    return { items: page.RouteTables, next: page.NextToken };
  });
}

function vpcFacts(id: string, vpc: Vpc): AwsFacts["vpc"] {
  const ipv4 = (vpc.CidrBlockAssociationSet ?? []).flatMap(({ CidrBlock, CidrBlockState }) =>
    CidrBlock !== undefined && isAssociated(CidrBlockState?.State) ? [CidrBlock] : [],
  );
  const ipv6 = (vpc.Ipv6CidrBlockAssociationSet ?? []).flatMap(({ Ipv6CidrBlock, Ipv6CidrBlockState }) =>
    Ipv6CidrBlock !== undefined && isAssociated(Ipv6CidrBlockState?.State) ? [Ipv6CidrBlock] : [],
  );
  const [first] = ipv4.length > 0 ? ipv4 : [vpc.CidrBlock];
  return { id, ipv4: ipv4.length > 0 || first === undefined ? ipv4 : [first], ipv6 };
}

function subnetFacts(subnet: Subnet, routes: readonly RouteTable[] | undefined): SubnetFacts {
  const id = subnet.SubnetId ?? "";
  const tags = tagsFrom(subnet.Tags);
  const { Name: name } = tags;
  const ipv6Cidr = subnet.Ipv6CidrBlockAssociationSet?.find(({ Ipv6CidrBlockState }) =>
    isAssociated(Ipv6CidrBlockState?.State),
  )?.Ipv6CidrBlock;
  const outpost = subnet.OutpostArn;
  return {
    id,
    ...(name === undefined ? {} : { name }),
    zone: subnet.AvailabilityZone ?? "",
    cidr: subnet.CidrBlock ?? "",
    ...(ipv6Cidr === undefined ? {} : { ipv6Cidr }),
    freeAddresses: subnet.AvailableIpAddressCount ?? 0,
    tags,
    public: routes === undefined ? null : leadsToInternet(id, routes),
    ...(outpost === undefined || outpost === "" ? {} : { outpost }),
  };
}

/** By the table that is associated with it, else by the main one of the VPC. */
function leadsToInternet(subnet: string, tables: readonly RouteTable[]): boolean {
  const own = tables.find(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnet));
  const table = own ?? tables.find(({ Associations }) => Associations?.some(({ Main }) => Main === true));
  return (table?.Routes ?? []).some(({ GatewayId }) => GatewayId?.startsWith("igw-") === true);
}

function hasRole(value: string | undefined): boolean {
  return value === "1" || value === "";
}

/** One that is not told is taken to be there. */
function isAssociated(state: string | undefined): boolean {
  return state === undefined || state === "associated";
}
