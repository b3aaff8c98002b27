/** Whether a LoadBalancer has a say in when a pod behind it is ready. Pure. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Classes } from "../classes.ts";
import { gatePrefixes } from "./pod-gates.ts";

export function isGated({ metadata, spec }: LoadBalancer, classes: Pick<Classes, "get">): boolean {
  const cls = classes.get(spec.className);
  return (
    metadata.deletionTimestamp === undefined &&
    cls?.provider?.form === "graph" &&
    cls.force.state === "accepted" &&
    gatePrefixes(cls.provider).length > 0
  );
}
