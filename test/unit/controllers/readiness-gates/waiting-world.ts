/** Pods in memory behind stacks of a provider whose health checks the test decides. */
import type { EndpointSlice, Pod, PodCondition } from "../../../../src/api/kubernetes.ts";
import {
  createReadinessGates,
  type ReadinessGates,
} from "../../../../src/controllers/readiness-gates/readiness-gates.ts";
import type { GraphProvider, Stack, TargetHealth } from "../../../../src/providers/provider.ts";
import { ApiError } from "../../../../src/runtime/kube/api-error.ts";
import type { KubeClient } from "../../../../src/runtime/kube/client.ts";
import { silentLogger } from "../../../../src/runtime/logger.ts";
import { createFakeClock } from "../../../../src/testing/fake-clock.ts";

export const OURS = "target-health.fairlead.io/lb";

type Status = PodCondition["status"];

export interface PodInput {
  readonly uid?: string;
  readonly gates?: readonly string[];
  readonly conditions?: Readonly<Record<string, Status>>;
}

export function slice(service: string, ports: readonly number[], endpoints: EndpointSlice["endpoints"]) {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${service}-1`, namespace: "shop", labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports: ports.map((port) => ({ port, protocol: "TCP" })),
    endpoints,
  } as EndpointSlice;
}

export function endpoint(name: string, address: string, ready = false, uid = `uid-${name}`) {
  const conditions = { ready, serving: ready, terminating: false };
  return { addresses: [address], conditions, targetRef: { kind: "Pod", name, uid } };
}

export function waitingWorld() {
  const clock = createFakeClock();
  const pods = new Map<string, Pod>();
  const world = {
    clock,
    /** Addresses with ports, by stack: what the health checks say. */
    health: new Map<string, TargetHealth[]>(),
    /** Thrown instead, where it is set. */
    failure: undefined as Error | undefined,
    forbidden: false,
    reads: [] as string[],
    asked: [] as string[],
    worked: [] as string[],
    /** Keys that `check` is wanted for. */
    wanted: new Set<string>(),
    /** Which stacks serve a pod, as the cluster has it. */
    stacksOf: (_uid: string): readonly string[] => [],
    put(name: string, { uid = `uid-${name}`, gates = [OURS], conditions = {} }: PodInput = {}) {
      pods.set(name, {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "shop", uid },
        spec: { readinessGates: gates.map((conditionType) => ({ conditionType })) },
        status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) },
      });
    },
    /** A condition as `status reason`; undefined where the pod has none. */
    condition(name: string, type = OURS): string | undefined {
      const found = pods.get(name)?.status?.conditions?.find((each) => each.type === type);
      return found === undefined ? undefined : `${found.status} ${found.reason}`;
    },
    message: (name: string) =>
      pods.get(name)?.status?.conditions?.find((each) => each.type === OURS)?.message ?? "",
    set(name: string, type: string, status: Status) {
      const conditions = pods.get(name)?.status?.conditions ?? [];
      const others = conditions.filter((each) => each.type !== type);
      const status_ = { conditions: [...others, { type, status }] };
      pods.set(name, { ...(pods.get(name) as Pod), status: status_ });
    },
  };
  const refusal = (status: number, reason: string) => new ApiError("read the pod", { status, reason });
  const client = {
    async get(_resource, { name }) {
      world.reads.push(name);
      if (world.forbidden) throw refusal(403, "Forbidden");
      const pod = pods.get(name);
      if (pod === undefined) throw refusal(404, "NotFound");
      return pod;
    },
    async patch(_resource, { name }, body) {
      const { metadata, status } = body as {
        metadata: { uid: string };
        status: { conditions: PodCondition[] };
      };
      const pod = pods.get(name);
      if (pod === undefined) throw refusal(404, "NotFound");
      if (pod.metadata.uid !== metadata.uid) throw refusal(409, "Conflict");
      const types = new Set(status.conditions.map(({ type }) => type));
      const others = (pod.status?.conditions ?? []).filter(({ type }) => !types.has(type));
      const patched = { ...pod, status: { conditions: [...others, ...status.conditions] } };
      pods.set(name, patched);
      return patched;
    },
  } as Pick<KubeClient, "get" | "patch"> as KubeClient;

  const provider = {
    readinessGates: ["cloud.example.com/"],
    async targetHealth({ key }) {
      world.asked.push(key);
      if (world.failure !== undefined) throw world.failure;
      return world.health.get(key) ?? [];
    },
  } as Pick<GraphProvider, "targetHealth" | "readinessGates"> as GraphProvider;

  let gates: ReadinessGates;
  const restart = () => {
    world.wanted.clear();
    gates = createReadinessGates({
      client,
      clock,
      logger: silentLogger,
      stacksOf: (uid) => world.stacksOf(uid),
      work: (key) => world.worked.push(key),
      checkAfter: (key) => world.wanted.add(key),
    });
  };
  restart();
  const signal = new AbortController().signal;
  return {
    world,
    restart,
    /** The stack is worked on: gives the addresses that its provider sees as ready. */
    async work(key: string, slices: EndpointSlice[], with_: GraphProvider = provider): Promise<string[]> {
      const member = { key: `shop/${key}`, lb: { metadata: { namespace: "shop", name: key }, spec: {} } };
      const cls = { metadata: { name: "cloud" }, spec: {} };
      const stack = { key, cls, members: [member], endpointSlices: new Map([[member.key, slices]]) };
      const admitted = await gates.admit(key, { provider: with_, stack: stack as unknown as Stack }, signal);
      gates.worked(key, []);
      const seen = admitted.stack.endpointSlices.get(member.key) ?? [];
      return seen.flatMap(({ endpoints }) =>
        (endpoints ?? []).flatMap(({ addresses, conditions }) =>
          conditions?.ready === false ? [] : addresses,
        ),
      );
    },
    /** The next check, 10 s later. Gives when another is wanted. */
    async check(key: string): Promise<number | undefined> {
      await clock.advance(10_000);
      world.wanted.delete(key);
      const result = await gates.check(key, signal);
      return result?.requeueAfterMs;
    },
  };
}

export function target(address: string, port: number, state: TargetHealth["state"], reason?: string) {
  return { address, port, state, ...(reason === undefined ? {} : { reason }) };
}
