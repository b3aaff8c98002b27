/** Tells of each LoadBalancerClass whether it is accepted, and keeps one that is in use from being deleted. */
import {
  type LoadBalancerClass,
  type LoadBalancerClassStatus,
  loadBalancerClasses,
} from "../../api/load-balancer-class.ts";
import { classFinalizer, fieldManagers } from "../../api/names.ts";
import { aliasOwner, defaultOwner } from "../../core/claim.ts";
import type { ClassInForce } from "../../core/class-in-force.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import type { ConditionUpdate } from "../../runtime/patch/conditions.ts";
import { addFinalizer, removeFinalizer } from "../../runtime/patch/finalizers.ts";
import { BY_CLASS, type Dependencies } from "../dependencies.ts";
import { withConditions, writeOwnStatus } from "../own-status.ts";

export function createClassReconciler(
  deps: Dependencies,
): (name: string, context: ReconcileContext) => Promise<void> {
  const { client, informers, classes, clock } = deps;

  return async (name, { signal }) => {
    const cls = informers.classes.get(name);
    if (cls === undefined) return;
    const users = informers.loadBalancers.by(BY_CLASS, name).length;
    const held = await holdWhileInUse(cls, users, signal);
    if (held === undefined) return;
    await writeOwnStatus({
      client,
      informer: informers.classes,
      object: held,
      status: statusOf(held, users),
      signal,
    });
  };

  /** Returns the class as it is now; `undefined` once it is gone. */
  async function holdWhileInUse(
    cls: LoadBalancerClass,
    users: number,
    signal: AbortSignal,
  ): Promise<LoadBalancerClass | undefined> {
    const has = cls.metadata.finalizers?.includes(classFinalizer) === true;
    const leaving = cls.metadata.deletionTimestamp !== undefined;
    const edit = {
      client,
      resource: loadBalancerClasses,
      object: cls,
      finalizer: classFinalizer,
      fieldManager: fieldManagers.finalizer,
      signal,
    };
    if (users > 0 === has || (leaving && !has)) return cls;
    const edited = users > 0 ? await addFinalizer(edit) : await removeFinalizer(edit);
    if (edited.result === "gone") return undefined;
    informers.classes.observe(edited.object);
    return edited.result === "removed" && leaving ? undefined : edited.object;
  }

  function statusOf(cls: LoadBalancerClass, users: number): LoadBalancerClassStatus {
    const known = classes.get(cls.metadata.name ?? "");
    if (known === undefined) return cls.status ?? {};
    const observedGeneration = cls.metadata.generation ?? 0;
    const accepted: ConditionUpdate = {
      type: "Accepted",
      observedGeneration,
      ...acceptance(cls, known.force),
    };
    const flaw = flawOf(cls, users);
    const degraded: ConditionUpdate =
      flaw === undefined
        ? { type: "Degraded", status: "False", reason: "AsExpected", message: "", observedGeneration }
        : { type: "Degraded", status: "True", ...flaw, observedGeneration };
    return {
      ...cls.status,
      observedGeneration,
      conditions: withConditions(cls.status?.conditions, [accepted, degraded], clock.now()),
      loadBalancers: users,
      ...(known.force.state === "accepted" ? { acceptedSpec: { ...known.force.spec } } : {}),
    };
  }

  function flawOf(cls: LoadBalancerClass, users: number): Finding | undefined {
    const name = cls.metadata.name ?? "";
    if (cls.metadata.deletionTimestamp !== undefined && users > 0) {
      return {
        reason: "InUse",
        message: `deleted, but ${users} load balancers use it; it goes when the last of them has gone, and serves them until then`,
      };
    }
    const claimable = classes.claimable();
    for (const alias of cls.spec.aliases ?? []) {
      const owner = aliasOwner(alias, claimable);
      if (owner !== undefined && owner !== name) {
        return {
          reason: "AliasConflict",
          message: `the alias "${alias}" belongs to the older class "${owner}"; remove it from one of them`,
        };
      }
    }
    const owner = defaultOwner(claimable);
    if (cls.spec.default && owner !== undefined && owner !== name) {
      return {
        reason: "DefaultClassConflict",
        message: `the older class "${owner}" is the default; set spec.default: false on one of them`,
      };
    }
    return undefined;
  }
}

function acceptance(
  cls: LoadBalancerClass,
  force: ClassInForce,
): Pick<ConditionUpdate, "status" | "reason" | "message"> {
  switch (force.state) {
    case "external":
      return {
        status: "Unknown",
        reason: "ExternalController",
        message: `no provider "${cls.spec.provider}" runs in this controller: load balancers of this class are left to the controller that provides it`,
      };
    case "refused":
      return { status: "False", ...force.refusal };
    case "accepted":
      if (force.refusal === undefined) return { status: "True", reason: "Accepted", message: "" };
      return {
        status: "False",
        reason: force.refusal.reason,
        message: `${force.refusal.message}; what was accepted before stays in force`,
      };
    default:
      return force satisfies never;
  }
}
