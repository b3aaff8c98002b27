/** What the controllers would make of a set of objects, without a cluster: by the same code, stopped before anything is written. */
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import type { ObservedResource, Plan } from "../../core/plan/types.ts";
import { BARE_METAL, type BareMetalProvider } from "../../providers/bare-metal/index.ts";
import type { DirectProvider, Provider } from "../../providers/provider.ts";
import { keyOf } from "../../runtime/cache/key.ts";
import { systemClock } from "../../runtime/clock.ts";
import { poolStatus } from "../address-pool/status.ts";
import { createClasses } from "../classes.ts";
import { BY_CLASS } from "../dependencies.ts";
import { oldestFirst } from "../indexes.ts";
import { outcomeOf, problemsOf } from "../load-balancer/engine/member-outcome.ts";
import { createRoomKeeper } from "../load-balancer/room.ts";
import { serveOne } from "../load-balancer/serve-one.ts";
import { NOTHING, recordedOutcome } from "../load-balancer/serving.ts";
import { outcomeOfMove } from "../load-balancer/stack-move.ts";
import { statusOf } from "../load-balancer/status.ts";
import { classStatus } from "../load-balancer-class/status.ts";
import { takeBackRecorded } from "../take-back.ts";
import { type CloudView, knownClouds } from "./cloud-view.ts";
import { identified } from "./identified.ts";
import { type ObjectStore, type Objects, objectStore } from "./object-store.ts";
import { type Change, type PlannedService, planServices } from "./plan-services.ts";
import { planStacks, type StackPlan, type StackToPlan } from "./plan-stacks.ts";
import { backendsOf, type StackOfObjects, type StacksInput, stacksOfObjects } from "./stacks-of-objects.ts";

export type { Objects } from "./object-store.ts";
export type { Change, PlannedService } from "./plan-services.ts";

export interface PlanObjectsOptions {
  /** Not used for anything else: what they give out here is given out to nobody. */
  readonly providers: readonly Provider[];
  readonly signal: AbortSignal;
  /** For the times in conditions. */
  readonly nowMs: number;
  /** Where it is known from what a cloud looks like and what exists there. Default: it is not known, and no cloud is asked. */
  readonly cloud?: CloudView | undefined;
  /** UID of the namespace kube-system, by which what exists is found. Default: one that no cluster has. */
  readonly clusterUid?: string | undefined;
  /** The objects are all that a cluster has: what none of them needs would be taken away. Default: false. */
  readonly whole?: boolean | undefined;
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
  /** Those of them that it serves only until another stack does; then what is left of them here goes. */
  readonly departing: readonly { readonly member: string; readonly to: string }[];
  /** What would be done, or why that can't be told. */
  readonly result:
    | {
        readonly ok: true;
        readonly plan: Plan;
        /** What loses our mark and stays as it is otherwise, in this order. */
        readonly handedBack: readonly Pick<ObservedResource, "kind" | "id" | "cloudId">[];
      }
    | { readonly ok: false; readonly message: string };
}

/** A stack that others claim. */
export interface PlannedSharedStack {
  readonly provider: string;
  readonly stack: string;
  /** By whose settings it is reached. */
  readonly className: string;
  /** `<class> <stack>`. */
  readonly claimedBy: readonly string[];
  readonly result:
    | {
        readonly ok: true;
        readonly plan: Plan;
        /** What nobody here needs stays: others may, or the class retains it. */
        readonly onlyWidened: boolean;
      }
    | { readonly ok: false; readonly message: string };
}

export interface ObjectsPlan {
  readonly services: readonly PlannedService[];
  /** Oldest first; those to be deleted come last. */
  readonly loadBalancers: readonly PlannedLoadBalancer[];
  readonly stacks: readonly PlannedStack[];
  readonly shared: readonly PlannedSharedStack[];
  /** With the status that they would get. */
  readonly classes: readonly LoadBalancerClass[];
  readonly pools: readonly IPAddressPool[];
  /** Node ports that no object names: they stand for those that the API server will give. */
  readonly nodePortStandIns: readonly number[];
}

/** What would mark resources of no cluster. */
export const NO_CLUSTER = "00000000-0000-0000-0000-000000000000";

/** Load balancers that make room for each other settle in a few rounds. */
const mostRounds = 100;

/**
 * Recorded addresses are taken back first; then Services come in the order of their age, and without a
 * creationTimestamp in the order in which they are given. No cloud is asked unless `cloud` does, and none is changed.
 */
export async function planObjects(given: Objects, o: PlanObjectsOptions): Promise<ObjectsPlan> {
  const objects = identified(given);
  const store = objectStore(objects);
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
  const clusterUid = o.clusterUid ?? NO_CLUSTER;
  for (const provider of o.providers)
    if (provider.form === "graph") provider.start?.({ clusterUid, clock: systemClock });
  takeBackRecorded({ informers, classes, direct, room, wake });
  const planned = planServices(store, classes);
  for (const lb of planned.deleted) {
    for (const provider of direct) await provider.release(keyOf(lb), o.signal);
    room.leave(keyOf(lb));
  }
  const means: Means = { ...o, store, informers, classes, room, backends: backendsOf(objects) };
  await serveAll(means, woken, wake);
  const stacks = await stackPlans(means, planned.deleted);
  const living = oldestFirst(informers.loadBalancers.list()).map(
    (lb): PlannedLoadBalancer => ({ change: planned.changes.get(keyOf(lb)) ?? "keep", lb }),
  );
  const gone = planned.deleted.map((lb): PlannedLoadBalancer => ({ change: "delete", lb }));
  return {
    services: planned.services,
    loadBalancers: [...living, ...gone],
    ...stacks,
    ...owners(means),
    nodePortStandIns: objects.nodePortStandIns,
  };
}

interface Means extends PlanObjectsOptions, StacksInput {
  readonly store: ObjectStore;
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

/** Plans them, and puts what it comes to into the status of their members. */
async function stackPlans(
  means: Means,
  gone: readonly LoadBalancer[],
): Promise<Pick<ObjectsPlan, "stacks" | "shared">> {
  const { store, nowMs, signal, whole = false } = means;
  const stacks = stacksOfObjects(means, gone);
  for (const { lb, refusal, keeps } of stacks.flatMap(({ refused }) => refused)) {
    const outcome = keeps ? recordedOutcome(lb) : NOTHING;
    store.put({ ...lb, status: statusOf({ lb, outcome, refusal, previousInForce: false }, nowMs) });
  }
  const planned = stacks.flatMap((each) =>
    each.toPlan === undefined ? [] : [{ ...each, toPlan: each.toPlan }],
  );
  const view = means.cloud ?? knownClouds({ classes: {} });
  const plans = await planStacks(
    planned.map(({ toPlan }) => toPlan),
    { view, whole, signal },
  );
  for (const [index, each] of planned.entries()) tellMembers(means, each, plans.stacks[index]);
  return {
    stacks: planned.map(({ className, key, members, live }, index): PlannedStack => {
      const result = plans.stacks[index] ?? { ok: false, message: "it was not planned" };
      const departing = live.flatMap(({ member, move, role }) =>
        role === "departing" ? [{ member: member.key, to: move.stack }] : [],
      );
      return { className, stack: key, members, departing, result: result.ok ? shown(result) : result };
    }),
    shared: plans.shared.map(({ provider, key, className, claimedBy, result }): PlannedSharedStack => {
      const about = { provider: provider.name, stack: key, className, claimedBy };
      if (!result.ok) return { ...about, result };
      return { ...about, result: { ok: true, plan: result.plan, onlyWidened: result.onlyWidened } };
    }),
  };
}

function shown({ plan, handedBack }: StackPlan & { ok: true }): PlannedStack["result"] {
  return { ok: true, plan, handedBack: handedBack.map(({ kind, id, cloudId }) => ({ kind, id, cloudId })) };
}

function tellMembers(
  { store, nowMs }: Means,
  { key, live, toPlan }: StackOfObjects & { readonly toPlan: StackToPlan },
  planned: StackPlan | undefined,
): void {
  if (planned?.ok !== true) return;
  const { provider } = toPlan;
  for (const { lb, object, member, judgement, move, role } of live) {
    if (role === "departing") continue;
    const problems = [
      ...problemsOf(lb, member, planned.desired, planned.plan),
      ...planned.problems,
      ...(move.waits === undefined ? [] : [move.waits]),
    ];
    const here = { ...outcomeOf(provider, lb, member, planned.observed, problems), stack: key };
    const outcome = outcomeOfMove(object, here, move);
    store.put({ ...object, status: statusOf({ lb: object, outcome, ...judgement }, nowMs) });
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
      return state === undefined
        ? pool
        : { ...pool, status: poolStatus(pool, state, { isSelected: undefined, nowMs }) };
    }),
  };
}
