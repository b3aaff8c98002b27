/** What a user may ask to be taken over, and what stands against it before the cloud is asked. */
import type { Problem } from "../../provider.ts";
import { pending } from "./problems.ts";
import type { View } from "./view.ts";

/** Finalizers by which a controller says that it still looks after the Service's load balancer. */
const predecessors = {
  "service.k8s.aws/resources": "the AWS Load Balancer Controller",
  "service.kubernetes.io/load-balancer-cleanup": "the cloud controller manager",
} as const;

export function wrongAdoption({ spec, cls, member }: View): Problem[] {
  if (spec.adopt === undefined) return [];
  const refused = (message: string): Problem[] => [pending("AdoptionRefused", `adopt: ${message}`)];
  const arn = /^arn:[a-z0-9-]+:elasticloadbalancing:([a-z0-9-]+):[0-9]{12}:loadbalancer\/(.+)$/.exec(
    spec.adopt,
  );
  if (arn === null)
    return refused(
      "it is not the ARN of a load balancer; wanted: arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/net/<name>/<id>",
    );
  const [, region, path = ""] = arn;
  if (path.startsWith("app/"))
    return refused("that is an Application Load Balancer; only Network Load Balancers can be adopted");
  if (path.startsWith("gwy/"))
    return refused("that is a Gateway Load Balancer; only Network Load Balancers can be adopted");
  if (!/^net\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{1,32}$/.test(path))
    return refused(
      "classic load balancers can't be adopted; take the annotation off, and move clients to the new load balancer",
    );
  if (region !== cls.region) return refused(`it is in ${region}, but the class is for ${cls.region}`);
  const finalizers = member.service?.metadata.finalizers ?? [];
  for (const [finalizer, who] of Object.entries(predecessors)) {
    if (!finalizers.includes(finalizer)) continue;
    return refused(
      `${who} has not let go of the Service, for its finalizer ${finalizer} is there; stop that controller, then take the finalizer off the Service`,
    );
  }
  return [];
}
