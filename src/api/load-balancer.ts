/** LoadBalancer: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { loadBalancerSpec, loadBalancerStatus } from "./schema/load-balancer.ts";

export type LoadBalancerSpec = z.output<typeof loadBalancerSpec>;

export interface LoadBalancerStatus extends Omit<z.output<typeof loadBalancerStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface LoadBalancer extends KubeObject {
  metadata: ObjectMeta;
  spec: LoadBalancerSpec;
  status?: LoadBalancerStatus | undefined;
}

export type LoadBalancerPort = LoadBalancerSpec["ports"][number];
export type LoadBalancerAddress = NonNullable<LoadBalancerStatus["addresses"]>[number];
export type LoadBalancerPortStatus = NonNullable<LoadBalancerStatus["ports"]>[number];
export const loadBalancers: Resource<LoadBalancer> = {
  group,
  version,
  plural: "loadbalancers",
  kind: "LoadBalancer",
  namespaced: true,
};
