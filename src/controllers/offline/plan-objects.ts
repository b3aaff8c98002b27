/** What the controllers would make of a set of objects, without a cluster: by the same code, stopped before anything is written. */
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import type { Node } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import type { Plan } from "../../core/plan/types.ts";
import { BARE_METAL, type BareMetalProvider } from "../../providers/bare-metal/index.ts";
import type { DirectProvider, Provider } from "../../providers/provider.ts";
import { keyOf } from "../../runtime/cache/key.ts";
import { messageOf } from "../../runtime/errors.ts";
import { poolStatus } from "../address-pool/status.ts";
import { type Classes, createClasses } from "../classes.ts";
import { BY_CLASS, type Informers } from "../dependencies.ts";
import { oldestFirst } from "../indexes.ts";
import { outcomeOf, problemsOf } from "../load-balancer/engine/member-outcome.ts";
import { memberOf } from "../load-balancer/members.ts";
import { acknowledgements, planStack } from "../load-balancer/plan-stack.ts";
import { createRoomKeeper, type RoomKeeper } from "../load-balancer/room.ts";
import { judgeHere, serveOne } from "../load-balancer/serve-one.ts";
import { NOTHING, recordedOutcome } from "../load-balancer/serving.ts";
import { stackOf } from "../load-balancer/stack-input.ts";
import { createStacks, readKey } from "../load-balancer/stacks.ts";
import { statusOf } from "../load-balancer/status.ts";
import { classStatus } from "../load-balancer-class/status.ts";
import { takeBackRecorded } from "../take-back.ts";
import { identified } from "./identified.ts";
import { type ObjectStore, type Objects, objectStore } from "./object-store.ts";
import { type Change, type PlannedService, planServices } from "./plan-services.ts";

export type { Objects } from "./object-store.ts";
export type { Change, PlannedService } from "./plan-services.ts";

export interface PlanObjectsOptions {
  /** Not used for anything else: what they give out here is given out to nobody. */
  readonly providers: readonly Provider[];
  readonly signal: AbortSignal;
  /** For the times in conditions. */
  readonly nowMs: number;
  /** Where the providers that follow nodes get theirs from. Default: none. */
  readonly nodes?: readonly Node[] | undefined;
}

export interface PlannedLoadBalancer {
  readonly change: Change;
  /** With the status that it would get; as it is, where another process provides its class. */
  readonly lb: LoadBalancer;
}

export interface PlannedStack {
  readonly className: string;
  readonly stack: string;
  readonly members: readonly string[];
  /** Resources and operations, or why the cloud could not be asked about them. */
  readonly result:
    | { readonly ok: true; readonly plan: Plan }
    | { readonly ok: false; readonly message: string };
}

export interface ObjectsPlan {
  readonly services: readonly PlannedService[];
  /** Oldest first; those to be deleted come last. */
  readonly loadBalancers: readonly PlannedLoadBalancer[];
  readonly stacks: readonly PlannedStack[];
  /** With the status that they would get. */
  readonly classes: readonly LoadBalancerClass[];
  readonly pools: readonly IPAddressPool[];
}

/** Load balancers that make room for each other settle in a few rounds. */
const mostRounds = 100;

/**
 * Recorded addresses are taken back first; then Services come in the order of their age, and without a
 * creationTimestamp in the order in which they are given. Providers with a resource graph are asked what exists in
 * their cloud, and nothing is changed there.
 */
export async function planObjects(given: Objects, o: PlanObjectsOptions): Promise<ObjectsPlan> {
  const store = objectStore(identified(given));
  const { informers } = store;
  const classes = createClasses(
    informers.classes,
    new Map(o.providers.map((provider) => [provider.name, provider])),
  );
  const room = createRoomKeeper();
  const direct = o.providers.filter((provider): provider is DirectProvider => provider.form === "direct");
  const woken = new Set<string>();
  const wake = (members: Iterable<string>) => {
    for (const member of members) woken.add(member);
  };
  takeBackRecorded({ informers, classes, direct, room, wake });
  const planned = planServices(store, classes);
  for (const lb of planned.deleted) {
    for (const provider of direct) await provider.release(keyOf(lb), o.signal);
    room.leave(keyOf(lb));
  }
  const means: Means = { ...o, store, informers, classes, room };
  await serveAll(means, woken, wake);
  const stacks = await planStacks(means);
  const living = oldestFirst(informers.loadBalancers.list()).map(
    (lb): PlannedLoadBalancer => ({ change: planned.changes.get(keyOf(lb)) ?? "keep", lb }),
  );
  const gone = planned.deleted.map((lb): PlannedLoadBalancer => ({ change: "delete", lb }));
  return { services: planned.services, loadBalancers: [...living, ...gone], stacks, ...owners(means) };
}

interface Means extends PlanObjectsOptions {
  readonly store: ObjectStore;
  readonly informers: Informers;
  readonly classes: Classes;
  readonly room: RoomKeeper;
}

async function serveAll(
  means: Means,
  woken: Set<string>,
  wake: (members: Iterable<string>) => void,
): Promise<void> {
  const { store, informers, signal, nowMs } = means;
  let due = oldestFirst(informers.loadBalancers.list()).map(keyOf);
  for (let round = 0; round < mostRounds && due.length > 0; round++) {
    woken.clear();
    for (const key of due) {
      const lb = informers.loadBalancers.get(key);
      if (lb === undefined || lb.metadata.deletionTimestamp !== undefined) continue;
      const served = await serveOne(means, lb, signal);
      if (served.do === "leave") continue;
      wake(served.freed);
      store.put({ ...lb, status: statusOf({ lb, ...served }, nowMs) });
    }
    due = [...woken];
  }
}

async function planStacks(means: Means): Promise<PlannedStack[]> {
  const { informers, classes } = means;
  const stacks = createStacks(classes, informers);
  const keys = new Set(oldestFirst(informers.loadBalancers.list()).flatMap((lb) => stacks.place(lb)));
  const planned: PlannedStack[] = [];
  for (const queueKey of keys) {
    const key = readKey(queueKey);
    if (key.of === "many") {
      planned.push(await planOneStack(means, key.className, key.stack, stacks.members(queueKey)));
    }
  }
  return planned;
}

async function planOneStack(
  means: Means,
  className: string,
  stack: string,
  members: readonly string[],
): Promise<PlannedStack> {
  const { informers, classes, store, signal, nowMs } = means;
  const cls = classes.get(className);
  const provider = cls?.provider;
  if (cls === undefined || provider?.form !== "graph")
    throw new TypeError(`${className} has no resource graph`);
  const judged = members.flatMap((key) => {
    const lb = informers.loadBalancers.get(key);
    return lb === undefined || lb.metadata.deletionTimestamp !== undefined
      ? []
      : [{ lb, judgement: judgeHere(means, lb, cls) }];
  });
  const live = judged.flatMap(({ lb, judgement }) =>
    judgement.serve === "yes"
      ? [{ lb, judgement, member: memberOf(lb, judgement.spec, cls, informers) }]
      : [],
  );
  for (const { lb, judgement } of judged) {
    if (judgement.serve !== "no" && judgement.serve !== "keep") continue;
    const outcome = judgement.serve === "keep" ? recordedOutcome(lb) : NOTHING;
    const { refusal } = judgement;
    store.put({ ...lb, status: statusOf({ lb, outcome, refusal, previousInForce: false }, nowMs) });
  }
  const backends = { nodes: () => means.nodes ?? [], endpointSlices: () => [] };
  const input = stackOf({ backends }, { key: stack, cls, provider, members: live });
  try {
    const agreed = live.flatMap(({ lb }) => acknowledgements(informers, lb));
    const { desired, observed, plan } = await planStack(provider, input, agreed, signal);
    for (const { lb, member, judgement } of live) {
      const problems = problemsOf(lb, member, desired, plan);
      const outcome = outcomeOf(provider, lb, member, observed, problems);
      store.put({ ...lb, status: statusOf({ lb, outcome, ...judgement }, nowMs) });
    }
    return { className, stack, members, result: { ok: true, plan } };
  } catch (error) {
    signal.throwIfAborted();
    return { className, stack, members, result: { ok: false, message: messageOf(error) } };
  }
}

function owners({ informers, classes, providers, nowMs }: Means): Pick<ObjectsPlan, "classes" | "pools"> {
  const bareMetal = providers.find(({ name }) => name === BARE_METAL) as BareMetalProvider | undefined;
  return {
    classes: informers.classes.list().map((cls) => {
      const users = informers.loadBalancers.by(BY_CLASS, keyOf(cls)).length;
      return { ...cls, status: classStatus(cls, users, classes, nowMs) };
    }),
    pools: informers.pools.list().map((pool) => {
      const state = bareMetal?.pool(keyOf(pool));
      return state === undefined ? pool : { ...pool, status: poolStatus(pool, state, nowMs) };
    }),
  };
}
