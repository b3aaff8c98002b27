/**
 * The kinds of Fairlead: their types, made from the schemas, and where they are served. Loads no schema: whoever reads
 * objects from an API server, which has checked them and filled in the defaults, needs none.
 */

import type { z } from "zod";
import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";
import { group, version } from "./names.ts";
import type { ipAddressPoolSpec, ipAddressPoolStatus } from "./schema/ip-address-pool.ts";
import type { loadBalancerSpec, loadBalancerStatus } from "./schema/load-balancer.ts";
import type { loadBalancerClassSpec, loadBalancerClassStatus } from "./schema/load-balancer-class.ts";

type WithConditions<S> = Omit<S, "conditions"> & { conditions?: Condition[] | undefined };

export type LoadBalancerClassSpec = z.output<typeof loadBalancerClassSpec>;
export type LoadBalancerClassStatus = WithConditions<z.output<typeof loadBalancerClassStatus>>;
export interface LoadBalancerClass extends KubeObject {
  metadata: ObjectMeta;
  spec: LoadBalancerClassSpec;
  status?: LoadBalancerClassStatus | undefined;
}

export type LoadBalancerSpec = z.output<typeof loadBalancerSpec>;
export type LoadBalancerStatus = WithConditions<z.output<typeof loadBalancerStatus>>;
export interface LoadBalancer extends KubeObject {
  metadata: ObjectMeta;
  spec: LoadBalancerSpec;
  status?: LoadBalancerStatus | undefined;
}

export type IPAddressPoolSpec = z.output<typeof ipAddressPoolSpec>;
export type IPAddressPoolStatus = WithConditions<z.output<typeof ipAddressPoolStatus>>;
export interface IPAddressPool extends KubeObject {
  metadata: ObjectMeta;
  spec: IPAddressPoolSpec;
  status?: IPAddressPoolStatus | undefined;
}

/** Which namespaces something is allowed for. */
export type NamespaceRule = LoadBalancerClassSpec["policy"]["external"];
export type ClassPolicy = LoadBalancerClassSpec["policy"];
export type Scheme = LoadBalancerSpec["scheme"];
export type Frontend = LoadBalancerSpec["frontend"];
export type LoadBalancerPort = LoadBalancerSpec["ports"][number];
export type LoadBalancerAddress = NonNullable<LoadBalancerStatus["addresses"]>[number];
export type LoadBalancerPortStatus = NonNullable<LoadBalancerStatus["ports"]>[number];
export type TranslationWarning = NonNullable<LoadBalancerSpec["warnings"]>[number];
export type TranslationRefusal = NonNullable<LoadBalancerSpec["refusal"]>;

/** The spec as it may be written: fields that have a default can be left out. */
export type LoadBalancerClassSpecInput = z.input<typeof loadBalancerClassSpec>;
export type LoadBalancerSpecInput = z.input<typeof loadBalancerSpec>;
export type IPAddressPoolSpecInput = z.input<typeof ipAddressPoolSpec>;

export const loadBalancerClasses: Resource<LoadBalancerClass> = {
  group,
  version,
  plural: "loadbalancerclasses",
  kind: "LoadBalancerClass",
  namespaced: false,
};

export const loadBalancers: Resource<LoadBalancer> = {
  group,
  version,
  plural: "loadbalancers",
  kind: "LoadBalancer",
  namespaced: true,
};

export const ipAddressPools: Resource<IPAddressPool> = {
  group,
  version,
  plural: "ipaddresspools",
  kind: "IPAddressPool",
  namespaced: false,
};
