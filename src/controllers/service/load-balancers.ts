/** Creates, patches and deletes the LoadBalancers of a Service. Nothing else writes their spec. */
import { eventReasons } from "../../api/event-reasons.ts";
import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { claimedAsAnnotation, fieldManagers, finalizer } from "../../api/names.ts";
import type { DesiredLoadBalancer } from "../../core/translate/translate.ts";
import { isAlreadyExists, isNotFound } from "../../runtime/kube/api-error.ts";
import { mergeDiff } from "../../runtime/patch/merge-diff.ts";
import type { Dependencies } from "../dependencies.ts";
import { type DesireInput, desiredLoadBalancers, newObject, otherName } from "./desired.ts";

export interface WriteInput extends DesireInput {
  readonly signal: AbortSignal;
}

export interface LoadBalancerWriter {
  /**
   * Makes the LoadBalancers what the Service and its class say. Returns those that live now, as last written.
   * Objects of the name that are still on their way out are waited for: their deletion brings the Service back.
   */
  write(input: WriteInput): Promise<readonly LoadBalancer[]>;
  /** Deletes by UID, so that a namesake made since is left alone. What is gone is no error. */
  deleteAll(lbs: readonly LoadBalancer[], signal: AbortSignal): Promise<void>;
}

export function createLoadBalancerWriter({ client, informers, events }: Dependencies): LoadBalancerWriter {
  return {
    async write(input) {
      const desired = desiredLoadBalancers(input, informers);
      const names = new Set(desired.map((each) => each.name));
      const surplus = input.owned.filter((lb) => !names.has(lb.metadata.name ?? ""));
      const written = await Promise.all(desired.map((each) => writeOne(each, input)));
      await deleteAll(surplus, input.signal);
      return written.filter((lb) => lb !== undefined);
    },
    deleteAll,
  };

  async function writeOne(
    desired: DesiredLoadBalancer,
    input: WriteInput,
  ): Promise<LoadBalancer | undefined> {
    const existing = input.owned.find((lb) => lb.metadata.name === desired.name);
    if (existing !== undefined) return patch(existing, desired, input);
    return create(desired, input);
  }

  async function create(desired: DesiredLoadBalancer, input: WriteInput): Promise<LoadBalancer | undefined> {
    const options = { fieldManager: fieldManagers.spec, signal: input.signal };
    try {
      const created = await client.create(loadBalancers, newObject(desired, input), options);
      // The first act: told once it is done, for a creation that is refused is tried again and again.
      if (input.owned.length === 0)
        events.event(input.service, "Normal", eventReasons.ensuring, "Ensuring load balancer");
      return observed(created);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return takenName(desired, input);
    }
  }

  /** The name is taken: by our own object that the cache has not shown yet, by one on its way out, or by somebody's own. */
  async function takenName(
    desired: DesiredLoadBalancer,
    input: WriteInput,
  ): Promise<LoadBalancer | undefined> {
    const ref = { namespace: input.service.metadata.namespace, name: desired.name };
    const found = await client.get(loadBalancers, ref, { signal: input.signal });
    informers.loadBalancers.observe(found);
    const owner = found.spec.serviceRef;
    if (owner?.uid === input.service.metadata.uid && found.metadata.deletionTimestamp === undefined)
      return patch(found, desired, input);
    if (owner?.name === input.service.metadata.name) return undefined;
    const name = otherName(desired.name, input.service);
    if (name === undefined) {
      throw new Error(
        `Cannot create LoadBalancer ${ref.namespace}/${desired.name}: the name is taken by an object that is not ours`,
      );
    }
    return create({ ...desired, name }, input);
  }

  async function patch(
    existing: LoadBalancer,
    desired: DesiredLoadBalancer,
    input: WriteInput,
  ): Promise<LoadBalancer> {
    const wanted = newObject(desired, input);
    const spec = mergeDiff(existing.spec, wanted.spec);
    const metadata = mergeDiff(managedMetadata(existing), managedMetadata(wanted));
    const finalizers = missingFinalizer(existing, wanted);
    if (spec === undefined && metadata === undefined && finalizers === undefined) return existing;
    const { uid, resourceVersion, name = "", namespace } = existing.metadata;
    const body = {
      metadata: { uid, resourceVersion, ...(metadata as object | undefined), ...finalizers },
      ...(spec === undefined ? {} : { spec }),
    };
    const answer = await client.patch(loadBalancers, { namespace, name }, body, {
      type: "merge",
      fieldManager: fieldManagers.spec,
      signal: input.signal,
    });
    return observed(answer);
  }

  async function deleteAll(lbs: readonly LoadBalancer[], signal: AbortSignal): Promise<void> {
    const living = lbs.filter((lb) => lb.metadata.deletionTimestamp === undefined);
    await Promise.all(
      living.map(async (lb) => {
        const { namespace, name = "", uid } = lb.metadata;
        try {
          await client.delete(
            loadBalancers,
            { namespace, name },
            { uid, propagationPolicy: "Background", signal },
          );
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      }),
    );
  }

  function observed(lb: LoadBalancer): LoadBalancer {
    informers.loadBalancers.observe(lb);
    return lb;
  }
}

/** Of the annotations only our own: others may note down there what they like. */
function managedMetadata({ metadata }: LoadBalancer) {
  const { labels = {}, ownerReferences = [], annotations } = metadata;
  const claimedAs = annotations?.[claimedAsAnnotation];
  return { labels, ownerReferences, annotations: { [claimedAsAnnotation]: claimedAs } };
}

/** A finalizer that has to come later (the provider of the class was not known at first). The whole list, under the resourceVersion. */
function missingFinalizer(
  existing: LoadBalancer,
  wanted: LoadBalancer,
): { finalizers: string[] } | undefined {
  const has = existing.metadata.finalizers ?? [];
  if (wanted.metadata.finalizers === undefined || has.includes(finalizer)) return undefined;
  return { finalizers: [...has, finalizer] };
}
