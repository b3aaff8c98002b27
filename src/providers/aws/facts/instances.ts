/** The instances behind nodes: read once each, in portions, and again after a while. */
import type { Instance } from "@aws-sdk/client-ec2";
import type { Clock } from "../../../runtime/clock.ts";
import type { Aws } from "../client.ts";
import { pages } from "../observe/listing.ts";

export interface KnownInstance {
  readonly vpc: string;
  /** Ids of the groups of the primary network interface. */
  readonly securityGroups: readonly string[];
  readonly privateIps: readonly string[];
}

export interface Instances {
  /** By id; what is not there is missing. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, KnownInstance>>;
}

/** A filter of EC2 takes up to 200 values. */
const portion = 200;
const freshForMs = 10 * 60_000;
/** An instance may be known to the cluster before EC2 shows it everywhere. */
const missingForMs = 30_000;

export function createInstances(aws: Aws, clock: Clock): Instances {
  const entries = new Map<
    string,
    { readonly instance: Promise<KnownInstance | undefined>; untilMs: number }
  >();

  return {
    async read(ids) {
      const now = clock.monotonic();
      for (const [id, { untilMs }] of entries) if (untilMs <= now) entries.delete(id);
      const wanted = [...new Set(ids)].sort();
      const unknown = wanted.filter((id) => !entries.has(id));
      for (let from = 0; from < unknown.length; from += portion) {
        fetch(unknown.slice(from, from + portion));
      }
      const found = await Promise.all(
        wanted.map(async (id) => [id, await entries.get(id)?.instance] as const),
      );
      return new Map(found.flatMap(([id, instance]) => (instance === undefined ? [] : [[id, instance]])));
    },
  };

  function fetch(ids: readonly string[]): void {
    const answer = describe(aws, ids);
    for (const id of ids) {
      const entry = {
        instance: answer.then((all) => all.get(id)),
        untilMs: clock.monotonic() + freshForMs,
      };
      entries.set(id, entry);
      entry.instance.then(
        (instance) => {
          if (instance === undefined) entry.untilMs = clock.monotonic() + missingForMs;
        },
        () => {
          if (entries.get(id) === entry) entries.delete(id);
        },
      );
    }
  }
}

/** By a filter: asked for by id, one that is not there would fail the call for all. */
async function describe(aws: Aws, ids: readonly string[]): Promise<Map<string, KnownInstance>> {
  // Shared by all who ask; each of them may stop waiting.
  const { signal } = new AbortController();
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
