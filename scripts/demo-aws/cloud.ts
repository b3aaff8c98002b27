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

/** Read by a client of the demo's own, whose calls are recorded as all others are. */
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
  const nameOf = (id = "") => all.find(({ GroupId }) => GroupId === id)?.GroupName ?? id;
  const ofNodes = all.find(({ GroupId }) => GroupId === network.nodeSecurityGroup)?.IpPermissions ?? [];
  const lines: string[] = [];
  for (const { LoadBalancerArn, LoadBalancerName, Scheme, State, AvailabilityZones = [] } of balancers) {
    const { Listeners = [] } = await elb.describeListeners({ LoadBalancerArn });
    const ports = Listeners.map(({ Protocol, Port }) => `${Protocol} ${Port}`).sort();
    const zones = `${AvailabilityZones.length} zones`;
    lines.push(
      `load balancer   ${LoadBalancerName}  ${Scheme}, ${State?.Code}, ${zones}, listens on ${ports.join(", ")}`,
    );
  }
  for (const { TargetGroupArn, TargetGroupName, Protocol, Port } of groups) {
    const { TargetHealthDescriptions: targets = [] } = await elb.describeTargetHealth({ TargetGroupArn });
    const states = [...Map.groupBy(targets, ({ TargetHealth }) => TargetHealth?.State ?? "unknown")];
    const health = states.map(([state, some]) => `${some.length} ${state}`).join(", ");
    lines.push(`target group    ${TargetGroupName}  ${Protocol} ${Port}, targets: ${health || "none"}`);
  }
  for (const { GroupName, IpPermissions = [] } of made)
    lines.push(
      `security group  ${GroupName}  ${rulesOf(IpPermissions, nameOf) || "no rules: it stands for all load balancers in those of the nodes"}`,
    );
  lines.sort();
  if (ofNodes.length > 0) lines.push(`on the nodes    ${rulesOf(ofNodes, nameOf)}`);
  return { lines, count: balancers.length + groups.length + made.length + ofNodes.length };
}

interface Permission {
  readonly IpProtocol?: string | undefined;
  readonly FromPort?: number | undefined;
  readonly ToPort?: number | undefined;
  readonly IpRanges?: readonly { readonly CidrIp?: string | undefined }[] | undefined;
  readonly UserIdGroupPairs?: readonly { readonly GroupId?: string | undefined }[] | undefined;
}

function rulesOf(permissions: readonly Permission[], nameOf: (id?: string) => string): string {
  return permissions
    .map(({ IpProtocol, FromPort, ToPort, IpRanges = [], UserIdGroupPairs = [] }) => {
      const ports = FromPort === ToPort ? `${FromPort}` : `${FromPort}-${ToPort}`;
      const from = [
        ...IpRanges.map(({ CidrIp }) => CidrIp),
        ...UserIdGroupPairs.map(({ GroupId }) => nameOf(GroupId)),
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
