/**
 * Reads what may belong to some stacks of one place: load balancers and target groups are listed once for all of them, tags are read by
 * twenties, and details only of what is theirs or is to be taken over.
 */
import type { SecurityGroup } from "@aws-sdk/client-ec2";
import type { Listener, LoadBalancer, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Aws } from "../client.ts";
import type { Attributes } from "../model/attributes.ts";
import { markKeys, type Tags } from "../model/marks.ts";
import { ownMarkKeys } from "../model/own-marks.ts";
import type { TargetsFields } from "../model/resources.ts";
import { candidateLoadBalancers, candidateTargetGroups, type Wanted } from "./candidates.ts";
import { fewAtATime } from "./few-at-a-time.ts";
import {
  listListeners,
  listLoadBalancers,
  listMoreCertificates,
  listSecurityGroups,
  listTargetGroups,
  listTargets,
  readTags,
  tagsFrom,
  unlessGone,
} from "./listing.ts";
import type { Ownership } from "./ownership.ts";
import { targetsFields } from "./target-group.ts";

export interface SeenLoadBalancer {
  readonly arn: string;
  readonly lb: LoadBalancer;
  readonly tags: Tags;
  readonly attributes: Attributes;
  readonly minimumCapacity: number;
}

export interface SeenListener {
  readonly arn: string;
  readonly listener: Listener;
  readonly tags: Tags;
  readonly attributes: Attributes;
  readonly moreCertificates: readonly string[];
}

export interface SeenTargetGroup {
  readonly arn: string;
  readonly group: TargetGroup;
  readonly tags: Tags;
  readonly attributes: Attributes;
  readonly targets: TargetsFields;
}

export interface SeenGroup {
  readonly id: string;
  readonly group: SecurityGroup;
  readonly tags: Tags;
}

export interface Survey {
  readonly loadBalancers: readonly SeenLoadBalancer[];
  readonly listeners: readonly SeenListener[];
  readonly targetGroups: readonly SeenTargetGroup[];
  readonly securityGroups: readonly SeenGroup[];
}

interface Look {
  readonly aws: Aws;
  readonly signal: AbortSignal;
}

export async function survey(
  aws: Aws,
  wanted: Wanted,
  ownership: Ownership,
  signal: AbortSignal,
): Promise<Survey> {
  const look = { aws, signal };
  const { clusterUid, stacks, recorded } = wanted;
  const [allLoadBalancers, allTargetGroups, groups] = await Promise.all([
    listLoadBalancers(aws, signal),
    listTargetGroups(aws, signal),
    listSecurityGroups(aws, { [`tag:${markKeys.cluster}`]: clusterUid }, signal),
  ]);
  ownership.keep(new Set([...allLoadBalancers.map(arnOf), ...allTargetGroups.map(arnOf)]));

  const isWanted = (arn: string, tags: Tags): boolean => {
    const owner = ownership.learn(arn, tags);
    return (owner.is === "ours" && stacks.has(owner.stack)) || recorded.has(arn);
  };
  const candidates = candidateLoadBalancers(allLoadBalancers, wanted, ownership);
  const tags = await readTags(aws, candidates.map(arnOf), signal);
  const balancers = candidates.filter((lb) => {
    const own = tags.get(arnOf(lb));
    return own !== undefined && (isWanted(arnOf(lb), own) || wanted.adopt.has(arnOf(lb)));
  });
  const networks = balancers.filter(({ Type }) => Type === "network");
  const arns = new Set(networks.map(arnOf));
  const groupCandidates = candidateTargetGroups(allTargetGroups, arns, wanted, ownership);
  const groupTags = await readTags(aws, groupCandidates.map(arnOf), signal);
  const targetGroups = groupCandidates.filter((group) => {
    const own = groupTags.get(arnOf(group));
    const isAttached = (group.LoadBalancerArns ?? []).some((arn) => wanted.adopt.has(arn));
    return own !== undefined && (isWanted(arnOf(group), own) || isAttached);
  });

  const [seenBalancers, seenGroups, seenListeners, unmarked] = await Promise.all([
    all(balancers, (lb) => seeLoadBalancer(look, lb, tags.get(arnOf(lb)) ?? {}, wanted)),
    all(targetGroups, (group) => seeTargetGroup(look, group, groupTags.get(arnOf(group)) ?? {}, wanted)),
    seeListeners(look, networks, wanted),
    listUnmarkedGroups(look, groups, recorded),
  ]);
  return {
    loadBalancers: seenBalancers,
    listeners: seenListeners,
    targetGroups: seenGroups,
    securityGroups: [...groups, ...unmarked].map((group) => ({
      id: group.GroupId ?? "",
      group,
      tags: tagsFrom(group.Tags),
    })),
  };
}

/** Recorded, and not among those with the cluster's mark: gone, or their marks are. That is rare, so they are asked for by id. */
async function listUnmarkedGroups(
  { aws, signal }: Look,
  marked: readonly SecurityGroup[],
  recorded: ReadonlySet<string>,
): Promise<SecurityGroup[]> {
  const found = new Set(marked.map(({ GroupId }) => GroupId));
  const missing = [...recorded].filter((id) => id.startsWith("sg-") && !found.has(id));
  const seen = await fewAtATime(missing, (id) => listSecurityGroups(aws, { "group-id": id }, signal));
  return seen.flat();
}

async function seeLoadBalancer(
  { aws, signal }: Look,
  lb: LoadBalancer,
  tags: Tags,
  wanted: Wanted,
): Promise<SeenLoadBalancer | undefined> {
  const arn = arnOf(lb);
  const { adopt } = wanted;
  if (lb.Type !== "network" || isGoing(tags, wanted))
    return { arn, lb, tags, attributes: {}, minimumCapacity: 0 };
  const on = { signal, on: arn };
  const isReserved = tags[ownMarkKeys.capacity] !== undefined || adopt.has(arn);
  const [answer, reservation] = await Promise.all([
    unlessGone(aws.read("DescribeLoadBalancerAttributes", { LoadBalancerArn: arn }, on)),
    isReserved
      ? unlessGone(aws.read("DescribeCapacityReservation", { LoadBalancerArn: arn }, on))
      : undefined,
  ]);
  if (answer === undefined) return undefined;
  const minimumCapacity = reservation?.MinimumLoadBalancerCapacity?.CapacityUnits ?? 0;
  return { arn, lb, tags, attributes: tagsFrom(answer.Attributes), minimumCapacity };
}

async function seeTargetGroup(
  { aws, signal }: Look,
  group: TargetGroup,
  tags: Tags,
  wanted: Wanted,
): Promise<SeenTargetGroup | undefined> {
  const arn = arnOf(group);
  if (isGoing(tags, wanted)) return { arn, group, tags, attributes: {}, targets: targetsFields(arn, []) };
  const [answer, targets] = await Promise.all([
    unlessGone(aws.read("DescribeTargetGroupAttributes", { TargetGroupArn: arn }, { signal, on: arn })),
    listTargets(aws, arn, signal),
  ]);
  if (answer === undefined || targets === undefined) return undefined;
  return { arn, group, tags, attributes: tagsFrom(answer.Attributes), targets: targetsFields(arn, targets) };
}

/** All of their load balancers: what others put there may be in use of what is ours. */
async function seeListeners(
  look: Look,
  balancers: readonly LoadBalancer[],
  wanted: Wanted,
): Promise<SeenListener[]> {
  const { aws, signal } = look;
  const lists = await all(balancers, (lb) => listListeners(aws, arnOf(lb), signal));
  const listeners = lists.flat();
  const tags = await readTags(aws, listeners.map(arnOf), signal);
  return all(listeners, async (listener) => {
    const own = tags.get(arnOf(listener));
    return own === undefined ? undefined : seeListener(look, listener, own, wanted);
  });
}

async function seeListener(
  { aws, signal }: Look,
  listener: Listener,
  tags: Tags,
  wanted: Wanted,
): Promise<SeenListener | undefined> {
  const arn = arnOf(listener);
  const { [markKeys.cluster]: cluster, [markKeys.stack]: stack = "" } = tags;
  const isOurs = cluster === wanted.clusterUid && wanted.stacks.has(stack);
  const matters = isOurs || wanted.adopt.has(listener.LoadBalancerArn ?? "");
  if (!matters || isGoing(tags, wanted)) return { arn, listener, tags, attributes: {}, moreCertificates: [] };
  const [answer, moreCertificates] = await Promise.all([
    // Listeners of other protocols have none.
    listener.Protocol === "TCP"
      ? unlessGone(aws.read("DescribeListenerAttributes", { ListenerArn: arn }, { signal, on: arn }))
      : { Attributes: [] },
    listener.Protocol === "TLS" ? listMoreCertificates(aws, arn, signal) : [],
  ]);
  if (answer === undefined || moreCertificates === undefined) return undefined;
  return { arn, listener, tags, attributes: tagsFrom(answer.Attributes), moreCertificates };
}

/** What it is set to does not matter any more. Where something is taken over, all may matter to that. */
function isGoing(tags: Tags, { clusterUid, going, adopt }: Wanted): boolean {
  const isOurs = tags[markKeys.cluster] === clusterUid;
  return isOurs && adopt.size === 0 && going.has(tags[markKeys.stack] ?? "");
}

function arnOf(thing: LoadBalancer | TargetGroup | Listener): string {
  if ("ListenerArn" in thing) return thing.ListenerArn ?? "";
  if ("TargetGroupArn" in thing) return thing.TargetGroupArn ?? "";
  return "LoadBalancerArn" in thing ? (thing.LoadBalancerArn ?? "") : "";
}

/** What is gone is left out. */
async function all<T, R>(items: readonly T[], see: (item: T) => Promise<R | undefined>): Promise<R[]> {
  const seen = await fewAtATime(items, see);
  return seen.filter((one): one is Awaited<R> & R => one !== undefined);
}
