/**
 * The instances behind nodes: read once each, in portions, and again after a while.
 *
 * EC2 is eventually consistent ("Eventual consistency" in the EC2 API guide), and who is missing here is deregistered and has his security
 * group shut. So one answer proves nothing: what it lacks is asked for a second time before it is missing, also right after a start.
 */
import type { Instance } from "@aws-sdk/client-ec2";
import { type Clock, sleep } from "../../../runtime/clock.ts";
import type { Aws } from "../client.ts";
import { pages } from "../observe/listing.ts";
import { type SharedRead, shareRead } from "./shared-read.ts";

export interface KnownInstance {
  readonly vpc: string;
  /** Ids of the groups of the primary network interface. */
  readonly securityGroups: readonly string[];
  readonly privateIps: readonly string[];
}

export interface Instances {
  /** By id; what is not there is missing in two answers, five seconds apart. */
  read(ids: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, KnownInstance>>;
}

/** A filter of EC2 takes up to 200 values. */
const portion = 200;
const freshForMs = 10 * 60_000;
/** Between the two answers. After them it is asked for again when its node is next heard of, for it may be that new. */
const missingForMs = 5_000;

type Known = ReadonlyMap<string, KnownInstance>;

interface Entry {
  /** Of the portion that it was asked for with. */
  readonly read: SharedRead<Known>;
  untilMs: number;
}

export function createInstances(aws: Aws, clock: Clock): Instances {
  const entries = new Map<string, Entry>();
  /** Until when one more answer without that instance says nothing new: nobody is kept waiting for a second one. */
  const missingUntilMs = new Map<string, number>();

  return {
    async read(ids, signal) {
      const now = clock.monotonic();
      for (const [id, { read, untilMs }] of entries)
        if (untilMs <= now || read.isUseless()) entries.delete(id);
      for (const [id, untilMs] of missingUntilMs) if (untilMs <= now) missingUntilMs.delete(id);
      const wanted = [...new Set(ids)].sort();
      const unknown = wanted.filter((id) => !entries.has(id));
      for (let from = 0; from < unknown.length; from += portion) {
        fetch(unknown.slice(from, from + portion));
      }
      const reads = wanted.flatMap((id) => entries.get(id)?.read ?? []);
      const each = [...new Set(reads)].map(async (read) => [read, await read.wait(signal)] as const);
      const answers = new Map(await Promise.all(each));
      return new Map(
        wanted.flatMap((id, index) => {
          const instance = answers.get(reads[index] as SharedRead<Known>)?.get(id);
          return instance === undefined ? [] : [[id, instance] as const];
        }),
      );
    },
  };

  function fetch(ids: readonly string[]): void {
    const read = shareRead(async (signal) => {
      const known = await describeTwice(ids, signal);
      for (const id of ids) {
        const entry = entries.get(id);
        if (entry?.read === read && !known.has(id)) entry.untilMs = clock.monotonic() + missingForMs;
      }
      return known;
    });
    for (const id of ids) entries.set(id, { read, untilMs: clock.monotonic() + freshForMs });
  }

  async function describeTwice(ids: readonly string[], signal: AbortSignal): Promise<Known> {
    const first = await describe(aws, ids, signal);
    for (const id of first.keys()) missingUntilMs.delete(id);
    const doubtful = ids.filter((id) => !first.has(id) && !missingUntilMs.has(id));
    if (doubtful.length === 0) return first;
    await sleep(missingForMs, { signal, clock });
    const second = await describe(aws, doubtful, signal);
    for (const id of doubtful) if (!second.has(id)) missingUntilMs.set(id, clock.monotonic() + freshForMs);
    return new Map([...first, ...second]);
  }
}

/** By a filter: asked for by id, one that is not there would fail the call for all. */
async function describe(aws: Aws, ids: readonly string[], signal: AbortSignal): Promise<Known> {
  const Filters = [
    { Name: "instance-id", Values: [...ids] },
    { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] },
  ];
  const reservations = await pages(async (NextToken) => {
    const page = await aws.read("DescribeInstances", { Filters, NextToken }, { signal });
    return { items: page.Reservations, next: page.NextToken };
  });
  const instances = reservations.flatMap(({ Instances }) => Instances ?? []);
  return new Map(instances.map((instance) => [instance.InstanceId ?? "", known(instance)]));
}

function known(instance: Instance): KnownInstance {
  const primary = instance.NetworkInterfaces?.find(({ Attachment }) => Attachment?.DeviceIndex === 0);
  const groups = primary?.Groups ?? instance.SecurityGroups ?? [];
  const addresses = (primary?.PrivateIpAddresses ?? []).flatMap(
    ({ PrivateIpAddress }) => PrivateIpAddress ?? [],
  );
  const { PrivateIpAddress: main } = instance;
  return {
    vpc: instance.VpcId ?? "",
    securityGroups: groups.flatMap(({ GroupId }) => GroupId ?? []).sort(),
    privateIps: addresses.length > 0 || main === undefined ? addresses : [main],
  };
}
