/** What the simulated AWS holds and was asked, as lines for a person. */
import { EC2 } from "@aws-sdk/client-ec2";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AwsCall, AwsSimulator } from "../../test/simulators/aws/index.ts";
import { clientSettings, type Network } from "../../test/simulators/aws/network.ts";

export interface Contents {
  readonly lines: readonly string[];
  /** Of load balancers, target groups, and security groups and rules that are not the network's own. */
  readonly count: number;
}

/** Read by a client of the demo's own; what that asks is taken out of the records by `forget`. */
export async function contentsOf(aws: AwsSimulator, network: Network): Promise<Contents> {
  const elb = new ElasticLoadBalancingV2(clientSettings(aws));
  const ec2 = new EC2(clientSettings(aws));
  const { LoadBalancers: balancers = [] } = await elb.describeLoadBalancers({});
  const { TargetGroups: groups = [] } = await elb.describeTargetGroups({});
  const inVpc = { Filters: [{ Name: "vpc-id", Values: [network.vpc] }] };
  const { SecurityGroups: all = [] } = await ec2.describeSecurityGroups(inVpc);
  const made = all.filter(
    ({ GroupId, GroupName }) => GroupId !== network.nodeSecurityGroup && GroupName !== "default",
  );
  const ofNodes = all.find(({ GroupId }) => GroupId === network.nodeSecurityGroup)?.IpPermissions ?? [];
  const lines = balancers.map(
    ({ LoadBalancerName, Scheme, State, AvailabilityZones = [] }) =>
      `load balancer   ${LoadBalancerName}  ${Scheme}, ${State?.Code}, ${AvailabilityZones.length} zones`,
  );
  for (const { TargetGroupArn, TargetGroupName, Protocol, Port } of groups) {
    const { TargetHealthDescriptions: targets = [] } = await elb.describeTargetHealth({ TargetGroupArn });
    lines.push(`target group    ${TargetGroupName}  ${Protocol} ${Port}, ${targets.length} targets`);
  }
  for (const { GroupName, IpPermissions = [] } of made)
    lines.push(`security group  ${GroupName}  ${rulesOf(IpPermissions) || "no rules"}`);
  if (ofNodes.length > 0) lines.push(`on the nodes    ${rulesOf(ofNodes)}`);
  return { lines, count: balancers.length + groups.length + made.length + ofNodes.length };
}

interface Permission {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly IpRanges?: readonly { readonly CidrIp?: string | undefined }[] | undefined;
  readonly UserIdGroupPairs?: readonly { readonly GroupId?: string | undefined }[] | undefined;
}

function rulesOf(permissions: readonly Permission[]): string {
  return permissions
    .map(({ IpProtocol, FromPort, ToPort, IpRanges = [], UserIdGroupPairs = [] }) => {
      const ports = FromPort === ToPort ? `${FromPort}` : `${FromPort}-${ToPort}`;
      const from = [
        ...IpRanges.map(({ CidrIp }) => CidrIp),
        ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
      ];
      return `${IpProtocol} ${ports} from ${from.join(", ")}`;
    })
    .join("; ");
}

/** Calls by operation: writes, then reads, most first. */
export function callLines(calls: readonly AwsCall[]): string[] {
  const of = (kind: string, some: readonly AwsCall[]) => {
    const counts = [...Map.groupBy(some, ({ operation }) => operation)]
      .map(([operation, all]) => ({ operation, count: all.length }))
      .sort((a, b) => b.count - a.count || (a.operation < b.operation ? -1 : 1))
      .map(({ operation, count }) => `${operation} ${count}`);
    return `${String(some.length).padStart(3)} ${kind}${counts.length === 0 ? "" : `: ${counts.join(", ")}`}`;
  };
  return [
    of(
      "writes",
      calls.filter(({ isWrite }) => isWrite),
    ),
    of(
      "reads",
      calls.filter(({ isWrite }) => !isWrite),
    ),
  ];
}
