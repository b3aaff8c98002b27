/** A cloud in memory for tests of the controllers: remembers every call, and fails as it is told to. */
import { CloudError, type CloudErrorClass } from "../../../src/core/plan/cloud-error.ts";
import { type Known, reference } from "../../../src/core/plan/reference.ts";
import type { DesiredResource, Fields, KindRules, ObservedResource } from "../../../src/core/plan/types.ts";
import type { DirectProvider, GraphProvider, Member, Problem } from "../../../src/providers/provider.ts";

export interface CloudCall {
  readonly call: string;
  /** UIDs of the LoadBalancers that the call serves. */
  readonly members: readonly string[];
}

export interface MemoryCloud {
  readonly resources: Map<string, ObservedResource>;
  readonly calls: CloudCall[];
  /** Called before each call takes effect; may throw, or wait. */
  before: (call: CloudCall) => void | Promise<void>;
}

export function createMemoryCloud(): MemoryCloud {
  return { resources: new Map(), calls: [], before: () => {} };
}

/** Fails every call whose name matches, as a cloud does. */
export function failing(
  pattern: RegExp,
  as: CloudErrorClass,
  message: string,
  more: { member?: string } = {},
) {
  return ({ call }: CloudCall) => {
    if (pattern.test(call)) throw new CloudError(as, message, more);
  };
}

/** The stack that a resource is marked with; empty for one without. */
export function stackIn({ stack }: Fields): string {
  return typeof stack === "string" ? stack : "";
}

const update: KindRules = { change: () => "update", replace: "create-first", changesAddress: false };
const rules: Record<string, KindRules> = {
  // The scheme of a balancer can't be changed: another takes its place, with another address.
  balancer: { change: () => "replace", replace: "create-first", changesAddress: true },
  listener: update,
};

const noSettings = { annotations: [], checkClass: () => [], checkSettings: () => [] };

/**
 * A provider with a resource graph: one balancer for each stack, which serves the members of one namespace that name the same pool, and one
 * listener for each port of a member. A port that two members want goes to the older one.
 */
export function createMemoryGraph(name: string, cloud: MemoryCloud): GraphProvider<null> {
  let serial = 0;
  const run = async (call: CloudCall, effect: () => void): Promise<void> => {
    cloud.calls.push(call);
    await cloud.before(call);
    effect();
  };
  // Only what serves one member is marked with it.
  const marksOf = ({ member }: Fields) => (typeof member === "string" ? { members: [member] } : {});
  const put = (operation: Omit<DesiredResource, "members"> & { cloudId: string }, stack: string): Known => {
    const { id, kind, fields, dependsOn, cloudId } = operation;
    cloud.resources.set(cloudId, {
      id,
      kind,
      cloudId,
      fields: { ...fields, stack },
      dependsOn,
      ours: true,
      ...marksOf(fields),
    });
    return { cloudId, fields };
  };
  const stackOf = (member: Member) => `${member.lb.metadata.namespace} ${member.lb.spec.pool ?? member.key}`;
  const actions: GraphProvider["actions"][string] = {
    async create(operation) {
      serial += 1;
      const cloudId = `${operation.kind}-${serial}`;
      const { id, kind, fields, members } = operation;
      const stack = stackIn(fields);
      const made = { id, kind, fields, dependsOn: kind === "listener" ? ["balancer"] : [], cloudId };
      await run({ call: `create ${stack} ${id}`, members }, () => put(made, stack));
      return { cloudId, fields };
    },
    async update(operation) {
      await run(
        { call: `update ${stackIn(operation.fields)} ${operation.id}`, members: operation.members },
        () => {
          const before = cloud.resources.get(operation.cloudId) as ObservedResource;
          cloud.resources.set(operation.cloudId, {
            ...before,
            fields: { ...before.fields, ...operation.fields },
            ...marksOf(operation.fields),
          });
        },
      );
      return undefined;
    },
    async delete(operation) {
      await run(
        { call: `delete ${stackIn(operation.observed)} ${operation.id}`, members: operation.members },
        () => cloud.resources.delete(operation.cloudId),
      );
    },
  };
  return {
    form: "graph",
    name,
    externalResources: true,
    ...noSettings,
    stackOf,
    facts: () => Promise.resolve(null),
    desire(stack) {
      const problems = new Map<string, Problem[]>();
      const taken = new Map<number, string>();
      const members = [...stack.members].sort((a, b) => (a.order < b.order ? -1 : 1));
      const served = members.filter((member) => {
        const port = member.lb.spec.ports.find((each) => taken.has(each.port));
        if (port === undefined) {
          for (const each of member.lb.spec.ports) taken.set(each.port, member.key);
          return true;
        }
        const message = `port ${port.port} belongs to ${taken.get(port.port)}`;
        problems.set(member.key, [{ kind: "pending", reason: "PortConflict", message }]);
        return false;
      });
      const uid = (member: Member) => member.lb.metadata.uid ?? "";
      const common = { dependsOn: [] as string[], note: "the stack has members" };
      const scheme = served[0]?.lb.spec.scheme ?? "internal";
      const balancer: DesiredResource = {
        id: "balancer",
        kind: "balancer",
        fields: { scheme, stack: stack.key },
        members: served.map(uid),
        ...common,
      };
      const listeners = served.flatMap((member) =>
        member.lb.spec.ports.map(
          ({ port }): DesiredResource => ({
            id: `listener/${member.lb.metadata.name}/${port}`,
            kind: "listener",
            fields: { on: reference("balancer"), stack: stack.key, member: uid(member) },
            members: [uid(member)],
            ...common,
          }),
        ),
      );
      return { resources: served.length === 0 ? [] : [balancer, ...listeners], problems };
    },
    observe: async (refs) =>
      new Map(
        refs.map(({ key }) => [
          key,
          [...cloud.resources.values()].filter(({ fields }) => fields.stack === key),
        ]),
      ),
    features: ["sharing"],
    rules,
    actions: { balancer: actions, listener: actions },
    result(member, observed) {
      const uid = member.lb.metadata.uid ?? "";
      const hasListener = observed.some(({ kind, members }) => kind === "listener" && members?.includes(uid));
      const balancer = observed.find(({ kind }) => kind === "balancer");
      if (!hasListener || balancer === undefined) return { addresses: [] };
      return { addresses: [{ hostname: `${balancer.cloudId}.cloud.example` }] };
    },
  };
}

/** A provider without resource graph, each LoadBalancer one thing in the cloud. */
export function createMemoryDirect(name: string, cloud: MemoryCloud): DirectProvider {
  const run = async (call: CloudCall, effect: () => void): Promise<void> => {
    cloud.calls.push(call);
    await cloud.before(call);
    effect();
  };
  const fieldsOf = (member: Member): Fields => ({ ports: member.lb.spec.ports.map(({ port }) => port) });
  return {
    form: "direct",
    name,
    externalResources: true,
    ...noSettings,
    start() {},
    restore() {},
    async ensure(member) {
      const { key, lb } = member;
      const members = [lb.metadata.uid ?? ""];
      const before = cloud.resources.get(key);
      const fields = fieldsOf(member);
      if (JSON.stringify(before?.fields) !== JSON.stringify(fields)) {
        await run({ call: `ensure ${key}`, members }, () => {
          const thing = { id: key, kind: "thing", cloudId: key, fields, dependsOn: [], ours: true, members };
          cloud.resources.set(key, thing);
        });
      }
      return {
        addresses: [{ hostname: `${lb.metadata.name}.direct.example` }],
        ports: lb.spec.ports.map(({ port, protocol }) => ({ port, protocol })),
        resources: [{ kind: "thing", id: key }],
        problems: [],
      };
    },
    async release(key) {
      if (!cloud.resources.has(key)) return;
      await run({ call: `release ${key}`, members: [] }, () => cloud.resources.delete(key));
    },
  };
}
