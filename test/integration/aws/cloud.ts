/** What there is in the simulated AWS, seen by the SDK alone: short enough to be compared in one assertion. */
import type { EC2, IpPermission } from "@aws-sdk/client-ec2";
import type {
  ElasticLoadBalancingV2,
  Listener,
  LoadBalancer,
  TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";

export interface SeenBalancer {
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
  readonly scheme: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Of the security groups: the one that nodes let in; "" without. */
  readonly backendGroup: string;
  /** Of the security groups: the one that lets clients in; "" without. */
  readonly frontGroup: string;
  readonly tags: Readonly<Record<string, string>>;
  /** By port. */
  readonly listeners: readonly SeenListener[];
}

export interface SeenListener {
  readonly arn: string;
  readonly port: number;
  readonly protocol: string;
  readonly group: SeenGroup;
}

export interface SeenGroup {
  readonly arn: string;
  readonly protocol: string;
  /** `protocol port path`, the last for HTTP only. */
  readonly healthCheck: string;
  /** `id:port` of those that do not drain, sorted. */
  readonly targets: readonly string[];
}

/** Names of all that can be left behind, sorted. */
export interface Inventory {
  readonly loadBalancers: readonly string[];
  readonly targetGroups: readonly string[];
  readonly securityGroups: readonly string[];
}

export interface SeenCloud {
  readonly elb: ElasticLoadBalancingV2;
  readonly ec2: EC2;
  /** The load balancers with this tag of a stack (`namespace/name`), oldest first. */
  balancers(stack: string): Promise<SeenBalancer[]>;
  /** The only one of a stack. @throws when there is none, or more than one */
  balancer(stack: string): Promise<SeenBalancer>;
  /** By its ARN, whoever's it is. */
  at(loadBalancer: string): Promise<SeenBalancer>;
  attributes(loadBalancer: string): Promise<Record<string, string>>;
  groupAttributes(targetGroup: string): Promise<Record<string, string>>;
  tags(arn: string): Promise<Record<string, string>>;
  /** Of a security group: `tcp 80 from 10.0.0.0/16`, sorted. */
  rules(securityGroup: string): Promise<string[]>;
  inventory(): Promise<Inventory>;
}

export function cloudOf(elb: ElasticLoadBalancingV2, ec2: EC2): SeenCloud {
  const tags = async (arn: string): Promise<Record<string, string>> => {
    const { TagDescriptions: [found] = [] } = await elb.describeTags({ ResourceArns: [arn] });
    return Object.fromEntries((found?.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  };
  const group = async ({ TargetGroupArn: arn = "", ...seen }: TargetGroup): Promise<SeenGroup> => {
    const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn: arn });
    const there = TargetHealthDescriptions.filter(({ TargetHealth }) => TargetHealth?.State !== "draining");
    const { HealthCheckProtocol, HealthCheckPort, HealthCheckPath } = seen;
    return {
      arn,
      protocol: seen.Protocol ?? "",
      healthCheck: [HealthCheckProtocol, HealthCheckPort, HealthCheckPath].filter(Boolean).join(" "),
      targets: there.map(({ Target }) => `${Target?.Id}:${Target?.Port}`).sort(),
    };
  };
  const listener = async ({ ListenerArn: arn = "", ...seen }: Listener): Promise<SeenListener> => {
    const behind = seen.DefaultActions?.[0]?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn;
    const { TargetGroups: [found = {}] = [] } = await elb.describeTargetGroups({
      TargetGroupArns: [seen.DefaultActions?.[0]?.TargetGroupArn ?? behind ?? ""],
    });
    return { arn, port: seen.Port ?? 0, protocol: seen.Protocol ?? "", group: await group(found) };
  };
  const sortGroups = async (GroupIds: string[]) => {
    if (GroupIds.length === 0) return { frontGroup: "", backendGroup: "" };
    const { SecurityGroups = [] } = await ec2.describeSecurityGroups({ GroupIds });
    const isBackend = ({ Tags = [] }: (typeof SecurityGroups)[number]) =>
      Tags.some(({ Value }) => Value === "backend-security-group");
    const backendGroup = SecurityGroups.find(isBackend)?.GroupId ?? "";
    return { backendGroup, frontGroup: GroupIds.find((id) => id !== backendGroup) ?? "" };
  };
  const balancer = async ({ LoadBalancerArn: arn = "", ...seen }: LoadBalancer): Promise<SeenBalancer> => {
    const { Listeners = [] } = await elb.describeListeners({ LoadBalancerArn: arn });
    const listeners = await Promise.all(Listeners.map(listener));
    return {
      arn,
      name: seen.LoadBalancerName ?? "",
      dnsName: (seen.DNSName ?? "").toLowerCase(),
      scheme: seen.Scheme ?? "",
      subnets: (seen.AvailabilityZones ?? []).map(({ SubnetId = "" }) => SubnetId).sort(),
      securityGroups: seen.SecurityGroups ?? [],
      ...(await sortGroups(seen.SecurityGroups ?? [])),
      tags: await tags(arn),
      listeners: listeners.sort((a, b) => a.port - b.port),
    };
  };
  const balancers = async (stack: string): Promise<SeenBalancer[]> => {
    const { LoadBalancers = [] } = await elb.describeLoadBalancers({});
    const all = await Promise.all(LoadBalancers.map(balancer));
    return all.filter((each) => each.tags["fairlead.io/stack"] === stack);
  };
  return {
    elb,
    ec2,
    balancers,
    async balancer(stack) {
      const [only, ...others] = await balancers(stack);
      if (only === undefined || others.length > 0)
        throw new Error(`${stack} has ${only === undefined ? "no" : "several"} load balancers`);
      return only;
    },
    async at(arn) {
      const { LoadBalancers: [found = {}] = [] } = await elb.describeLoadBalancers({
        LoadBalancerArns: [arn],
      });
      return balancer(found);
    },
    async attributes(LoadBalancerArn) {
      const { Attributes = [] } = await elb.describeLoadBalancerAttributes({ LoadBalancerArn });
      return Object.fromEntries(Attributes.map(({ Key = "", Value = "" }) => [Key, Value]));
    },
    async groupAttributes(TargetGroupArn) {
      const { Attributes = [] } = await elb.describeTargetGroupAttributes({ TargetGroupArn });
      return Object.fromEntries(Attributes.map(({ Key = "", Value = "" }) => [Key, Value]));
    },
    tags,
    async rules(securityGroup) {
      const { SecurityGroups: [found] = [] } = await ec2.describeSecurityGroups({
        GroupIds: [securityGroup],
      });
      return (found?.IpPermissions ?? []).flatMap(rulesIn).sort();
    },
    async inventory() {
      const { LoadBalancers = [] } = await elb.describeLoadBalancers({});
      const { TargetGroups = [] } = await elb.describeTargetGroups({});
      const { SecurityGroups = [] } = await ec2.describeSecurityGroups({});
      return {
        loadBalancers: LoadBalancers.map(({ LoadBalancerName = "" }) => LoadBalancerName).sort(),
        targetGroups: TargetGroups.map(({ TargetGroupName = "" }) => TargetGroupName).sort(),
        securityGroups: SecurityGroups.map(({ GroupName = "" }) => GroupName).sort(),
      };
    },
  };
}

function rulesIn(permission: IpPermission): string[] {
  const { IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [] } = permission;
  const { UserIdGroupPairs = [], PrefixListIds = [] } = permission;
  const sources = [
    ...IpRanges.map(({ CidrIp }) => CidrIp),
    ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
    ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
    ...PrefixListIds.map(({ PrefixListId }) => PrefixListId),
  ];
  const ports = FromPort === ToPort ? FromPort : `${FromPort}-${ToPort}`;
  return sources.map((source) => `${IpProtocol} ${ports} from ${source}`);
}
