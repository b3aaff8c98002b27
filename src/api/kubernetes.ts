/** The kinds of Kubernetes that Fairlead reads or writes: only the fields it uses. */

import type { Condition, KubeObject, ObjectMeta, Resource } from "./meta.ts";

export type Protocol = "TCP" | "UDP" | "SCTP";
export type IPFamily = "IPv4" | "IPv6";
export type IPFamilyPolicy = "SingleStack" | "PreferDualStack" | "RequireDualStack";
export type TrafficPolicy = "Cluster" | "Local";
/** How packets reach a Service's address: `VIP` keeps it as the destination, `Proxy` does not. */
export type IPMode = "VIP" | "Proxy";

export interface ServicePort {
  name?: string | undefined;
  protocol?: Protocol | undefined;
  port: number;
  targetPort?: number | string | undefined;
  nodePort?: number | undefined;
  appProtocol?: string | undefined;
}

export interface ServiceSpec {
  type?: "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName" | undefined;
  selector?: Record<string, string> | undefined;
  ports?: ServicePort[] | undefined;
  clusterIP?: string | undefined;
  clusterIPs?: string[] | undefined;
  ipFamilies?: IPFamily[] | undefined;
  ipFamilyPolicy?: IPFamilyPolicy | undefined;
  loadBalancerClass?: string | undefined;
  loadBalancerIP?: string | undefined;
  /** CIDRs; spaces around them are tolerated by the API server. */
  loadBalancerSourceRanges?: string[] | undefined;
  allocateLoadBalancerNodePorts?: boolean | undefined;
  externalTrafficPolicy?: TrafficPolicy | undefined;
  internalTrafficPolicy?: TrafficPolicy | undefined;
  healthCheckNodePort?: number | undefined;
  publishNotReadyAddresses?: boolean | undefined;
  sessionAffinity?: "None" | "ClientIP" | undefined;
  sessionAffinityConfig?: { clientIP?: { timeoutSeconds?: number | undefined } | undefined } | undefined;
  externalName?: string | undefined;
}

export interface ServiceIngressPort {
  port: number;
  protocol: Protocol;
  error?: string | undefined;
}

export interface ServiceIngress {
  ip?: string | undefined;
  hostname?: string | undefined;
  /** The API server fills in `VIP` beside an `ip`. */
  ipMode?: IPMode | undefined;
  ports?: ServiceIngressPort[] | undefined;
}

export interface ServiceStatus {
  loadBalancer?: { ingress?: ServiceIngress[] | undefined } | undefined;
  conditions?: Condition[] | undefined;
}

export interface Service extends KubeObject {
  spec: ServiceSpec;
  status?: ServiceStatus | undefined;
}

export interface Namespace extends KubeObject {
  status?: { phase?: "Active" | "Terminating" | undefined } | undefined;
}

export interface NodeAddress {
  type: "Hostname" | "InternalIP" | "ExternalIP" | "InternalDNS" | "ExternalDNS";
  address: string;
}

export interface Node extends KubeObject {
  spec?:
    | {
        providerID?: string | undefined;
        podCIDRs?: string[] | undefined;
        unschedulable?: boolean | undefined;
        taints?: { key: string; value?: string | undefined; effect: string }[] | undefined;
      }
    | undefined;
  status?:
    | {
        addresses?: NodeAddress[] | undefined;
        conditions?: { type: string; status: "True" | "False" | "Unknown" }[] | undefined;
      }
    | undefined;
}

export interface Endpoint {
  addresses: string[];
  conditions?:
    | { ready?: boolean | undefined; serving?: boolean | undefined; terminating?: boolean | undefined }
    | undefined;
  nodeName?: string | undefined;
  zone?: string | undefined;
  targetRef?:
    | {
        kind?: string | undefined;
        name?: string | undefined;
        namespace?: string | undefined;
        uid?: string | undefined;
      }
    | undefined;
}

export interface EndpointSlice extends KubeObject {
  addressType: IPFamily | "FQDN";
  /** `null` as much as `[]` of a Service whose selector matches no pod: Go writes an empty slice so, and the API server keeps it. */
  endpoints?: Endpoint[] | null | undefined;
  /** As `endpoints`. */
  ports?:
    | { name?: string | undefined; protocol?: Protocol | undefined; port?: number | undefined }[]
    | null
    | undefined;
}

/** As the API server has them: any producer may add conditions. */
export interface PodCondition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason?: string | undefined;
  message?: string | undefined;
  lastTransitionTime?: string | undefined;
}

export interface Pod extends KubeObject {
  spec?: { readinessGates?: { conditionType: string }[] | undefined } | undefined;
  status?: { conditions?: PodCondition[] | undefined } | undefined;
}

/** core/v1 Event. Its namespace is that of the object it tells about, or `default` for a cluster-scoped one. */
export interface Event extends KubeObject {
  metadata: ObjectMeta;
  involvedObject: {
    apiVersion?: string | undefined;
    kind?: string | undefined;
    namespace?: string | undefined;
    name?: string | undefined;
    uid?: string | undefined;
    resourceVersion?: string | undefined;
  };
  type?: "Normal" | "Warning" | undefined;
  reason?: string | undefined;
  message?: string | undefined;
  count?: number | undefined;
  firstTimestamp?: string | undefined;
  lastTimestamp?: string | undefined;
  source?: { component?: string | undefined; host?: string | undefined } | undefined;
  reportingComponent?: string | undefined;
  reportingInstance?: string | undefined;
}

export interface Lease extends KubeObject {
  spec?:
    | {
        /** `""` once a holder has let go. */
        holderIdentity?: string | undefined;
        leaseDurationSeconds?: number | undefined;
        /** RFC 3339 with exactly six digits of fraction. */
        acquireTime?: string | undefined;
        /** RFC 3339 with exactly six digits of fraction. */
        renewTime?: string | undefined;
        leaseTransitions?: number | undefined;
      }
    | undefined;
}

export const services: Resource<Service> = {
  group: "",
  version: "v1",
  plural: "services",
  kind: "Service",
  namespaced: true,
};

export const namespaces: Resource<Namespace> = {
  group: "",
  version: "v1",
  plural: "namespaces",
  kind: "Namespace",
  namespaced: false,
};

export const nodes: Resource<Node> = {
  group: "",
  version: "v1",
  plural: "nodes",
  kind: "Node",
  namespaced: false,
};

export const pods: Resource<Pod> = {
  group: "",
  version: "v1",
  plural: "pods",
  kind: "Pod",
  namespaced: true,
};

export const endpointSlices: Resource<EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
};

export const events: Resource<Event> = {
  group: "",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};

export const leases: Resource<Lease> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};
