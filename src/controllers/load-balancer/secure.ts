/** Law 2: nothing is made outside the cluster for an object that could vanish before it is taken back. */
import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { fieldManagers, finalizer } from "../../api/names.ts";
import { addFinalizer } from "../../runtime/patch/finalizers.ts";
import type { Dependencies } from "../dependencies.ts";

/**
 * Sees that our finalizer is on the LoadBalancer and on the Service it was made for. Returns the LoadBalancer as it is then; `undefined`
 * where nothing may be begun: it is going, or the service controller has not put the finalizer on the Service yet (which brings the
 * LoadBalancer back).
 */
export async function secure(
  { client, informers }: Dependencies,
  lb: LoadBalancer,
  signal: AbortSignal,
): Promise<LoadBalancer | undefined> {
  const { serviceRef } = lb.spec;
  if (serviceRef !== undefined) {
    const service = informers.services.get(`${lb.metadata.namespace}/${serviceRef.name}`);
    if (service?.metadata.uid !== serviceRef.uid) return undefined;
    if (service.metadata.finalizers?.includes(finalizer) !== true) return undefined;
  }
  if (lb.metadata.finalizers?.includes(finalizer) === true) return lb;
  const added = await addFinalizer({
    client,
    resource: loadBalancers,
    object: lb,
    finalizer,
    fieldManager: fieldManagers.finalizer,
    signal,
  });
  if (added.result === "gone" || added.result === "terminating") return undefined;
  informers.loadBalancers.observe(added.object);
  return added.object;
}
