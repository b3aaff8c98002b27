/** Tells of each LoadBalancerClass whether it is accepted, and keeps one that is in use from being deleted. */
import { type LoadBalancerClass, loadBalancerClasses } from "../../api/load-balancer-class.ts";
import { classFinalizer, fieldManagers } from "../../api/names.ts";
import type { ReconcileContext } from "../../runtime/controller.ts";
import { addFinalizer, removeFinalizer } from "../../runtime/patch/finalizers.ts";
import { BY_CLASS, type Dependencies } from "../dependencies.ts";
import { writeOwnStatus } from "../own-status.ts";
import { classStatus } from "./status.ts";

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
      status: classStatus(held, users, classes, clock.now()),
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
}
