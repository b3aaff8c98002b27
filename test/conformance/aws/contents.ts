/** What Elastic Load Balancing has, as the conformance suite compares it: without what passes by itself. */
import type { CloudObject } from "../../../src/testing/index.ts";
import type { AwsSimulator } from "../../simulators/aws/index.ts";

type Contents = Awaited<ReturnType<AwsSimulator["contents"]>>;

export function objectsIn({ loadBalancers, targetGroups, listeners }: Contents): CloudObject[] {
  return [
    ...loadBalancers.map((one) => ({
      kind: "load-balancer",
      id: one.arn,
      generated: [one.name],
      state: plain({
        ...pick(one, ["scheme", "vpc", "ipAddressType", "mappings", "privateLink", "natPrefixes", "tags"]),
        securityGroups: one.securityGroups,
        attributes: sorted(one.attributes),
        capacity: one.capacity.units,
      }),
    })),
    ...targetGroups.map((one) => ({
      kind: "target-group",
      id: one.arn,
      generated: [one.name],
      state: plain({
        ...pick(one, ["protocol", "port", "vpc", "targetType", "ipAddressType", "health", "tags"]),
        attributes: sorted(one.attributes),
        targets: [...one.targets.values()].flatMap(servingTarget).sort(byId),
      }),
    })),
    ...listeners.map((one) => ({
      kind: "listener",
      id: one.arn,
      state: plain({
        ...pick(one, ["loadBalancer", "port", "protocol", "action", "tls", "tags"]),
        attributes: sorted(one.attributes),
        certificates: [...one.certificates],
      }),
    })),
  ];
}

function pick<T, Key extends keyof T>(one: T, keys: readonly Key[]): Pick<T, Key> {
  return Object.fromEntries(keys.map((key) => [key, one[key]])) as Pick<T, Key>;
}

/** Ids of the targets that traffic to a port goes to. */
export function targetsBehind(port: number, { targetGroups, listeners }: Contents): string[] {
  const arns = listeners
    .filter((one) => one.port === port)
    .flatMap(({ action }) => action.groups.map(({ arn }) => arn));
  const groups = targetGroups.filter(({ arn }) => arns.includes(arn));
  return groups.flatMap(({ targets }) => [...targets.values()].flatMap(servingTarget).map(({ id }) => id));
}

type Target = Contents["targetGroups"][number]["targets"] extends ReadonlyMap<string, infer T> ? T : never;

/** One that drains gets no new connections, and goes by itself. */
function servingTarget({ id, port, zone, draining }: Target) {
  return draining ? [] : [{ id, port, zone }];
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

function sorted(attributes: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...attributes].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function plain(state: object): CloudObject["state"] {
  return JSON.parse(JSON.stringify(state)) as CloudObject["state"];
}
