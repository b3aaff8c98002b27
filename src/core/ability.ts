/** Whether a provider can do at all what a load balancer asks for, of what not every provider can. Pure. */
import type { LoadBalancerSpec } from "../api/load-balancer.ts";
import { annotations } from "../api/names.ts";
import type { Finding } from "./translate/annotations.ts";

interface Able {
  readonly name: string;
  /** What the provider can; none: it is of the form that has no such features. */
  readonly features?: readonly string[] | undefined;
}

/** What of the spec needs which feature of a provider. */
const NEEDS = [
  { field: "group", feature: "sharing", annotation: annotations.group, what: "groups of load balancers" },
  { field: "adopt", feature: "adoption", annotation: annotations.adopt, what: "adoption" },
  { field: "release", feature: "release", annotation: annotations.release, what: "releasing" },
] as const;

/** Refuses what would have no effect. */
export function checkAbility(spec: LoadBalancerSpec, provider: Able): Finding | undefined {
  const lacking = NEEDS.filter(({ field, feature }) => {
    const asked = spec[field] !== undefined && spec[field] !== false;
    return asked && provider.features?.includes(feature) !== true;
  });
  if (lacking.length === 0) return undefined;
  return {
    reason: "Unsupported",
    message: lacking
      .map(
        ({ field, annotation, what }) =>
          `the provider ${provider.name} knows no ${what}; take the annotation ${annotation} (spec.${field}) off`,
      )
      .join("; "),
  };
}
