/**
 * LoadBalancers made anew for Services whose former ones were deleted by force. What the former one had recorded is theirs: its address, its
 * ports, where it is served, and that it was accepted.
 */
import type { LoadBalancer, LoadBalancerStatus } from "../api/load-balancer.ts";
import { isBegun } from "./load-balancer/judge.ts";
import { keyOfLoadBalancer } from "./load-balancer/members.ts";

export interface Heirs {
  /** `lb` came in the place of `former`. One that left in order has nothing left to hand down, and neither has that of another Service. */
  add(lb: LoadBalancer, former: LoadBalancer): void;
  /** With the status that it inherits, as long as that is not recorded in its own; else itself. */
  asHeir(lb: LoadBalancer): LoadBalancer;
  /** It is recorded. */
  settle(lb: LoadBalancer): void;
}

export function createHeirs(): Heirs {
  const heirs = new Map<string, { readonly uid: string | undefined; readonly status: LoadBalancerStatus }>();
  return {
    add(lb, former) {
      const { spec, metadata, status } = former;
      const isSame = spec.serviceRef !== undefined && spec.serviceRef.uid === lb.spec.serviceRef?.uid;
      const isOver = metadata.deletionTimestamp !== undefined || !isBegun(former) || isBegun(lb);
      if (!isSame || isOver || status === undefined) return;
      // All of it is to be compared with the cloud once more, for marks name the object.
      const { appliedHash: _hash, conditions: _conditions, observedGeneration: _seen, ...rest } = status;
      heirs.set(keyOfLoadBalancer(lb), { uid: lb.metadata.uid, status: rest });
    },
    asHeir(lb) {
      const heir = heirs.get(keyOfLoadBalancer(lb));
      return heir === undefined || heir.uid !== lb.metadata.uid || isBegun(lb)
        ? lb
        : { ...lb, status: { ...lb.status, ...heir.status } };
    },
    settle(lb) {
      heirs.delete(keyOfLoadBalancer(lb));
    },
  };
}
