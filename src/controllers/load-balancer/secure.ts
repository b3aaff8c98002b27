/** Law 2: nothing is made outside the cluster for an object that could vanish before it is taken back. */
import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { fieldManagers, finalizer } from "../../api/names.ts";
import { addFinalizer } from "../../runtime/patch/finalizers.ts";
import type { Dependencies } from "../dependencies.ts";
import { isBegun } from "./judge.ts";

export type Secured =
  /** As it is then. */
  | { readonly is: "secured"; readonly lb: LoadBalancer }
  /** Nothing may be begun for it: the service controller has not put the finalizer on the Service yet (which brings it back). */
  | { readonly is: "waiting" }
  /** It, or its Service, is no more, which is about to be told of it: what it has is neither to be changed nor taken for unwanted. */
  | { readonly is: "going" };

/**
 * Sees that our finalizer is on the LoadBalancer and on the Service it was made for. One for which something was made already is served on
 * though somebody took the finalizer off its Service: its own keeps it, and the service controller puts the other back.
 */
export async function secure(
  { client, informers }: Dependencies,
  lb: LoadBalancer,
  signal: AbortSignal,
): Promise<Secured> {
  const { serviceRef } = lb.spec;
  if (serviceRef !== undefined) {
    const service = informers.services.get(`${lb.metadata.namespace}/${serviceRef.name}`);
    if (service?.metadata.uid !== serviceRef.uid) return { is: isBegun(lb) ? "going" : "waiting" };
    if (service.metadata.finalizers?.includes(finalizer) !== true && !isBegun(lb)) return { is: "waiting" };
  }
  if (lb.metadata.finalizers?.includes(finalizer) === true) return { is: "secured", lb };
  const added = await addFinalizer({
    client,
    resource: loadBalancers,
    object: lb,
    finalizer,
    fieldManager: fieldManagers.finalizer,
    signal,
  });
  if (added.result === "gone" || added.result === "terminating")
    return { is: isBegun(lb) ? "going" : "waiting" };
  informers.loadBalancers.observe(added.object);
  return { is: "secured", lb: added.object };
}
