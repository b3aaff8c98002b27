/** Every name that Fairlead writes into a cluster or reads from one, in one place. */

export const group = "fairlead.io";
export const version = "v1alpha1";
export const apiVersion = `${group}/${version}`;

/** `kubectl get fairlead` lists objects of all our kinds. */
export const category = "fairlead";

/** Holds a Service or a LoadBalancer back while something outside the cluster must be cleaned up for it. */
export const finalizer = `${group}/load-balancer`;

/** Holds a LoadBalancerClass back while a LoadBalancer uses it. */
export const classFinalizer = `${group}/class-in-use`;

/**
 * Beginning of the readiness gates of pods that Fairlead opens once the pod's load balancers hold it to be healthy; what follows is up to the
 * user, such as `target-health.fairlead.io/load-balancer`.
 */
export const readinessGatePrefix = `target-health.${group}/`;

/** What a Service writes into `spec.loadBalancerClass` to ask for a class of ours. */
export const serviceClassPrefix = `${group}/`;

/** Annotations on Services that every provider understands. */
export const annotations = {
  /** The addresses wanted: one, or one per family, separated by commas. */
  addresses: `${group}/addresses`,
  /** The pool to take the address from. */
  addressPool: `${group}/address-pool`,
  /** A key: Services with the same key may be given the same address. */
  allowSharedIP: `${group}/allow-shared-ip`,
  /** `internal`, `external` or `internal,external`: one LoadBalancer object for each. */
  frontends: `${group}/frontends`,
  /** `internal` or `external`, for the one frontend of the Service. */
  scheme: `${group}/scheme`,
  /** A name: Services of one group share one load balancer. */
  group: `${group}/group`,
  /** The cloud id of a load balancer to take over instead of making one. */
  adopt: `${group}/adopt`,
  /** `true`, or the cloud id of the load balancer: it is handed over and not managed any more. */
  release: `${group}/release`,
  /** The plan id of a replacement that the user agrees to. */
  acknowledgeReplacement: `${group}/acknowledge-replacement`,
} as const;

/** Written by Fairlead on a LoadBalancer: the Service's `spec.loadBalancerClass` when it was claimed; absent: it named none. Makes the claim sticky. */
export const claimedAsAnnotation = `${group}/claimed-as`;

/** MetalLB's annotations and the ones of ours they stand for; the newer prefix wins where both are set. */
export const metallbAnnotations = {
  addresses: ["metallb.io/loadBalancerIPs", "metallb.universe.tf/loadBalancerIPs"],
  addressPool: ["metallb.io/address-pool", "metallb.universe.tf/address-pool"],
  allowSharedIP: ["metallb.io/allow-shared-ip", "metallb.universe.tf/allow-shared-ip"],
} as const satisfies Partial<Record<keyof typeof annotations, readonly [string, string]>>;

/** Labels on LoadBalancer objects that were made for a Service. For people and selectors: `spec.serviceRef` decides. */
export const labels = {
  serviceName: `${group}/service-name`,
  frontend: `${group}/frontend`,
} as const;

/** Server-side apply: one field manager per purpose, for each apply replaces all that its manager owned before. */
export const fieldManagers = {
  /** `spec` of LoadBalancers made for a Service. */
  spec: "fairlead-spec",
  /** Finalizers. */
  finalizer: "fairlead-finalizer",
  /** `status` of Services. */
  serviceStatus: "fairlead-service-status",
  /** `status` of our own kinds. */
  status: "fairlead-status",
  /** Conditions of readiness gates in the `status` of pods. */
  podStatus: "fairlead-pod-status",
  /** An `Announcer`, by the agent of its node. */
  announcer: "fairlead-agent",
} as const;

/** The namespace, ServiceAccount and Lease of an installation with nothing changed. */
export const installation = {
  namespace: "fairlead-system",
  serviceAccount: "fairlead-controller",
  lease: "fairlead-controller",
  agentServiceAccount: "fairlead-agent",
} as const;

/** Beginning of the name of the Lease of a node's agent, in Fairlead's own namespace; what follows is the name of the node. */
export const agentLeasePrefix = "fairlead-agent-";

/** Members of this group may write LoadBalancers that belong to a Service: `kubectl --as-group`, in emergencies. */
export const breakGlassGroup = `${group}:break-glass`;

/** The RBAC verb on `loadbalancerclasses` that lets a provider in another process write LoadBalancer statuses. */
export const provideVerb = "provide";
