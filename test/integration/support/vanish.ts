/** A LoadBalancer that somebody deletes by force: gone at once, with nothing done about what was made for it. */
import { type LoadBalancer, loadBalancers } from "../../../src/api/load-balancer.ts";
import type { KubeClient, ObjectRef } from "../../../src/runtime/kube/client.ts";
import { eventually } from "./installation.ts";

/** Deletes it before its finalizer is put back, and returns what it was. */
export function vanish(breakGlass: KubeClient, ref: ObjectRef): Promise<LoadBalancer> {
  const none = { metadata: { finalizers: null } };
  return eventually(async () => {
    const lb = await breakGlass.patch(loadBalancers, ref, none, { type: "merge" });
    const { uid, resourceVersion } = lb.metadata;
    await breakGlass.delete(loadBalancers, ref, { uid, resourceVersion });
    return lb;
  }, `LoadBalancer ${ref.name} is deleted`);
}
