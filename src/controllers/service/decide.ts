/** What is to be done about one Service: serve it, let go of it, or leave it alone. Pure. */

import type { Service } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { finalizer } from "../../api/names.ts";
import { type Claim, type ClaimableClass, decideClaim } from "../../core/claim.ts";

export type Decision =
  | { readonly do: "serve"; readonly className: string; readonly claim: Claim }
  /** It was ours and is no more, or is going away: take back all that was made for it. */
  | { readonly do: "release"; readonly why: string }
  | { readonly do: "ignore"; readonly why: string };

/** `owned`: the LoadBalancers made for this very Service (by UID). A terminating Service is never served. */
export function decideService(
  service: Service,
  owned: readonly LoadBalancer[],
  classes: readonly ClaimableClass[],
): Decision {
  const ours = owned.length > 0 || service.metadata.finalizers?.includes(finalizer) === true;
  const letGo = (why: string): Decision => (ours ? { do: "release", why } : { do: "ignore", why });
  if (service.metadata.deletionTimestamp !== undefined) return letGo("the Service is being deleted");
  if (service.spec?.type !== "LoadBalancer")
    return letGo(`the Service is of type ${service.spec?.type ?? "ClusterIP"}`);
  const claim = decideClaim(service, classes, recordedClass(owned));
  if (claim.by === "nobody") return letGo(claim.why);
  return { do: "serve", className: claim.className, claim };
}

function recordedClass(owned: readonly LoadBalancer[]): string | undefined {
  const living = owned.find((lb) => lb.metadata.deletionTimestamp === undefined) ?? owned[0];
  return living?.spec.className;
}
