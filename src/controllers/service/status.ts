/** Writes what the LoadBalancers came to into the Service's status, and holds it against other writers within reason. */
import { serviceConditionTypes } from "../../api/conditions.ts";
import { eventReasons } from "../../api/event-reasons.ts";
import type { Service, ServiceIngress } from "../../api/kubernetes.ts";
import { services } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Condition } from "../../api/meta.ts";
import { fieldManagers } from "../../api/names.ts";
import { conditionOf, type DesiredServiceStatus, desiredServiceStatus } from "../../core/service-status.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { ReconcileResult } from "../../runtime/controller.ts";
import { isNotFound } from "../../runtime/kube/api-error.ts";
import { applyStatus } from "../../runtime/patch/apply.ts";
import { setCondition } from "../../runtime/patch/conditions.ts";
import type { Dependencies } from "../dependencies.ts";
import {
  type Dispute,
  type DisputeStep,
  isStuck,
  onOverwritten,
  onPeace,
  resumedDispute,
} from "./assertions.ts";

export interface MirrorInput {
  /** `namespace/name` of the Service. */
  readonly key: string;
  readonly service: Service;
  readonly lbs: readonly LoadBalancer[];
  /** Why no LoadBalancer could be written for the Service as it is. */
  readonly refusal: Finding | undefined;
  readonly signal: AbortSignal;
}

export interface StatusMirror {
  write(input: MirrorInput): Promise<ReconcileResult>;
  /** Takes back what we wrote into a Service that is no longer ours. Writes nothing where nothing of ours is, and says so. */
  retract(service: Service, signal: AbortSignal): Promise<boolean>;
  /** What the LoadBalancers of this Service should say about other writers of its status. */
  warnings(key: string, lbs: readonly LoadBalancer[]): readonly Finding[];
  forget(key: string): void;
}

export interface ServiceStatusDependencies extends Dependencies {
  /** How often a Service has changed its type: with it the API server empties the status, and nobody has overwritten anything. */
  readonly flips: (key: string) => number;
}

interface Memory {
  readonly flips: number;
  readonly uid: string;
  /** The ingress list that we wrote last, as text. */
  readonly asserted: string | undefined;
  readonly dispute: Dispute | undefined;
  /** Who else had written the status when it was last found overwritten. */
  readonly rivals: readonly string[];
}

export function createStatusMirror(deps: ServiceStatusDependencies): StatusMirror {
  const { client, informers, events, clock } = deps;
  const memories = new Map<string, Memory>();

  return {
    async write(input) {
      const { key, service, lbs } = input;
      // Its LoadBalancer is on the way out, and the next one comes after it.
      if (lbs.length === 0 && input.refusal === undefined) return;
      const looked = lbs.filter((lb) => conditionOf(lb, "Programmed") !== undefined);
      if (
        looked.length < lbs.length &&
        input.refusal === undefined &&
        looked.every((lb) => !lb.status?.addresses?.length)
      )
        return;
      const shown = lbs.length === 0 ? lastShown(service) : desiredServiceStatus(lbs);
      const desired = withRefusal(shown, input.refusal);
      const uid = service.metadata.uid ?? "";
      const memory = recall(key, uid, lbs);
      const wanted = JSON.stringify(desired.ingress);
      const same = sameIngress(service, desired.ingress);
      if (same && sameConditions(service, desired)) {
        if (memory.dispute === undefined) return;
        return settle(key, memory, wanted, onPeace(memory.dispute, clock.now()));
      }
      let { dispute, rivals } = memory;
      if (!same && memory.asserted === wanted) {
        const seen = otherStatusWriters(service);
        if (seen.length > 0) rivals = seen;
        const step = onOverwritten(dispute, clock.now());
        if (step.do !== "write") {
          // The list is the other's for now, but what we have to say about it can be said.
          if (!sameConditions(service, desired)) await applyConditions(service, desired, input.signal);
          return settle(key, { ...memory, rivals }, wanted, step);
        }
        dispute = step.dispute;
      }
      await apply(service, desired, input.signal);
      memories.set(key, { ...memory, asserted: wanted, dispute, rivals });
      tell(service, desired);
      // Being told of the other writer is a matter of the LoadBalancer's spec: come back to write it.
      return dispute === undefined ? undefined : { requeueAfterMs: isStuck(dispute) ? 1_000 : 60_000 };
    },

    async retract(service, signal) {
      if (!wroteStatus(service)) return false;
      if (!hasOurConditions(service) && service.status?.loadBalancer?.ingress === undefined) return false;
      await send(service, {}, signal);
      return true;
    },

    warnings(key, lbs) {
      const memory = memories.get(key);
      const dispute = memory === undefined ? resumed(lbs) : memory.dispute;
      if (!isStuck(dispute)) return [];
      const told = lbs.flatMap((lb) => lb.spec.warnings ?? []).find(isAboutRivals);
      const rivals = memory?.rivals ?? [];
      // After a restart their names are known from before only.
      if (rivals.length === 0 && told !== undefined) return [told as Finding];
      const who = rivals.length > 0 ? rivals.join(", ") : "another writer";
      return [
        {
          reason: "ForeignStatusWriter",
          message: `status.loadBalancer of the Service is overwritten by ${who}; stop that controller, or give the Service a loadBalancerClass that only one of them serves`,
        },
      ];
    },

    forget: (key) => void memories.delete(key),
  };

  function recall(key: string, uid: string, lbs: readonly LoadBalancer[]): Memory {
    const found = memories.get(key);
    const flips = deps.flips(key);
    if (found?.uid === uid && found.flips === flips) return found;
    return { uid, flips, asserted: undefined, rivals: [], dispute: resumed(lbs) };
  }

  function resumed(lbs: readonly LoadBalancer[]): Dispute | undefined {
    const told = lbs.some((lb) => lb.spec.warnings?.some(isAboutRivals));
    return told ? resumedDispute(clock.now()) : undefined;
  }

  function settle(key: string, memory: Memory, wanted: string, step: DisputeStep): ReconcileResult {
    memories.set(key, { ...memory, asserted: wanted, dispute: step.dispute });
    if (step.do === "settled") return { requeueAfterMs: 1 };
    return step.do === "wait" ? { requeueAfterMs: step.forMs } : undefined;
  }

  async function apply(service: Service, desired: DesiredServiceStatus, signal: AbortSignal): Promise<void> {
    const conditions = timed(service, desired);
    // Without addresses the list is left out: that takes back what we wrote, and nothing that another wrote.
    const loadBalancer = desired.ingress.length > 0 ? { loadBalancer: { ingress: desired.ingress } } : {};
    await send(service, { ...loadBalancer, conditions }, signal);
  }

  async function applyConditions(
    service: Service,
    desired: DesiredServiceStatus,
    signal: AbortSignal,
  ): Promise<void> {
    await send(service, { conditions: timed(service, desired) }, signal);
    tellDegraded(service, desired);
  }

  function timed(service: Service, desired: DesiredServiceStatus): Condition[] {
    const before = service.status?.conditions ?? [];
    return desired.conditions.flatMap((want) =>
      setCondition(before, want, clock.now()).filter((condition) => condition.type === want.type),
    );
  }

  async function send(service: Service, status: object, signal: AbortSignal): Promise<void> {
    try {
      const answer = await applyStatus({
        client,
        resource: services,
        object: service,
        manager: fieldManagers.serviceStatus,
        status,
        force: true,
        signal,
      });
      informers.services.observe(answer);
    } catch (error) {
      // Gone, or made anew under another UID, since the cache was read: its own event follows.
      if (!isNotFound(error)) throw error;
    }
  }

  /** Events on transitions only: the Service's own condition of before tells whether there is one. */
  function tell(service: Service, desired: DesiredServiceStatus): void {
    const type = serviceConditionTypes.Programmed;
    const before = service.status?.conditions?.find((condition) => condition.type === type);
    const now = desired.conditions.find((condition) => condition.type === type);
    if (now === undefined) return;
    const addresses = desired.ingress.map((entry) => entry.ip ?? entry.hostname).join(", ");
    if (now.status === "True") {
      if (before?.status !== "True")
        events.event(service, "Normal", eventReasons.ensured, `Ensured load balancer: ${addresses}`);
      else if (!sameIngress(service, desired.ingress))
        events.event(service, "Normal", eventReasons.updated, `Updated load balancer: ${addresses}`);
    } else if (before?.status !== now.status || before.reason !== now.reason) {
      events.event(service, "Warning", eventReasons.syncFailed, `${now.reason}: ${now.message}`);
    }
    tellDegraded(service, desired);
  }

  function tellDegraded(service: Service, desired: DesiredServiceStatus): void {
    const type = serviceConditionTypes.Degraded;
    const before = service.status?.conditions?.find((condition) => condition.type === type);
    const now = desired.conditions.find((condition) => condition.type === type);
    if (now === undefined || now.reason === before?.reason) return;
    events.event(service, "Warning", eventReasons.syncFailed, `${now.reason}: ${now.message}`);
  }
}

function isAboutRivals({ reason }: { readonly reason: string }): boolean {
  return reason === "ForeignStatusWriter";
}

/** What it had is there still while its LoadBalancer, deleted by force, can't be made anew. */
function lastShown(service: Service): DesiredServiceStatus {
  if (!claimsAddresses(service)) return { ingress: [], conditions: [] };
  const type = serviceConditionTypes.Programmed;
  return {
    ingress: service.status?.loadBalancer?.ingress ?? [],
    conditions: (service.status?.conditions ?? []).filter((condition) => condition.type === type),
  };
}

function withRefusal(desired: DesiredServiceStatus, refusal: Finding | undefined): DesiredServiceStatus {
  if (refusal === undefined) return desired;
  const type = desired.ingress.length > 0 ? "Degraded" : "Programmed";
  const condition = {
    type: serviceConditionTypes[type],
    status: type === "Degraded" ? ("True" as const) : ("False" as const),
    ...refusal,
  };
  return {
    ingress: desired.ingress,
    conditions: [...desired.conditions.filter((each) => each.type !== condition.type), condition],
  };
}

function sameIngress(service: Service, desired: readonly ServiceIngress[]): boolean {
  const current = service.status?.loadBalancer?.ingress ?? [];
  // Nothing of ours to show: whatever is there was written by another, or is taken back together with our conditions.
  if (desired.length === 0) return current.length === 0 || !claimsAddresses(service);
  return (
    current.length === desired.length && desired.every((entry, index) => sameEntry(entry, current[index]))
  );
}

function sameEntry(a: ServiceIngress, b: ServiceIngress | undefined): boolean {
  return (
    a.ip === b?.ip &&
    a.hostname === b?.hostname &&
    a.ipMode === b?.ipMode &&
    JSON.stringify(a.ports) === JSON.stringify(b?.ports)
  );
}

/** Whether our condition says that the addresses in status are ours. */
function claimsAddresses(service: Service): boolean {
  const ours = service.status?.conditions?.find(
    (condition) => condition.type === serviceConditionTypes.Programmed,
  );
  return ours?.status === "True";
}

function sameConditions(service: Service, desired: DesiredServiceStatus): boolean {
  const ours = (service.status?.conditions ?? []).filter((condition) => OUR_TYPES.has(condition.type));
  return (
    ours.length === desired.conditions.length &&
    desired.conditions.every((want) => {
      const has = ours.find((condition) => condition.type === want.type);
      return has?.status === want.status && has.reason === want.reason && has.message === want.message;
    })
  );
}

const OUR_TYPES: ReadonlySet<string> = new Set(Object.values(serviceConditionTypes));

function hasOurConditions(service: Service): boolean {
  return service.status?.conditions?.some((condition) => OUR_TYPES.has(condition.type)) === true;
}

function wroteStatus(service: Service): boolean {
  return (
    service.metadata.managedFields?.some((entry) => entry.manager === fieldManagers.serviceStatus) === true
  );
}

function otherStatusWriters(service: Service): string[] {
  const writers = (service.metadata.managedFields ?? [])
    .filter((entry) => entry.subresource === "status" && entry.manager !== undefined)
    .map((entry) => JSON.stringify(entry.manager));
  const ours = new Set(Object.values(fieldManagers).map((name) => JSON.stringify(name)));
  return [...new Set(writers)].filter((writer) => !ours.has(writer)).sort();
}
