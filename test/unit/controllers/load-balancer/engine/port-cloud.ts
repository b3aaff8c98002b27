/** A cloud of load balancers with a listener for each port, and the operator on it: for what happens over minutes and hours. */
import { CloudError } from "../../../../../src/core/plan/cloud-error.ts";
import { reference } from "../../../../../src/core/plan/reference.ts";
import type { Fields, ObservedResource } from "../../../../../src/core/plan/types.ts";
import type { GraphProvider, Member, StackRef } from "../../../../../src/providers/provider.ts";
import { createLocalOperator, uidOf } from "../../../../../src/testing/conformance/local-operator.ts";
import { createQuietClock } from "../../../../../src/testing/conformance/quiet-clock.ts";

interface Made {
  readonly id: string;
  readonly kind: string;
  readonly cloudId: string;
  readonly members: readonly string[] | undefined;
  readonly shownAtMs: number;
  readonly activeAtMs: number;
  fields: Fields;
  /** Undefined once it was handed back. */
  stack: string | undefined;
}

export interface PortCloud {
  readonly resources: Map<string, Made>;
  /** `create listener/80`, `poll`, `observe` …, in their order. */
  readonly calls: string[];
  /** Throws for calls that are to fail before anything is done. */
  before: (call: string) => void;
  /** Throws for answers that are to be lost. */
  after: (call: string) => void;
  /** What every stack needs of the stack that all share, whatever its ports. */
  alsoShared: readonly number[];
}

/** `targets`: each listener has a target group, and the balancer knows all ports. */
export function portCloud({
  provisionMs = 0,
  showMs = 0,
  claims = false,
  targets = false,
  deletion = "Delete" as "Delete" | "Retain",
} = {}) {
  const clock = createQuietClock({ isBusy: () => false, lastCallAt: () => 0 });
  const cloud: PortCloud = {
    resources: new Map(),
    calls: [],
    before: () => {},
    after: () => {},
    alsoShared: [],
  };
  let made = 0;
  const begin = (call: string): void => {
    cloud.calls.push(call);
    cloud.before(call);
  };
  const actionsOf = (kind: string): GraphProvider["actions"][string] => ({
    async create({ id, fields, members }, { stack }) {
      begin(`create ${id}`);
      const cloudId = `${kind}-${++made}`;
      const now = clock.monotonic();
      const times = { shownAtMs: now + showMs, activeAtMs: now + (kind === "balancer" ? provisionMs : 0) };
      const owned = members.length === 1 ? members : undefined;
      cloud.resources.set(cloudId, { id, kind, cloudId, members: owned, fields, stack, ...times });
      cloud.after(`create ${id}`);
      return { cloudId, fields: { ...fields, active: times.activeAtMs <= now } };
    },
    async update({ id, cloudId, fields }, { stack }) {
      begin(`update ${id}`);
      const there = cloud.resources.get(cloudId);
      if (there !== undefined) Object.assign(there, { stack, fields: { ...there.fields, ...fields } });
      return undefined;
    },
    async delete({ id, cloudId }) {
      begin(`delete ${id}`);
      cloud.resources.delete(cloudId);
    },
    async release({ id, cloudId }) {
      begin(`release ${id}`);
      const there = cloud.resources.get(cloudId);
      if (there !== undefined) there.stack = undefined;
    },
  });
  /** What nobody marked is shown where it is to be taken over. */
  const seenIn = ({ key, adopt }: StackRef): ObservedResource[] =>
    [...cloud.resources.values()]
      .filter((each) => each.shownAtMs <= clock.monotonic())
      .filter(({ stack }) => stack === key || (stack === undefined && adopt.length > 0))
      .map(({ id, kind, cloudId, members, fields, stack, activeAtMs }) => ({
        id,
        kind,
        cloudId,
        members,
        dependsOn: kind === "listener" ? ["balancer", ...(targets ? [id.replace(kind, "target")] : [])] : [],
        ours: stack === key,
        ...(stack === undefined && { adoption: "allowed" as const }),
        fields: { ...fields, stack: stack ?? "", active: activeAtMs <= clock.monotonic() },
      }));
  const portsOf = (members: readonly Member[]) =>
    members.flatMap(({ lb }) => lb.spec.ports.map(({ port }) => port));
  const kinds = ["balancer", "listener", "target", "rule"];
  const provider = (): GraphProvider => ({
    form: "graph",
    name: "example.com/ports",
    externalResources: true,
    annotations: [],
    features: [],
    checkClass: () => [],
    checkSettings: () => [],
    stackOf: ({ key, lb }) => (lb.spec.group === undefined ? key : `group ${lb.spec.group}`),
    async facts({ key }) {
      cloud.before(`facts ${key}`);
      return null;
    },
    ...(claims && {
      claims: ({ members }) => [
        { on: "network", needs: { ports: [...portsOf(members), ...cloud.alsoShared] } },
      ],
      desireShared: (shared) => ({
        resources: [
          ...new Set(shared.claims.flatMap(({ needs }) => (needs as { ports: number[] }).ports)),
        ].map((port) => ({ id: `rule/${port}`, kind: "rule", fields: { port }, dependsOn: [], members: [] })),
        problems: new Map(),
      }),
    }),
    desire: ({ key, members }) => ({
      problems: new Map(),
      resources: [
        {
          id: "balancer",
          kind: "balancer",
          fields: { stack: key, ...(targets && { ports: portsOf(members) }) },
          dependsOn: [],
          members: members.map(({ lb }) => lb.metadata.uid ?? ""),
          adopt: members.find(({ lb }) => lb.spec.adopt !== undefined)?.lb.spec.adopt,
        },
        ...members.flatMap(({ lb }) =>
          lb.spec.ports.flatMap(({ port }) => {
            const common = { dependsOn: [], members: [lb.metadata.uid ?? ""] };
            const target = `target/${port}`;
            const behind = targets ? { target: reference(target) } : {};
            const fields = { stack: key, port, balancer: reference("balancer"), ...behind };
            const listener = { ...common, id: `listener/${port}`, kind: "listener", fields };
            if (!targets) return [listener];
            return [{ ...common, id: target, kind: "target", fields: { stack: key, port } }, listener];
          }),
        ),
      ],
    }),
    async observe(stacks) {
      cloud.calls.push("observe");
      return new Map(stacks.map((ref) => [ref.key, seenIn(ref)]));
    },
    async poll(stacks) {
      cloud.calls.push("poll");
      return new Map(stacks.map((ref) => [ref.key, seenIn(ref)]));
    },
    rules: Object.fromEntries(
      kinds.map((kind) => [
        kind,
        { change: () => "update", replace: "create-first", changesAddress: kind === "balancer" } as const,
      ]),
    ),
    actions: Object.fromEntries(kinds.map((kind) => [kind, actionsOf(kind)])),
    result(_member, observed) {
      const balancer = observed.find(({ kind, ours }) => kind === "balancer" && ours);
      if (balancer === undefined) return { addresses: [] };
      if (balancer.fields.active !== true) return { addresses: [], retryAfterMs: 10_000 };
      return { addresses: [{ hostname: `${balancer.cloudId}.example` }] };
    },
  });
  const operator = createLocalOperator({
    provider,
    cls: {
      policy: {
        replacement: "Acknowledge",
        deletion,
        adoption: { ids: ["*"], namespaces: { from: "All" } },
      },
    },
    spec: {},
    clock,
    clusterUid: uidOf("cluster"),
    nodes: [],
  });
  /** Somebody else made it. */
  const stands = (id: string, cloudId: string, fields: Fields = {}): void => {
    const [kind = ""] = id.split("/");
    const seen = { members: undefined, stack: undefined, shownAtMs: 0, activeAtMs: 0 };
    cloud.resources.set(cloudId, { id, kind, cloudId, fields, ...seen });
  };
  return { cloud, clock, operator, stands };
}

/** Makes calls fail that are called so. */
export function refuse(
  pattern: RegExp,
  error: ConstructorParameters<typeof CloudError>,
): (call: string) => void {
  return (call) => {
    if (pattern.test(call)) throw new CloudError(...error);
  };
}
