/** What exists for stacks: see `GraphProvider.observe`, `poll` and `stacks`. */
import type { SecurityGroup } from "@aws-sdk/client-ec2";
import type { LoadBalancer } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ObservedResource } from "../../../core/plan/types.ts";
import type { GraphProvider, StackRef } from "../../provider.ts";
import type { Aws } from "../client.ts";
import { awsFor, type Cloud, placeKey, placeOf } from "../cloud.ts";
import { markKeys } from "../model/marks.ts";
import { stackKey } from "../model/names.ts";
import { asFields, kinds, networkKey, nodeRuleMark } from "../model/resources.ts";
import {
  listLoadBalancers,
  listSecurityGroups,
  listTargetGroups,
  mostArns,
  readTags,
  tagsFrom,
  unlessGone,
} from "./listing.ts";
import { stateOf } from "./load-balancer.ts";
import { networkResources, vpcOfNetwork } from "./network-resources.ts";
import { rulesOf } from "./security-group.ts";
import { stackResources } from "./stack-resources.ts";
import { survey } from "./survey.ts";

type Observe = GraphProvider["observe"];
type Poll = NonNullable<GraphProvider["poll"]>;
type Polled = Parameters<Poll>[0][number];
type Found = Map<string, readonly ObservedResource[]>;

export function createObserve(cloud: Cloud): Observe {
  return async (stacks, signal) => {
    const found: Found = new Map();
    const places = Map.groupBy(stacks, ({ cls }) => placeKey(placeOf(cls)));
    await Promise.all([...places.values()].map((refs) => observePlace(cloud, refs, found, signal)));
    return found;
  };
}

async function observePlace(cloud: Cloud, refs: readonly StackRef[], found: Found, signal: AbortSignal) {
  const [first] = refs;
  if (first === undefined) return;
  const aws = awsFor(cloud, first.cls);
  const own = refs.filter(({ shared }) => !shared);
  const networks = Map.groupBy(
    refs.filter(({ shared }) => shared),
    ({ key }) => vpcOfNetwork(key) ?? "",
  );
  await Promise.all([
    own.length === 0 ? undefined : observeStacks(cloud, aws, own, found, signal),
    ...[...networks].map(async ([vpc, shared]) => {
      const groups = vpc === "" ? [] : await listSecurityGroups(aws, { "vpc-id": vpc }, signal);
      const clusterUid = cloud.clusterUid();
      for (const { key } of shared)
        found.set(key, networkResources(groups, { clusterUid, stack: stackKey(key) }));
    }),
  ]);
}

async function observeStacks(
  cloud: Cloud,
  aws: Aws,
  refs: readonly StackRef[],
  found: Found,
  signal: AbortSignal,
): Promise<void> {
  const clusterUid = cloud.clusterUid();
  const wanted = {
    clusterUid,
    stacks: new Set(refs.map(({ key }) => stackKey(key))),
    going: new Set(refs.flatMap(({ key, going }) => (going === true ? [stackKey(key)] : []))),
    adopt: new Set(refs.flatMap(({ adopt }) => adopt)),
    recorded: new Set(refs.flatMap(({ recorded = [] }) => recorded)),
  };
  const seen = await survey(aws, wanted, cloud.ownership(aws.place), signal);
  for (const { key, adopt, recorded, services } of refs) {
    const named = services?.map(({ namespace, name }) => `${namespace}/${name}`);
    const claimant = { clusterUid, stack: stackKey(key), services: named ?? [key] };
    found.set(key, stackResources(seen, { ...claimant, adopt: new Set(adopt), recorded: new Set(recorded) }));
  }
}

/** The state and the addresses of load balancers; by ARN while that is one call, else with the list of all. */
export function createPoll(cloud: Cloud, observe: Observe): Poll {
  return async (stacks, signal) => {
    const found: Found = new Map();
    const places = Map.groupBy(stacks, ({ cls }) => placeKey(placeOf(cls)));
    await Promise.all(
      [...places.values()].map(async (polled) => {
        const [first] = polled;
        if (first === undefined) return;
        const now = await readStates(awsFor(cloud, first.cls), polled, signal);
        const lost = polled.filter((one) => !refresh(one, now, found));
        if (lost.length === 0) return;
        for (const [key, resources] of await observe(lost, signal)) found.set(key, resources);
      }),
    );
    return found;
  };
}

async function readStates(aws: Aws, polled: readonly Polled[], signal: AbortSignal) {
  const arns = [...new Set(polled.flatMap(loadBalancersOf))];
  const named =
    arns.length > 0 && arns.length <= mostArns
      ? await unlessGone(aws.read("DescribeLoadBalancers", { LoadBalancerArns: arns }, { signal }))
      : undefined;
  const all = named?.LoadBalancers ?? (arns.length === 0 ? [] : await listLoadBalancers(aws, signal));
  return new Map(all.map((lb) => [lb.LoadBalancerArn ?? "", lb]));
}

/** False: something is gone, and all has to be read. */
function refresh(stack: Polled, now: ReadonlyMap<string, LoadBalancer>, found: Found): boolean {
  if (loadBalancersOf(stack).some((arn) => !now.has(arn))) return false;
  const resources = stack.observed.map((resource) => {
    const lb = resource.kind === kinds.loadBalancer ? now.get(resource.cloudId) : undefined;
    if (lb === undefined) return resource;
    const { stateReason: _, ...before } = resource.fields;
    return { ...resource, fields: { ...before, ...asFields(stateOf(lb)) } };
  });
  found.set(stack.key, resources);
  return true;
}

function loadBalancersOf({ observed }: Polled): string[] {
  return observed.flatMap(({ kind, cloudId }) => (kind === kinds.loadBalancer ? [cloudId] : []));
}

/** All stacks that something is marked for. Reads the tags of all that is not known yet. */
export function createStacks(cloud: Cloud): NonNullable<GraphProvider["stacks"]> {
  return async (cls, signal) => {
    const aws = awsFor(cloud, cls);
    const ownership = cloud.ownership(aws.place);
    const [balancers, targetGroups, groups] = await Promise.all([
      listLoadBalancers(aws, signal),
      listTargetGroups(aws, signal),
      // All of them: rules of ours on the groups of nodes have no tags to be looked for.
      listSecurityGroups(aws, {}, signal),
    ]);
    const networks = balancers.filter(({ Type }) => Type === "network");
    const arns = [
      ...networks.flatMap(({ LoadBalancerArn }) => LoadBalancerArn ?? []),
      ...targetGroups.flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []),
    ];
    const unknown = arns.filter((arn) => ownership.of(arn) === undefined);
    for (const [arn, tags] of await readTags(aws, unknown, signal)) ownership.learn(arn, tags);
    const keys = new Set(groups.flatMap((group) => keysOnGroup(group, cloud.clusterUid(), aws.place.region)));
    for (const arn of arns) {
      const owner = ownership.of(arn);
      if (owner?.is === "ours") keys.add(owner.stack);
    }
    return [...keys].sort().map((key) => ({ key, shared: vpcOfNetwork(key) !== undefined }));
  };
}

/** Of its own mark, and of those of the rules that let load balancers in. */
function keysOnGroup(group: SecurityGroup, clusterUid: string, region: string): string[] {
  const { [markKeys.cluster]: cluster, [markKeys.stack]: stack } = tagsFrom(group.Tags);
  const mark = nodeRuleMark(clusterUid);
  const hasRule = rulesOf(group).some(({ description }) => description === mark);
  return [
    ...(cluster === clusterUid && stack !== undefined ? [stack] : []),
    ...(hasRule ? [networkKey(region, group.VpcId ?? "")] : []),
  ];
}
