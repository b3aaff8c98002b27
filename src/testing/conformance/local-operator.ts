/** The operator as the suite drives it: load balancers are put in and taken out, time passes, the process dies and is started again. */
import { createHash } from "node:crypto";
import type { EndpointSlice, Node, Service } from "../../api/kubernetes.ts";
import type { LoadBalancer, LoadBalancerSpec } from "../../api/load-balancer.ts";
import type { LoadBalancerClass, LoadBalancerClassSpecInput } from "../../api/load-balancer-class.ts";
import type { Condition } from "../../api/meta.ts";
import { annotations, apiVersion, finalizer, serviceClassPrefix } from "../../api/names.ts";
import { parseLoadBalancer, parseLoadBalancerClass } from "../../api/parse.ts";
import { describeProblem, type Problem } from "../../api/problems.ts";
import type { Objects } from "../../controllers/offline/object-store.ts";
import type { GraphProvider } from "../../providers/provider.ts";
import { must } from "./guarantee.ts";
import { type LocalProcess, startProcess } from "./local-process.ts";
import type { QuietClock } from "./quiet-clock.ts";

export interface LocalOperator {
  /** Makes a load balancer, for a Service of the same name, or changes these fields of its spec. */
  put(name: string, change?: Partial<LoadBalancerSpec>): void;
  /** As when its Service is deleted. */
  remove(name: string): void;
  /** The user agrees to a replacement. */
  acknowledge(name: string, planId: string): void;
  setNodes(nodes: readonly Node[]): void;
  setEndpoints(name: string, slices: readonly EndpointSlice[]): void;
  /** Works until nothing is left to be done within some minutes; time passes as it has to. */
  settle(): Promise<void>;
  /** Lets that much time pass, and does whatever comes due in it. */
  pass(ms: number): Promise<void>;
  /** Has everything worked on again, as if something had changed. */
  wakeAll(): void;
  /** The process dies: between two calls if asked for in the middle of one. */
  kill(): void;
  isDead(): boolean;
  /** Another process takes over, with nothing but what is in the cluster. `policy`: that of the class from now on. */
  restart(policy?: LoadBalancerClassSpecInput["policy"]): void;
  get(name: string): LoadBalancer | undefined;
  condition(name: string, type: Condition["type"]): Condition | undefined;
  /** What is in the status of a load balancer, for messages. */
  told(name: string): string;
}

export interface LocalOperatorOptions {
  /** Called for every start. */
  readonly provider: () => GraphProvider;
  readonly cls: Omit<LoadBalancerClassSpecInput, "provider">;
  /** Of every load balancer, before what a test changes. */
  readonly spec: Partial<LoadBalancerSpec>;
  readonly clock: QuietClock;
  readonly clusterUid: string;
  readonly nodes: readonly Node[];
}

const namespace = "conformance";
const className = "conformance";
/** What is tried again only after longer is given up for the moment: quota and permission wait ten minutes and more. */
const soonMs = 9 * 60_000;
/** What is not done after that long is not going to be. */
const settleMs = 30 * 60_000;
const mostSteps = 200;

export function createLocalOperator(o: LocalOperatorOptions): LocalOperator {
  const { clock } = o;
  let nodes = o.nodes;
  const slices = new Map<string, readonly EndpointSlice[]>();
  const births = new Map<string, number>();
  let lives: LocalProcess = start(emptyObjects(o.clusterUid), o.cls.policy);
  let isDead = false;

  function start(objects: Objects, policy: LoadBalancerClassSpecInput["policy"]): LocalProcess {
    const provider = o.provider();
    const cls = classFor(provider, { ...o.cls, ...(policy === undefined ? {} : { policy }) });
    const endpointSlices = (service: string) => slices.get(service) ?? [];
    const made = { ...objects, classes: [cls] };
    return startProcess({ provider, objects: made, clock, nodes: () => nodes, endpointSlices });
  }
  const keyOf = (name: string) => `${namespace}/${name}`;
  const get = (name: string) => lives.store.informers.loadBalancers.get(keyOf(name));
  const putBoth = (lb: LoadBalancer, more: Readonly<Record<string, string>> = {}): void => {
    const known = lives.store.informers.services.get(`${namespace}/${lb.metadata.name}`);
    lives.store.putService(serviceOf(lb, { ...known?.metadata.annotations, ...more }));
    lives.store.put(lb);
  };
  const create = (name: string, change: Partial<LoadBalancerSpec>): LoadBalancer => {
    const life = (births.get(name) ?? 0) + 1;
    births.set(name, life);
    const creationTimestamp = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
    const usual = { className, scheme: "internal", ipFamilies: ["IPv4"], ports: portsOf(80) };
    const object = {
      apiVersion,
      kind: "LoadBalancer",
      metadata: { name, namespace, uid: uidOf(`lb ${name} ${life}`), creationTimestamp, generation: 1 },
      spec: {
        ...usual,
        ...o.spec,
        serviceRef: { name, uid: uidOf(`service ${name} ${life}`) },
        ...change,
      },
    };
    return { ...object, spec: parsed(parseLoadBalancer(object)).spec };
  };
  const workUntil = async (endMs: (nowMs: number) => number): Promise<void> => {
    for (let step = 0; !isDead; step++) {
      await lives.work();
      const next = lives.nextAt();
      if (next === undefined || next > endMs(clock.monotonic())) return;
      must(
        step < mostSteps,
        "Work comes to an end",
        () => `after ${mostSteps} times still due; failures: ${lives.failures().join("; ") || "none"}`,
      );
      await clock.reach(next);
    }
  };

  return {
    get,
    put(name, change = {}) {
      const before = get(name);
      if (before === undefined || before.metadata.deletionTimestamp !== undefined)
        return putBoth(create(name, change));
      const generation = (before.metadata.generation ?? 0) + 1;
      const changed = { ...before.spec, ...change };
      putBoth({ ...before, metadata: { ...before.metadata, generation }, spec: changed });
    },
    remove(name) {
      const lb = get(name);
      if (lb === undefined) throw new Error(`Cannot remove ${name}: there is no such load balancer`);
      const deletionTimestamp = new Date(clock.now()).toISOString();
      const gone = { ...lb, metadata: { ...lb.metadata, deletionTimestamp } };
      if (lb.metadata.finalizers?.includes(finalizer)) lives.store.put(gone);
      else lives.store.remove(lb);
    },
    acknowledge(name, planId) {
      const lb = get(name);
      if (lb !== undefined) putBoth(lb, { [annotations.acknowledgeReplacement]: planId });
    },
    setNodes(now) {
      nodes = now;
      lives.wakeAll();
    },
    setEndpoints(name, now) {
      slices.set(name, now);
      lives.wakeAll();
    },
    settle() {
      const lastMs = clock.monotonic() + settleMs;
      return workUntil((nowMs) => Math.min(nowMs + soonMs, lastMs));
    },
    async pass(ms) {
      const endMs = clock.monotonic() + ms;
      await workUntil(() => endMs);
      await clock.reach(endMs);
      await workUntil(() => endMs);
    },
    wakeAll: () => lives.wakeAll(),
    kill() {
      isDead = true;
      lives.kill();
    },
    isDead: () => isDead,
    restart(policy = o.cls.policy) {
      lives.kill();
      const { services, namespaces, pools, loadBalancers } = lives.store.informers;
      const objects = {
        services: services.list(),
        namespaces: namespaces.list(),
        classes: [],
        pools: pools.list(),
        loadBalancers: loadBalancers.list(),
      };
      lives = start(objects, policy);
      lives.wakeAll();
      isDead = false;
    },
    condition: (name, type) => get(name)?.status?.conditions?.find((each) => each.type === type),
    told(name) {
      const { conditions = [], addresses = [] } = get(name)?.status ?? {};
      const all = conditions.map(
        ({ type, status, reason, message }) => `${type}=${status} ${reason} ${message}`,
      );
      return `${name} has ${JSON.stringify(addresses)}, ${all.map((text) => text.trim()).join("; ") || "no condition"}`;
    },
  };
}

/** TCP, each with a node port 30,000 above it or, where that is none, below 32,768. */
export function portsOf(...numbers: readonly number[]): LoadBalancerSpec["ports"] {
  return numbers.map((port) => ({
    name: `p${port}`,
    protocol: "TCP",
    port,
    nodePort: 30_000 + (port % 2_767),
    targetPort: port,
  }));
}

function classFor(
  provider: GraphProvider,
  spec: Omit<LoadBalancerClassSpecInput, "provider">,
): LoadBalancerClass {
  const metadata = { name: className, uid: uidOf("class"), generation: 1 };
  const object = {
    apiVersion,
    kind: "LoadBalancerClass",
    metadata,
    spec: { ...spec, provider: provider.name },
  };
  const findings = provider.checkClass(spec.settings ?? {});
  must(findings.length === 0, "The class of the harness is accepted by the provider", () =>
    findings.map(({ message }) => message).join("; "),
  );
  return parsed(parseLoadBalancerClass(object));
}

function serviceOf(lb: LoadBalancer, more: Readonly<Record<string, string>>): Service {
  const { name, creationTimestamp } = lb.metadata;
  const { serviceRef, ports, ipFamilies, externalTrafficPolicy } = lb.spec;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name,
      namespace,
      creationTimestamp,
      uid: serviceRef?.uid,
      annotations: { ...more },
      finalizers: [finalizer],
    },
    spec: {
      type: "LoadBalancer",
      loadBalancerClass: `${serviceClassPrefix}${className}`,
      ports: [...ports],
      ipFamilies: [...ipFamilies],
      externalTrafficPolicy,
    },
  };
}

function emptyObjects(clusterUid: string): Objects {
  const namespaces = [
    { metadata: { name: "kube-system", uid: clusterUid } },
    { metadata: { name: namespace, uid: uidOf(namespace) } },
  ];
  return { services: [], namespaces, classes: [], pools: [], loadBalancers: [] };
}

/** The same for the same text, in the form of a UID. */
export function uidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}

function parsed<T>(
  result:
    | { readonly ok: true; readonly value: T }
    | { readonly ok: false; readonly problems: readonly Problem[] },
): T {
  if (result.ok) return result.value;
  throw new Error(result.problems.map(describeProblem).join("; "));
}
