/** LoadBalancerClass: its types and where it is served. Loads no schema, for the API server has checked what it serves. */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { loadBalancerClassSpec, loadBalancerClassStatus } from "./schema/load-balancer-class.ts";

export type LoadBalancerClassSpec = z.output<typeof loadBalancerClassSpec>;

/** The spec as it may be written: fields that have a default can be left out. */
export type LoadBalancerClassSpecInput = z.input<typeof loadBalancerClassSpec>;

export interface LoadBalancerClassStatus
  extends Omit<z.output<typeof loadBalancerClassStatus>, "conditions"> {
  conditions?: Condition[] | undefined;
}

export interface LoadBalancerClass extends KubeObject {
  metadata: ObjectMeta;
  spec: LoadBalancerClassSpec;
  status?: LoadBalancerClassStatus | undefined;
}

export type ClassPolicy = LoadBalancerClassSpec["policy"];

/** Which namespaces something is allowed for. */
export type NamespaceRule = ClassPolicy["external"];

export const loadBalancerClasses: Resource<LoadBalancerClass> = {
  group,
  version,
  plural: "loadbalancerclasses",
  kind: "LoadBalancerClass",
  namespaced: false,
};
