/** Reads what is to be known of the cloud of one class, so that it can be planned by later and elsewhere. Changes nothing. */
import type { Json, ObservedResource } from "../../core/plan/types.ts";
import type { GraphProvider, Provider, StackRef } from "../../providers/provider.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createClasses } from "../classes.ts";
import { createRoomKeeper } from "../load-balancer/room.ts";
import { stackOf } from "../load-balancer/stack-input.ts";
import { cloudItself, type KnownCloud, type KnownClouds } from "./cloud-view.ts";
import { identified } from "./identified.ts";
import { type Objects, objectStore } from "./object-store.ts";
import { planServices } from "./plan-services.ts";
import { planStacks, type StackToPlan } from "./plan-stacks.ts";
import { backendsOf, stacksOfObjects } from "./stacks-of-objects.ts";

export interface ReadCloudOptions {
  readonly className: string;
  readonly providers: readonly Provider[];
  readonly clusterUid: string;
  /** Also what exists for these objects, by the marks of the cluster. */
  readonly observed: boolean;
  readonly signal: AbortSignal;
}

/** @throws {Error} where there is no such class, or none with a cloud to be known; and what the cloud answers. */
export async function readCloud(given: Objects, o: ReadCloudOptions): Promise<KnownClouds> {
  const objects = identified(given);
  const store = objectStore(objects);
  const { informers } = store;
  const classes = createClasses(informers.classes, new Map(o.providers.map((each) => [each.name, each])));
  const cls = classes.get(o.className);
  if (cls === undefined) throw new Error(`There is no LoadBalancerClass "${o.className}"`);
  const { provider, force } = cls;
  if (provider?.form !== "graph") {
    throw new Error(
      `LoadBalancerClass "${o.className}" needs no facts: its provider "${cls.object.spec.provider}" has none`,
    );
  }
  if (force.state !== "accepted") {
    const why = force.state === "refused" ? force.refusal.message : "";
    throw new Error(`LoadBalancerClass "${o.className}" is not accepted: ${why}`);
  }
  provider.start?.({ clusterUid: o.clusterUid, clock: systemClock });
  planServices(store, classes);
  const backends = backendsOf(objects);
  const stacks = stacksOfObjects({ informers, classes, room: createRoomKeeper(), backends })
    .filter(({ className }) => className === o.className)
    .flatMap(({ toPlan }) => toPlan ?? []);
  // What any of the stacks has to know is asked for at once.
  const members = stacks.flatMap(({ live }) => live);
  const all = stackOf({ backends }, { key: o.className, cls, provider, members });
  const facts = (await provider.facts(all, o.signal)) as Json;
  const existing = o.observed ? await whatExists(provider, stacks, o.signal) : {};
  return { clusterUid: o.clusterUid, classes: { [o.className]: { facts, ...existing } } };
}

async function whatExists(
  provider: GraphProvider,
  stacks: readonly StackToPlan[],
  signal: AbortSignal,
): Promise<Omit<KnownCloud, "facts">> {
  const seen: Record<"observed" | "shared", Record<string, readonly ObservedResource[]>> = {
    observed: {},
    shared: {},
  };
  const observe = async (_provider: GraphProvider, refs: readonly StackRef[]) => {
    const found = await provider.observe(refs, signal);
    for (const { key, shared } of refs) seen[shared ? "shared" : "observed"][key] = found.get(key) ?? [];
    return found;
  };
  const planned = await planStacks(stacks, { view: { ...cloudItself, observe }, whole: false, signal });
  const failed = [...planned.stacks, ...planned.shared.map(({ result }) => result)].find(({ ok }) => !ok);
  if (failed?.ok === false) throw new Error(failed.message);
  return seen;
}
