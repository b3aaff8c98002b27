/** An account with many load balancers, in memory: how much is asked of AWS does not depend on how AWS does it. */
import type { AwsClients, ReadContext } from "../../../../../src/providers/aws/client.ts";
import { type Cloud, placeKey } from "../../../../../src/providers/aws/cloud.ts";
import { type Tags, tagsOf } from "../../../../../src/providers/aws/model/marks.ts";
import { nameOf } from "../../../../../src/providers/aws/model/names.ts";
import { createOwnership, type Ownership } from "../../../../../src/providers/aws/observe/ownership.ts";
import type { Clock } from "../../../../../src/runtime/clock.ts";
import { clusterUid } from "../desire/world.ts";

const vpc = "vpc-1";
const largestPage = 400;
const mostArns = 20;

export interface LargeAccount {
  readonly cloud: Cloud;
  /** How often each operation was asked for. */
  readonly reads: Record<string, number>;
  /** Instances that EC2 shows. */
  readonly instances: Set<string>;
  /** What reads wait for before they answer. */
  hold(until: (context: ReadContext) => Promise<void>): void;
}

/** One load balancer, target group and listener for each stack, and half as many of others. */
export function largeAccount(stacks: readonly string[], clock: Clock): LargeAccount {
  const reads: Record<string, number> = {};
  const instances = new Set<string>();
  const tags = new Map<string, Tags>();
  let held: (context: ReadContext) => Promise<void> = async () => {};
  const arn = (kind: string, name: string) =>
    `arn:aws:elasticloadbalancing:eu-west-1:1:${kind}/net/${name}/1`;
  const marked = (stack: string, resource: string, kind: string) => {
    const name = nameOf({ clusterUid, stack, resource, replaces: [] });
    const made = arn(kind, name);
    tags.set(made, tagsOf(clusterUid, stack, resource, [], {}));
    return { name, made };
  };
  const all = [
    ...stacks.map((stack) => {
      const balancer = marked(stack, "load-balancer", "loadbalancer");
      const group = marked(stack, "target-group/80", "targetgroup");
      return { balancer, group, listener: marked(stack, "listener/80", "listener").made };
    }),
    ...stacks.slice(0, stacks.length / 2).map((_, index) => {
      const foreign = (kind: string) => ({ name: `theirs-${index}`, made: arn(kind, `theirs-${index}`) });
      return { balancer: foreign("loadbalancer"), group: foreign("targetgroup"), listener: undefined };
    }),
  ];
  const listenerOf = new Map(
    all.map(({ balancer, group, listener }) => [balancer.made, { group, listener }]),
  );
  const answers: Readonly<Record<string, (input: Asked) => object>> = {
    DescribeLoadBalancers: (input) => {
      const list = all.map(({ balancer }) => ({
        LoadBalancerArn: balancer.made,
        LoadBalancerName: balancer.name,
        Type: "network",
      }));
      return page("LoadBalancers", list, input);
    },
    DescribeTargetGroups: (input) => {
      const list = all.map(({ balancer, group }) => ({
        TargetGroupArn: group.made,
        TargetGroupName: group.name,
        LoadBalancerArns: [balancer.made],
      }));
      return page("TargetGroups", list, input);
    },
    DescribeListeners: ({ LoadBalancerArn = "" }) => {
      const { group, listener } = listenerOf.get(LoadBalancerArn) ?? {};
      const DefaultActions = [{ Type: "forward", TargetGroupArn: group?.made }];
      const one = { ListenerArn: listener, LoadBalancerArn, Port: 80, Protocol: "TCP", DefaultActions };
      return { Listeners: listener === undefined ? [] : [one] };
    },
    DescribeTags({ ResourceArns = [] }) {
      if (ResourceArns.length > mostArns) throw new Error(`${ResourceArns.length} ARNs in one DescribeTags`);
      const TagDescriptions = ResourceArns.map((ResourceArn) => {
        const own = Object.entries(tags.get(ResourceArn) ?? {});
        return { ResourceArn, Tags: own.map(([Key, Value]) => ({ Key, Value })) };
      });
      return { TagDescriptions };
    },
    DescribeInstances({ Filters = [] }) {
      const asked = Filters.find(({ Name }) => Name === "instance-id")?.Values ?? [];
      const found = asked.filter((id) => instances.has(id));
      const Groups = [{ GroupId: "sg-1" }];
      const NetworkInterfaces = [{ Attachment: { DeviceIndex: 0 }, Groups }];
      const list = found.map((InstanceId) => ({ InstanceId, VpcId: vpc, NetworkInterfaces }));
      return { Reservations: [{ Instances: list }] };
    },
    DescribeVpcs: () => ({ Vpcs: [{ VpcId: vpc, CidrBlock: "10.0.0.0/8" }] }),
    DescribeSubnets: () => ({
      Subnets: ["elb", "internal-elb"].map((role) => ({
        SubnetId: `subnet-${role}`,
        Tags: [{ Key: `kubernetes.io/role/${role}`, Value: "1" }],
      })),
    }),
  };
  const clients: AwsClients = {
    at: (place) => ({
      place,
      async read(operation, input, context) {
        reads[operation] = (reads[operation] ?? 0) + 1;
        await held(context);
        return (answers[operation]?.(input as Asked) ?? {}) as never;
      },
      write: () => Promise.reject(new Error("Nothing may be written here")),
    }),
  };
  const owners = new Map<string, Ownership>();
  const ownership: Cloud["ownership"] = (place) => {
    const there = owners.get(placeKey(place)) ?? createOwnership(clock, () => clusterUid);
    owners.set(placeKey(place), there);
    return there;
  };
  return {
    cloud: { clients, clock, clusterUid: () => clusterUid, ownership },
    reads,
    instances,
    hold(until) {
      held = until;
    },
  };
}

interface Asked {
  readonly PageSize?: number;
  readonly Marker?: string;
  readonly LoadBalancerArn?: string;
  readonly ResourceArns?: readonly string[];
  readonly Filters?: readonly { readonly Name: string; readonly Values: readonly string[] }[];
}

function page(name: string, list: readonly object[], { PageSize = largestPage, Marker = "0" }: Asked) {
  if (PageSize > largestPage) throw new Error(`A page of ${PageSize}`);
  const end = Number(Marker) + PageSize;
  const next = end < list.length ? { NextMarker: String(end) } : {};
  return { [name]: list.slice(Number(Marker), end), ...next };
}
