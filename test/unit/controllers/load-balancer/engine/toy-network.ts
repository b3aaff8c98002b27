/** A cloud with a balancer for each stack and one firewall for all: enough for the engine to be watched at work. */
import type { LoadBalancer } from "../../../../../src/api/load-balancer.ts";
import type { LoadBalancerClass } from "../../../../../src/api/load-balancer-class.ts";
import { recordedMemberOutcome } from "../../../../../src/controllers/load-balancer/engine/member-outcome.ts";
import {
  createStackEngine,
  type StackReport,
} from "../../../../../src/controllers/load-balancer/engine/stack-engine.ts";
import { CloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { sharedReference } from "../../../../../src/core/plan/reference.ts";
import type { Json, ObservedResource, Operation } from "../../../../../src/core/plan/types.ts";
import type { GraphProvider, Member, Stack } from "../../../../../src/providers/provider.ts";
import { silentLogger } from "../../../../../src/runtime/logger.ts";
import { createFakeClock } from "../../../../../src/testing/fake-clock.ts";
import { classSpec, loadBalancer } from "../../../core/objects.ts";

export interface ToyNetwork {
  readonly provider: GraphProvider<null>;
  readonly resources: Map<string, ObservedResource & { readonly stack: string }>;
  /** `create web/balancer`, `update network/firewall [80,81]`. */
  readonly writes: string[];
  /** Stacks asked for, call by call. */
  readonly observed: string[][];
  /** Those of them that were asked about only to be deleted. */
  readonly going: string[];
  before: (operation: Operation, stack: string) => void;
  /** Whether a balancer that was just made is still being made. */
  slow: boolean;
  readonly polled: string[][];
  /** Who asks for it can't be served. */
  badPort: number;
}

export function toyNetwork(): ToyNetwork {
  let serial = 0;
  const toy: ToyNetwork = {
    resources: new Map(),
    writes: [],
    observed: [],
    going: [],
    polled: [],
    before: () => {},
    slow: false,
    badPort: -1,
    provider: {} as GraphProvider<null>,
  };
  const log = (operation: Operation, stack: string): void => {
    toy.before(operation, stack);
    const ports = operation.do === "delete" ? "" : ` ${JSON.stringify(operation.fields.ports)}`;
    toy.writes.push(`${operation.do} ${stack}/${operation.id}${ports}`);
  };
  const common = { ours: true, dependsOn: [] };
  const actions: GraphProvider["actions"][string] = {
    async create(operation, { stack }) {
      log(operation, stack);
      serial += 1;
      const { id, kind, members } = operation;
      const cloudId = `${kind}-${serial}`;
      const fields = { ...operation.fields, ...(kind === "balancer" ? { ready: !toy.slow } : {}) };
      const mark = members.length === 0 ? {} : { members };
      toy.resources.set(cloudId, { ...common, id, kind, cloudId, fields, stack, ...mark });
      return { cloudId, fields };
    },
    async update(operation, { stack }) {
      log(operation, stack);
      const there = toy.resources.get(operation.cloudId);
      if (there === undefined) throw new CloudError("gone", "it is not there");
      const fields = { ...there.fields, ...operation.fields };
      toy.resources.set(operation.cloudId, { ...there, fields });
      return undefined;
    },
    async delete(operation, { stack }) {
      log(operation, stack);
      toy.resources.delete(operation.cloudId);
    },
    async release({ cloudId }, { stack }) {
      toy.writes.push(`release ${stack}/${cloudId}`);
      const there = toy.resources.get(cloudId);
      if (there !== undefined) toy.resources.set(cloudId, { ...there, ours: false });
    },
  };
  const look = (keys: readonly string[]) =>
    new Map(keys.map((key) => [key, [...toy.resources.values()].filter(({ stack }) => stack === key)]));
  const union = (_field: string, a: Json, b: Json): Json =>
    [...new Set([...(a as number[]), ...(b as number[])])].sort((x, y) => x - y);
  const portsOf = ({ lb }: Member) => lb.spec.ports.map(({ port }) => port);
  const provider: GraphProvider<null> = {
    form: "graph",
    name: "toy",
    externalResources: true,
    annotations: [],
    features: [],
    checkClass: () => [],
    checkSettings: () => [],
    stackOf: ({ key }) => key,
    facts: async () => null,
    claims: ({ members }) => {
      const ports = members.flatMap(portsOf).filter((port) => port !== toy.badPort);
      return ports.length === 0 ? [] : [{ on: "network", needs: { ports } }];
    },
    desire: ({ members: all }) => {
      const members = all.filter((member) => !portsOf(member).includes(toy.badPort));
      const bad = all.filter((member) => !members.includes(member));
      const problem = { kind: "pending", reason: "NoSubnets", message: "there is none" } as const;
      return {
        problems: new Map(bad.map(({ key }) => [key, [problem]])),
        resources:
          members.length === 0
            ? []
            : [
                {
                  id: "balancer",
                  kind: "balancer",
                  dependsOn: [],
                  members: members.map(({ lb }) => lb.metadata.uid ?? ""),
                  fields: { ports: members.flatMap(portsOf), behind: sharedReference("network", "firewall") },
                },
              ],
      };
    },
    desireShared: ({ claims }) => ({
      problems: new Map(),
      resources:
        claims.length === 0
          ? []
          : [
              {
                id: "firewall",
                kind: "firewall",
                dependsOn: [],
                members: [],
                fields: {
                  ports: [
                    ...new Set(claims.flatMap(({ needs }) => (needs as { ports: number[] }).ports)),
                  ].sort((a, b) => a - b),
                },
              },
            ],
    }),
    async observe(stacks) {
      toy.observed.push(stacks.map(({ key }) => key));
      toy.going.push(...stacks.flatMap(({ key, going }) => (going === true ? [key] : [])));
      return look(stacks.map(({ key }) => key));
    },
    async poll(stacks) {
      toy.polled.push(stacks.map(({ key }) => key));
      for (const resource of toy.resources.values()) {
        if (resource.kind !== "balancer") continue;
        toy.resources.set(resource.cloudId, { ...resource, fields: { ...resource.fields, ready: true } });
      }
      return look(stacks.map(({ key }) => key));
    },
    rules: {
      balancer: { change: () => "update", replace: "create-first", changesAddress: true },
      firewall: { change: () => "update", replace: "create-first", changesAddress: false, widen: union },
    },
    actions: { balancer: actions, firewall: actions },
    result(_member, observed) {
      const balancer = observed.find(({ kind }) => kind === "balancer");
      if (balancer === undefined) return { addresses: [] };
      if (balancer.fields.ready === false) return { addresses: [], retryAfterMs: 10_000 };
      return { addresses: [{ hostname: `${balancer.cloudId}.example` }] };
    },
  };
  return Object.assign(toy, { provider });
}

export function toyClass(name: string, policy: Parameters<typeof classSpec>[0] = {}): LoadBalancerClass {
  return {
    apiVersion: "fairlead.io/v1alpha1",
    kind: "LoadBalancerClass",
    metadata: { name, uid: `uid-of-${name}` },
    spec: { ...classSpec(policy), provider: "toy" },
  };
}

/** LoadBalancers with an engine that works on them; what it reports is kept in their status, as the controller does. */
export function toyCluster(
  toy: ToyNetwork,
  { existing = [] as string[], policy = {} as Parameters<typeof classSpec>[0] } = {},
) {
  const clock = createFakeClock();
  const lbs = new Map<string, LoadBalancer>();
  const unsettled: string[] = [];
  const start = (names: readonly string[]) =>
    createStackEngine({
      provider: toy.provider,
      clock,
      logger: silentLogger,
      signal: new AbortController().signal,
      guard: () => {},
      wake: () => {},
      existing: names,
      random: () => 0.5,
    });
  let engine = start(existing);
  const cls = (name: string) => toyClass(name, policy);

  /** Works on the stack of one LoadBalancer; `leaving` once it is to go. */
  const work = async (name: string, { leaving = false, className = "one" } = {}): Promise<StackReport> => {
    const lb = lbs.get(name) as LoadBalancer;
    const member: Member = { key: `shop/${name}`, lb, cls: cls(className), order: name };
    const live = leaving ? [] : [{ lb, member }];
    const stack: Stack = {
      key: member.key,
      cls: cls(className),
      members: live.map((each) => each.member),
      leader: live[0]?.member.key,
      nodes: [],
      endpointSlices: new Map(),
    };
    const done = engine.work(
      {
        stack,
        live,
        leaving: leaving ? [lb] : [],
        was: leaving ? { ...stack, members: [member], leader: member.key } : undefined,
        acknowledged: [],
        unsettle: async () => {
          if (leaving) return;
          unsettled.push(name);
          lbs.set(name, { ...lb, status: { ...lb.status, appliedHash: undefined } });
        },
      },
      new AbortController().signal,
    );
    done.catch(() => {});
    await clock.advance(100);
    const report = await done;
    const outcome = report.outcomes.get(member.key);
    if (outcome !== undefined) {
      const { addresses, appliedHash, drift, released, resources } = {
        ...recordedMemberOutcome(lb),
        ...outcome,
      };
      const status = {
        addresses: [...addresses],
        appliedHash,
        drift,
        released,
        resources: [...(resources ?? [])],
      };
      lbs.set(name, { ...lb, status });
    }
    return report;
  };
  return {
    clock,
    unsettled,
    work,
    put(name: string, ports: readonly number[], spec: Partial<LoadBalancer["spec"]> = {}): void {
      const before = lbs.get(name);
      const all = ports.map((port) => ({ port, protocol: "TCP" as const }));
      lbs.set(name, { ...loadBalancer({ name, spec: { ports: all, ...spec } }), status: before?.status });
    },
    status: (name: string) => lbs.get(name)?.status,
    forget: (name: string) => engine.forget({ key: `shop/${name}`, cls: cls("one") }),
    restart(names: readonly string[] = []): void {
      engine = start(names);
    },
  };
}
