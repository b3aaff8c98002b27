/** What is to be done about one Service: serve it, let go of it, or leave it alone. Pure. */

import type { Service } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { claimedAsAnnotation, finalizer } from "../../api/names.ts";
import { type Claim, type ClaimableClass, decideClaim, type RecordedClaim } from "../../core/claim.ts";

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
  const claim = decideClaim(service, classes, recordedClaim(owned));
  if (claim.by === "nobody") return letGo(claim.why);
  return { do: "serve", className: claim.className, claim };
}

function recordedClaim(owned: readonly LoadBalancer[]): RecordedClaim | undefined {
  const lb = owned.find((each) => each.metadata.deletionTimestamp === undefined) ?? owned[0];
  if (lb === undefined) return undefined;
  return { className: lb.spec.className, asked: lb.metadata.annotations?.[claimedAsAnnotation] };
}

/**
 * What a LoadBalancer notes down of how its Service was claimed: `spec.loadBalancerClass`, whatever it is, for a Service that flips to
 * another type and back at once may ask for something else than what its LoadBalancer was made for.
 */
export function claimNote(service: Service): Record<string, string> {
  const asked = service.spec?.loadBalancerClass;
  return asked === undefined ? {} : { [claimedAsAnnotation]: asked };
}
