/** A load balancer that is to share with others, or no longer, gets another address: that waits for its user's word (law 9). Pure. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { LoadBalancerClassSpec } from "../../api/load-balancer-class.ts";
import { annotations } from "../../api/names.ts";
import { fingerprint } from "../../core/plan/json.ts";
import type { Problem } from "../../providers/provider.ts";
import { isHeld } from "./judge.ts";

export interface StackMove {
  /** Where it is worked on now. */
  readonly stack: string;
  /** Set while it would go elsewhere and may not yet. */
  readonly waits?: Problem;
}

/** `wanted`: where the provider would have it; `acknowledged`: what its user has agreed to. */
export function stackInForce(
  lb: LoadBalancer,
  wanted: string,
  policy: Pick<LoadBalancerClassSpec["policy"], "replacement">,
  acknowledged: readonly string[],
): StackMove {
  const recorded = lb.status?.stack;
  if (recorded === undefined || recorded === wanted || !isHeld(lb)) return { stack: wanted };
  const id = fingerprint({ uid: lb.metadata.uid ?? "", from: recorded, to: wanted });
  const isAllowed =
    policy.replacement === "Allow" || acknowledged.some((text) => text.split(".").includes(id));
  if (isAllowed) return { stack: wanted };
  return {
    stack: recorded,
    waits: {
      kind: "degraded",
      reason: "ReplacementNotAcknowledged",
      message: `it is to be served by another load balancer ("${wanted}" and not "${recorded}"), which has another address; to go on, set ${annotations.acknowledgeReplacement}: ${id}`,
    },
  };
}
