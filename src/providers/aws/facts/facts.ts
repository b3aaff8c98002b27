/** Facts for stacks: see `GraphProvider.facts`. Read once for all stacks of a VPC, and again when they are old or lack what is named. */
import { CloudError } from "../../../core/plan/cloud-error.ts";
import type { Clock } from "../../../runtime/clock.ts";
import type { Stack } from "../../provider.ts";
import type { Aws } from "../client.ts";
import { awsFor, type Cloud, placeKey, placeOf } from "../cloud.ts";
import type { AwsFacts, InstanceFacts } from "../model/facts.ts";
import { type AwsClassSettings, readClassSettings } from "../settings/class-settings.ts";
import { readSettings } from "../settings/service-settings.ts";
import { createInstances, type Instances, type KnownInstance } from "./instances.ts";
import { type NetworkFacts, readNetwork, readSecurityGroups } from "./network.ts";
import { type SharedRead, shareRead } from "./shared-read.ts";

const freshForMs = 10 * 60_000;
/** What somebody has just made may be missing in what was read; not asked for more often than this. */
const againAfterMs = 30_000;

interface Cached<T> {
  /** `lacks`: whether what was read is of no use. */
  get(lacks: (value: T) => boolean, signal: AbortSignal): Promise<T>;
}

interface Place {
  readonly aws: Aws;
  readonly instances: Instances;
  readonly networks: Map<string, Cached<NetworkFacts>>;
  readonly groups: Map<string, Cached<AwsFacts["securityGroups"]>>;
}

export function createFacts(cloud: Cloud): (stack: Stack, signal: AbortSignal) => Promise<AwsFacts> {
  const { clock } = cloud;
  const places = new Map<string, Place>();
  const placeFor = ({ cls }: Stack): Place => {
    const key = placeKey(placeOf(cls));
    const aws = awsFor(cloud, cls);
    const place = places.get(key) ?? {
      aws,
      instances: createInstances(aws, clock),
      networks: new Map(),
      groups: new Map(),
    };
    places.set(key, place);
    return place;
  };
  return (stack, signal) => gather(placeFor(stack), stack, { clock, signal });
}

async function gather(
  place: Place,
  stack: Stack,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<AwsFacts> {
  const { aws } = place;
  const settings = readClassSettings(stack.cls.spec.settings);
  const instances = await place.instances.read(instancesOf(stack), signal);
  const vpc = settings.vpc ?? vpcOf(instances);
  const named = namesIn(stack, settings);
  const network = cachedIn(place.networks, vpc, clock, (until) => readNetwork(aws, vpc, until));
  const groups = cachedIn(place.groups, vpc, clock, (until) => readSecurityGroups(aws, vpc, until));
  const lacks =
    (names: readonly string[]) =>
    (all: readonly Called[]): boolean =>
      names.some((name) => !all.some((one) => isCalled(one, name)));
  const [{ subnets, ...rest }, securityGroups] = await Promise.all([
    network.get(({ subnets }) => lacks(named.subnets)(subnets), signal),
    needsGroups(instances, named.groups) ? groups.get(lacks(named.groups), signal) : [],
  ]);
  return {
    region: settings.region,
    ...rest,
    subnets,
    securityGroups,
    instances: Object.fromEntries(
      [...instances].map(([id, instance]) => [
        id,
        instanceFacts(instance, securityGroups, settings.clusterName),
      ]),
    ),
  };
}

/** Ids of the instances of the nodes, as `spec.providerID` ends with them. */
function instancesOf({ nodes }: Stack): string[] {
  return nodes.flatMap(({ spec }) => /\/(i-[0-9a-f]+)$/.exec(spec?.providerID ?? "")?.[1] ?? []);
}

function vpcOf(instances: ReadonlyMap<string, KnownInstance>): string {
  const vpcs = [...new Set([...instances.values()].map(({ vpc }) => vpc))].sort();
  const [only, ...others] = vpcs;
  if (only === undefined) {
    const why = "The class names no VPC, and no node of the cluster is an instance that EC2 shows";
    throw new CloudError("missing", `${why}: set settings.vpc of the LoadBalancerClass`);
  }
  if (others.length > 0) {
    const why = `The class names no VPC, and the nodes are in several (${vpcs.join(", ")})`;
    throw new CloudError("missing", `${why}: set settings.vpc of the LoadBalancerClass`);
  }
  return only;
}

/** Ids and values of the tag `Name` that users wrote. */
function namesIn({ members }: Stack, { subnets }: AwsClassSettings) {
  const written = members.map(({ lb }) => readSettings(lb.spec.settings));
  return {
    subnets: [
      ...(subnets.internal ?? []),
      ...(subnets.external ?? []),
      ...written.flatMap((settings) => settings.subnets ?? []),
    ],
    groups: written.flatMap(({ securityGroups }) => securityGroups ?? []),
  };
}

/** Where each instance has one group, its tags do not matter. */
function needsGroups(instances: ReadonlyMap<string, KnownInstance>, named: readonly string[]): boolean {
  return named.length > 0 || [...instances.values()].some(({ securityGroups }) => securityGroups.length > 1);
}

interface Called {
  readonly id: string;
  readonly tags: Readonly<Record<string, string>>;
}

function isCalled(one: Called, name: string): boolean {
  return one.id === name || one.tags.Name === name;
}

function instanceFacts(
  { vpc, securityGroups, privateIps }: KnownInstance,
  groups: AwsFacts["securityGroups"],
  clusterName: string | undefined,
): InstanceFacts {
  const prefix = "kubernetes.io/cluster/";
  const isTagged = (id: string): boolean => {
    const tags = Object.keys(groups.find((group) => group.id === id)?.tags ?? {});
    return tags.some((tag) =>
      clusterName === undefined ? tag.startsWith(prefix) : tag === prefix + clusterName,
    );
  };
  return {
    vpc,
    securityGroups: securityGroups.map((id) => ({ id, clusterTagged: isTagged(id) })),
    privateIps,
  };
}

function cachedIn<T>(
  cache: Map<string, Cached<T>>,
  key: string,
  clock: Clock,
  read: (signal: AbortSignal) => Promise<T>,
): Cached<T> {
  const there = cache.get(key) ?? cached(clock, read);
  cache.set(key, there);
  return there;
}

/** Several who ask at once wait for one reading; one that failed is not kept. */
function cached<T>(clock: Clock, read: (signal: AbortSignal) => Promise<T>): Cached<T> {
  let current: { readonly read: SharedRead<T>; readonly readMs: number } | undefined;
  return {
    async get(lacks, signal) {
      const isOlder = (ms: number): boolean =>
        current === undefined || clock.monotonic() - current.readMs >= ms;
      const wait = (isStale: boolean): Promise<T> => {
        if (current === undefined || isStale) current = { read: shareRead(read), readMs: clock.monotonic() };
        return current.read.wait(signal);
      };
      const value = await wait(current?.read.isUseless() === true || isOlder(freshForMs));
      return lacks(value) && isOlder(againAfterMs) ? wait(true) : value;
    },
  };
}
