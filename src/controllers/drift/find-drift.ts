/** Compares what was applied with what exists in the clouds, field by field, stack by stack. Changes nothing. */
import type { LoadBalancer, LoadBalancerStatus } from "../../api/load-balancer.ts";
import { differencesIn } from "../../core/plan/differences.ts";
import { withoutReferences } from "../../core/plan/reference.ts";
import type { Json, Plan } from "../../core/plan/types.ts";
import type { Provider } from "../../providers/provider.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createClasses } from "../classes.ts";
import { keyOfLoadBalancer } from "../load-balancer/members.ts";
import { createRoomKeeper } from "../load-balancer/room.ts";
import type { CloudView } from "../offline/cloud-view.ts";
import { identified } from "../offline/identified.ts";
import { type Objects, objectStore } from "../offline/object-store.ts";
import { planStacks, type StackPlan } from "../offline/plan-stacks.ts";
import { backendsOf, type StackOfObjects, stacksOfObjects } from "../offline/stacks-of-objects.ts";

type Recorded = NonNullable<LoadBalancerStatus["drift"]>[number];

export interface DriftedField {
  readonly kind: string;
  /** The cloud's id; that of the stack for what does not exist. */
  readonly id: string;
  /** A field of it, or "exists". */
  readonly field: string;
  /** Undefined: nothing. */
  readonly wanted: Json | undefined;
  readonly found: Json | undefined;
  /** `namespace/name` of the LoadBalancers that it serves; all of the stack where it serves none in particular. */
  readonly loadBalancers: readonly string[];
  /** Whether a LoadBalancer's status tells of it: what was found later is not there yet. */
  readonly recorded: boolean;
}

export type StackDrift = { readonly className: string; readonly stack: string } & (
  | {
      readonly state: "compared";
      readonly drift: readonly DriftedField[];
      /** The controller puts it back when it verifies the stack the next time; else its class only reports it. */
      readonly repaired: boolean;
      /** What a status tells of, and is not so any more. */
      readonly gone: readonly Recorded[];
    }
  /** It was not applied in full as it is wanted now: differences may be the controller's own work that is still to come. */
  | { readonly state: "unsettled"; readonly differences: number }
  | { readonly state: "released" }
  | { readonly state: "unknown"; readonly message: string }
);

export interface FindDriftOptions {
  readonly providers: readonly Provider[];
  readonly cloud: CloudView;
  readonly clusterUid: string;
  /** The stacks that count: any of whose members is among these. Default: all. */
  readonly only?: ((lb: LoadBalancer) => boolean) | undefined;
  readonly signal: AbortSignal;
}

export interface FoundDrift {
  readonly stacks: readonly StackDrift[];
  /** Of stacks that others claim; where not all stacks count, only what is missing there. */
  readonly shared: readonly StackDrift[];
}

/** `given`: all objects of a cluster. LoadBalancers are taken as they are, not made anew from Services. */
export async function findDrift(given: Objects, o: FindDriftOptions): Promise<FoundDrift> {
  const objects = identified(given);
  const { informers } = objectStore(objects);
  const classes = createClasses(informers.classes, new Map(o.providers.map((each) => [each.name, each])));
  for (const provider of o.providers)
    if (provider.form === "graph") provider.start?.({ clusterUid: o.clusterUid, clock: systemClock });
  const all = stacksOfObjects({
    informers,
    classes,
    room: createRoomKeeper(),
    backends: backendsOf(objects),
  });
  const lbsOf = ({ members }: StackOfObjects) =>
    members.flatMap((key) => informers.loadBalancers.get(key) ?? []);
  const some = o.only === undefined ? all : all.filter((stack) => lbsOf(stack).some(o.only ?? (() => true)));
  const planned = some.flatMap((each) =>
    each.toPlan === undefined ? [] : [{ ...each, toPlan: each.toPlan }],
  );
  const plans = await planStacks(
    planned.map(({ toPlan }) => toPlan),
    { view: o.cloud, whole: o.only === undefined, signal: o.signal },
  );
  const left = some.filter(({ toPlan }) => toPlan === undefined);
  const isSettled = plans.stacks.every((each) => each.ok && each.settled);
  return {
    stacks: [
      ...planned.map((each, index) => driftOfStack(each, lbsOf(each), plans.stacks[index])),
      ...left.map(({ className, key }): StackDrift => {
        const message = `LoadBalancerClass "${className}" is not accepted`;
        return { className, stack: key, state: "unknown", message };
      }),
    ],
    shared: plans.shared.map(({ key, className, claimedBy, result }): StackDrift => {
      const about = { className, stack: key };
      if (!result.ok) return { ...about, state: "unknown", message: result.message };
      const users = some.filter(({ className: cls, key: own }) => claimedBy.includes(`${cls} ${own}`));
      const drift = fieldsIn(
        result.plan,
        [],
        users.flatMap(({ members }) => members),
      );
      if (isSettled) return { ...about, state: "compared", drift, repaired: true, gone: [] };
      return { ...about, state: "unsettled", differences: drift.length };
    }),
  };
}

function driftOfStack(
  { className, key, toPlan }: StackOfObjects,
  lbs: readonly LoadBalancer[],
  planned: StackPlan | undefined,
): StackDrift {
  const about = { className, stack: key };
  if (planned?.ok !== true) return { ...about, state: "unknown", message: planned?.message ?? "not planned" };
  if (lbs.length > 0 && lbs.every(({ spec }) => spec.release === true))
    return { ...about, state: "released" };
  // It waits for somebody: what there is of the rest is not what it would be.
  const refused = planned.plan.refused.find(({ adoption }) => adoption !== true);
  if (refused !== undefined) {
    const { kind, cloudId, because } = refused;
    return {
      ...about,
      state: "unknown",
      message: `${kind} "${cloudId}" is left as it is, for it ${because}`,
    };
  }
  const drift = fieldsIn(planned.plan, lbs, lbs.map(keyOfLoadBalancer));
  if (!planned.settled) return { ...about, state: "unsettled", differences: drift.length };
  const now = new Set(drift.map(nameOf));
  const recorded = new Map(
    lbs.flatMap(({ status }) => status?.drift ?? []).map((each) => [nameOf(each), each]),
  );
  const gone = [...recorded.values()].filter((each) => !now.has(nameOf(each)));
  const repaired = toPlan?.stack.cls.spec.policy.drift === "Repair";
  return { ...about, state: "compared", drift, repaired, gone };
}

/** `everybody`: whom it concerns where it serves nobody in particular. */
function fieldsIn(
  { operations, held }: Plan,
  lbs: readonly LoadBalancer[],
  everybody: readonly string[],
): DriftedField[] {
  const recorded = new Set(lbs.flatMap(({ status }) => status?.drift ?? []).map(nameOf));
  const all = [...operations, ...held.map(({ operation }) => operation)];
  return differencesIn(all).map(({ kind, id, field, wanted, found, members }): DriftedField => {
    const own = lbs.filter(({ metadata }) => members.includes(metadata.uid ?? ""));
    const loadBalancers = own.length > 0 ? own.map(keyOfLoadBalancer) : everybody;
    const after = wanted && withoutReferences(wanted);
    return {
      kind,
      id,
      field,
      wanted: after,
      found,
      loadBalancers,
      recorded: recorded.has(nameOf({ kind, id, field })),
    };
  });
}

function nameOf({ kind, id, field }: Pick<Recorded, "kind" | "id" | "field">): string {
  return JSON.stringify([kind, id, field]);
}
