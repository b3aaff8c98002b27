/** Plain builders of the objects that the pure parts decide by: a row of a table says only what it is about. */
import type { IPAddressPool } from "../../../src/api/ip-address-pool.ts";
import type { Service } from "../../../src/api/kubernetes.ts";
import type { LoadBalancer, LoadBalancerSpec } from "../../../src/api/load-balancer.ts";
import type { LoadBalancerClassSpec } from "../../../src/api/load-balancer-class.ts";
import type { ObjectMeta } from "../../../src/api/meta.ts";

export const edgePool: IPAddressPool = {
  metadata: { name: "edge" },
  spec: {
    addresses: ["192.0.2.0/24"],
    autoAssign: true,
    avoidBuggyIPs: true,
    advertise: "Layer2",
    layer2Mode: "Respond",
  },
};

export function service(
  spec: Partial<NonNullable<Service["spec"]>> = {},
  metadata: Partial<ObjectMeta> = {},
): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop", uid: "service-uid", ...metadata },
    spec: {
      type: "LoadBalancer",
      ports: [{ name: "http", port: 80, protocol: "TCP" }],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...spec,
    },
  };
}

export function annotated(
  annotations: Record<string, string>,
  spec?: Parameters<typeof service>[0],
): Service {
  return service(spec, { annotations });
}

export interface LoadBalancerInput {
  readonly name?: string;
  readonly spec?: Partial<LoadBalancerSpec>;
  readonly status?: LoadBalancer["status"];
  readonly annotations?: Record<string, string>;
  readonly byHand?: boolean;
  readonly creationTimestamp?: string;
}

export function loadBalancer({
  name = "web",
  spec,
  status,
  annotations,
  byHand,
  creationTimestamp,
}: LoadBalancerInput = {}): LoadBalancer {
  return {
    apiVersion: "fairlead.io/v1alpha1",
    kind: "LoadBalancer",
    metadata: {
      name,
      namespace: "shop",
      uid: `uid-of-${name}`,
      ...(annotations === undefined ? {} : { annotations }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: {
      className: "metal",
      ...(byHand === true ? {} : { serviceRef: { name: "web", uid: "service-uid" } }),
      frontend: "default",
      scheme: "internal",
      ports: [{ name: "http", port: 80, protocol: "TCP" }],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

/** The status of one that has an address. */
export function held(...ips: string[]): NonNullable<LoadBalancer["status"]> {
  return { addresses: (ips.length > 0 ? ips : ["192.0.2.1"]).map((ip) => ({ ip, ipMode: "VIP" as const })) };
}

export function classSpec(policy: Partial<LoadBalancerClassSpec["policy"]> = {}): LoadBalancerClassSpec {
  return {
    provider: "bare-metal",
    default: false,
    defaults: { scheme: "internal" },
    policy: {
      external: { from: "All" },
      handWritten: { from: "None" },
      deletion: "Delete",
      drift: "Repair",
      replacement: "Acknowledge",
      ...policy,
    },
  };
}
