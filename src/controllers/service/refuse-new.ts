/** Whether a Service that has no load balancer yet may get one of its class. Pure. */
import { serviceConditionTypes } from "../../api/conditions.ts";
import type { Service } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { finalizer } from "../../api/names.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { type KnownClass, refusalOfDeleted } from "../classes.ts";

/**
 * Why nothing is begun for the Service: its class was deleted. Whoever has a load balancer is served on, and so is a Service whose own was
 * removed by force. `owned`: those of the Service and class that live.
 */
export function refuseNew(
  service: Service,
  owned: readonly LoadBalancer[],
  cls: KnownClass | undefined,
): Finding | undefined {
  if (cls === undefined || owned.length > 0 || wasServed(service)) return undefined;
  return refusalOfDeleted(cls);
}

function wasServed({ metadata, status }: Service): boolean {
  const programmed = status?.conditions?.find(({ type }) => type === serviceConditionTypes.Programmed);
  return programmed?.status === "True" || metadata.finalizers?.includes(finalizer) === true;
}
