/** Keeps one LoadBalancer per frontend for every Service that is ours, and tells the Service what came of it. */

import { eventReasons } from "../../api/event-reasons.ts";
import type { Service } from "../../api/kubernetes.ts";
import { services } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { fieldManagers, finalizer } from "../../api/names.ts";
import { quote } from "../../core/quote.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { ReconcileContext, ReconcileResult } from "../../runtime/controller.ts";
import { messageOf } from "../../runtime/errors.ts";
import { isForbidden, isInvalid } from "../../runtime/kube/api-error.ts";
import { addFinalizer, removeFinalizer } from "../../runtime/patch/finalizers.ts";
import { BY_SERVICE, type Dependencies } from "../dependencies.ts";
import { decideService } from "./decide.ts";
import { createLoadBalancerWriter } from "./load-balancers.ts";
import { refuseNew } from "./refuse-new.ts";
import { createStatusMirror, type MirrorInput } from "./status.ts";

/** How long to wait before a Service that can't be made into a valid LoadBalancer is tried again without an edit. */
const REFUSED_RETRY_MS = 600_000;

/** A role or a policy may be put right at any time, and nothing tells of it. */
const FORBIDDEN_RETRY_MS = 60_000;

/** As the schema of LoadBalancerClass has it. */
const CLASS_NAME = /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export interface ServiceDependencies extends Dependencies {
  /** Has providers take back what the status of a Service without LoadBalancer says that it has, before it gets a new one. */
  readonly takeBack: (service: Service) => void;
  /** How often the Service (`namespace/name`) has changed its type, as far as that was seen. */
  readonly flips: (key: string) => number;
}

export function createServiceReconciler(
  deps: ServiceDependencies,
): (key: string, context: ReconcileContext) => Promise<ReconcileResult> {
  const { informers, classes, client, events } = deps;
  const lbs = createLoadBalancerWriter(deps);
  const mirror = createStatusMirror(deps);

  return async (key, { signal, logger }) => {
    const service = informers.services.get(key);
    const named = informers.loadBalancers.by(BY_SERVICE, key);
    if (service === undefined) {
      mirror.forget(key);
      await lbs.deleteAll(named, signal);
      return;
    }
    const uid = service.metadata.uid;
    const owned = named.filter((lb) => lb.spec.serviceRef?.uid === uid);
    await lbs.deleteAll(
      named.filter((lb) => lb.spec.serviceRef?.uid !== uid),
      signal,
    );
    const decision = decideService(service, owned, classes.claimable());
    switch (decision.do) {
      case "ignore":
        mirror.forget(key);
        await retract(service, signal);
        return;
      case "release":
        logger.debug("Letting go of the Service", { why: decision.why });
        return release(service, owned, signal);
      case "serve":
        // Nothing can be created there any more, and the Service is about to go.
        if (isTerminating(service.metadata.namespace)) return;
        return serve(key, service, owned, decision.className, signal);
      default:
        return decision satisfies never;
    }
  };

  function isTerminating(namespace = ""): boolean {
    return informers.namespaces.get(namespace)?.metadata.deletionTimestamp !== undefined;
  }

  function held(service: Service) {
    const through = "status" as const;
    return {
      client,
      resource: services,
      object: service,
      finalizer,
      through,
      fieldManager: fieldManagers.finalizer,
    };
  }

  async function release(
    service: Service,
    owned: readonly LoadBalancer[],
    signal: AbortSignal,
  ): Promise<void> {
    if (owned.length > 0) {
      if (owned.some((lb) => lb.metadata.deletionTimestamp === undefined)) {
        events.event(service, "Normal", eventReasons.deleting, "Deleting load balancer");
      }
      // The rest follows when the last of them is gone from the cache.
      await lbs.deleteAll(owned, signal);
      return;
    }
    await retract(service, signal);
    if (service.metadata.finalizers?.includes(finalizer) === true) {
      const left = await removeFinalizer({ ...held(service), signal });
      if (left.result !== "gone") informers.services.observe(left.object);
    }
  }

  async function retract(service: Service, signal: AbortSignal): Promise<void> {
    const retracted = await mirror.retract(service, signal);
    if (retracted) events.event(service, "Normal", eventReasons.deleted, "Deleted load balancer");
  }

  async function serve(
    key: string,
    service: Service,
    owned: readonly LoadBalancer[],
    className: string,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    // A Service that came by way of another type may have another class now: what was made under the old one goes first.
    const old = owned.filter((lb) => lb.spec.className !== className);
    await lbs.deleteAll(old, signal);
    const cls = classes.get(className);
    if (cls === undefined && owned.length === 0 && !className.match(CLASS_NAME)) {
      const message = `there can be no LoadBalancerClass ${quote(className)}, for its name is not one of lower-case letters, digits, '-' and '.'; create the Service anew with another loadBalancerClass`;
      return mirror.write({ key, service, lbs: [], refusal: { reason: "ClassNotFound", message }, signal });
    }
    const mine = owned.filter(
      (lb) => lb.spec.className === className && lb.metadata.deletionTimestamp === undefined,
    );
    const refusal = refuseNew(service, mine, cls);
    // Looked at again once the class is gone.
    if (refusal !== undefined) return mirror.write({ key, service, lbs: [], refusal, signal });
    let current = service;
    if (
      cls?.provider?.externalResources === true &&
      service.metadata.finalizers?.includes(finalizer) !== true
    ) {
      const added = await addFinalizer({ ...held(service), signal });
      // Deleted meanwhile: its own event follows, and nothing may be begun for it.
      if (added.result === "gone" || added.result === "terminating") return;
      informers.services.observe(added.object);
      current = added.object;
    }
    if (mine.length === 0) deps.takeBack(current);
    let kept: Pick<MirrorInput, "lbs" | "refusal">;
    try {
      const written = await lbs.write({
        service: current,
        className,
        cls,
        owned: mine,
        warnings: mirror.warnings(key, mine),
        signal,
      });
      kept = { lbs: written, refusal: undefined };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      kept = { lbs: mine, refusal };
    }
    const again = await mirror.write({ key, service: current, ...kept, signal });
    if (again !== undefined || kept.refusal === undefined) return again;
    return {
      requeueAfterMs: kept.refusal.reason === "PermissionDenied" ? FORBIDDEN_RETRY_MS : REFUSED_RETRY_MS,
    };
  }
}

/** What users are told when the API server does not take the LoadBalancer; `undefined` where trying again is all there is to do. */
function refusalOf(error: unknown): Finding | undefined {
  const message = messageOf(error).slice(0, 900);
  if (isInvalid(error)) return { reason: "InvalidSpec", message };
  if (!isForbidden(error)) return undefined;
  const advice =
    "unless a quota is meant, the controller must run as its ServiceAccount, with the roles of deploy/rbac.yaml";
  return { reason: "PermissionDenied", message: `${message}; ${advice}` };
}
