/** Whether something without our mark may be taken over for a stack: who else has marked it, and what it is. Pure. */
import type { LoadBalancer, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ObservedResource } from "../../../core/plan/types.ts";
import { markKeys, type Tags } from "../model/marks.ts";

type Adoption = NonNullable<ObservedResource["adoption"]>;

export interface Claimant {
  readonly clusterUid: string;
  readonly stack: string;
  /** `namespace/name` of the Services of the stack. */
  readonly services: readonly string[];
}

/** Marks of those who make load balancers for something other than a Service. */
const otherMakers: readonly (readonly [tag: string, what: string])[] = [
  ["ingress.k8s.aws/stack", "an Ingress"],
  ["gateway.k8s.aws/stack", "a Gateway"],
  ["ingress.k8s.aws/cluster", "an Ingress of cluster"],
];

/** Marks that name the Service: of the AWS Load Balancer Controller, and of the AWS cloud controller. */
const serviceTags = ["service.k8s.aws/stack", "kubernetes.io/service-name"];

export function loadBalancerAdoption(lb: LoadBalancer, tags: Tags, claimant: Claimant): Adoption {
  if (lb.Type !== "network") return refused(`is a load balancer of type "${lb.Type}", not "network"`);
  return tagsAllow(tags, claimant);
}

export function targetGroupAdoption(group: TargetGroup, tags: Tags, claimant: Claimant): Adoption {
  if (group.TargetType !== "instance" && group.TargetType !== "ip")
    return refused(`has targets of type "${group.TargetType}"`);
  return tagsAllow(tags, claimant);
}

export function tagsAllow(tags: Tags, { clusterUid, stack, services }: Claimant): Adoption {
  const { [markKeys.cluster]: cluster, [markKeys.stack]: owner } = tags;
  if (cluster !== undefined && cluster !== clusterUid) return refused(`is marked by the cluster ${cluster}`);
  if (cluster !== undefined && owner !== undefined && owner !== stack) return refused(`belongs to ${owner}`);
  for (const [tag, what] of otherMakers) {
    if (tags[tag] !== undefined) return refused(`was made for ${what} "${tags[tag]}"`);
  }
  for (const tag of serviceTags) {
    const service = tags[tag];
    if (service !== undefined && !services.includes(service))
      return refused(`was made for the Service "${service}" (tag ${tag})`);
  }
  return "allowed";
}

function refused(why: string): Adoption {
  return { refused: why };
}
