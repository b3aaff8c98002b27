/** What Elastic Load Balancing has, as the conformance suite compares it: without what passes by itself. */
import type { CloudObject } from "../../../src/testing/index.ts";
import type { AwsSimulator } from "../../simulators/aws/index.ts";

type Contents = Awaited<ReturnType<AwsSimulator["contents"]>>;

export function objectsIn({ loadBalancers, targetGroups, listeners }: Contents): CloudObject[] {
  return [
    ...loadBalancers.map(({ arn, name, attributes, provisioningLeft: _, capacity, ...state }) => ({
      kind: "load-balancer",
      id: arn,
      generated: [name],
      state: plain({ ...state, attributes: sorted(attributes), capacity: capacity.units }),
    })),
    ...targetGroups.map(({ arn, name, attributes, targets, ...state }) => ({
      kind: "target-group",
      id: arn,
      generated: [name],
      state: plain({
        ...state,
        attributes: sorted(attributes),
        targets: [...targets.values()].flatMap(servingTarget).sort(byId),
      }),
    })),
    ...listeners.map(({ arn, attributes, certificates, ...state }) => ({
      kind: "listener",
      id: arn,
      state: plain({ ...state, attributes: sorted(attributes), certificates: [...certificates] }),
    })),
  ];
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
  return Object.fromEntries([...attributes].sort());
}

function plain(state: object): CloudObject["state"] {
  return JSON.parse(JSON.stringify(state)) as CloudObject["state"];
}
