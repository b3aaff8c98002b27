/** Whether a LoadBalancer that is missing, or going, is still what its Service should have. Pure. */
import type { LoadBalancer } from "../api/load-balancer.ts";
import type { Classes } from "./classes.ts";
import { BY_SERVICE, type Informers } from "./dependencies.ts";
import { ownerKey } from "./indexes.ts";
import { decideService } from "./service/decide.ts";
import { desiredLoadBalancers } from "./service/desired.ts";

/**
 * True where the service controller will make it anew, with the same name, for the same Service (by UID) and class: somebody has deleted
 * it by force. False for every deletion of our own: of a Service that goes, of a type or class that was left, of a frontend not wanted any more.
 */
export function isStillWanted(lb: LoadBalancer, informers: Informers, classes: Classes): boolean {
  const owner = ownerKey(lb);
  const service = owner === undefined ? undefined : informers.services.get(owner);
  if (owner === undefined || service?.metadata.uid !== lb.spec.serviceRef?.uid) return false;
  if (service === undefined) return false;
  const siblings = informers.loadBalancers
    .by(BY_SERVICE, owner)
    .filter(
      (each) => each.spec.serviceRef?.uid === service.metadata.uid && each.metadata.name !== lb.metadata.name,
    );
  const owned = [...siblings, lb];
  // A claim that only the missing one has recorded is lost with it.
  const decision = decideService(service, siblings, classes.claimable());
  const { className } = lb.spec;
  if (decision.do !== "serve" || decision.className !== className) return false;
  const input = {
    service,
    className,
    cls: classes.get(className),
    owned: owned.filter((each) => each.spec.className === className),
    warnings: [],
  };
  return desiredLoadBalancers(input, informers).some((desired) => desired.name === lb.metadata.name);
}
