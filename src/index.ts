/**
 * What `fairlead` offers to those who build on it: the operator, the contract of providers, the kinds, and what is needed to run
 * them. A controller of other things needs `fairlead/runtime` alone; tests find a real control plane in `fairlead/testing`.
 */

// The kinds.
export type {
  AnnouncedAddress,
  Announcer,
  AnnouncerBgp,
  AnnouncerCapability,
  AnnouncerInterface,
  AnnouncerSession,
  AnnouncerStatus,
} from "./api/announcer.ts";
export { announcers } from "./api/announcer.ts";
export type { BFDProfile, BFDProfileSpec, BFDProfileSpecInput, BFDProfileStatus } from "./api/bfd-profile.ts";
export { bfdProfiles } from "./api/bfd-profile.ts";
export type {
  BGPAdvertisement,
  BGPAdvertisementSpec,
  BGPAdvertisementSpecInput,
  BGPAdvertisementStatus,
} from "./api/bgp-advertisement.ts";
export { bgpAdvertisements } from "./api/bgp-advertisement.ts";
export type { BGPPeer, BGPPeerSpec, BGPPeerSpecInput, BGPPeerStatus } from "./api/bgp-peer.ts";
export { bgpPeers } from "./api/bgp-peer.ts";
export type { Community, CommunitySpec, CommunitySpecInput, CommunityStatus } from "./api/community.ts";
export { communities } from "./api/community.ts";
export type { ConditionType } from "./api/conditions.ts";
export { conditionTypes, serviceConditionTypes } from "./api/conditions.ts";
export type { IPAddressPool, IPAddressPoolSpec, IPAddressPoolStatus } from "./api/ip-address-pool.ts";
export { ipAddressPools } from "./api/ip-address-pool.ts";
export type { EndpointSlice, IPFamily, Namespace, Node, Service, ServicePort } from "./api/kubernetes.ts";
export { endpointSlices, namespaces, nodes, services } from "./api/kubernetes.ts";
export type {
  L2Advertisement,
  L2AdvertisementSpec,
  L2AdvertisementSpecInput,
  L2AdvertisementStatus,
} from "./api/l2-advertisement.ts";
export { l2Advertisements } from "./api/l2-advertisement.ts";
export type {
  LoadBalancer,
  LoadBalancerAddress,
  LoadBalancerPort,
  LoadBalancerPortStatus,
  LoadBalancerSpec,
  LoadBalancerStatus,
} from "./api/load-balancer.ts";
export { loadBalancers } from "./api/load-balancer.ts";
export type {
  ClassPolicy,
  LoadBalancerClass,
  LoadBalancerClassSpec,
  LoadBalancerClassSpecInput,
  LoadBalancerClassStatus,
} from "./api/load-balancer-class.ts";
export { loadBalancerClasses } from "./api/load-balancer-class.ts";
export type { Condition, KubeObject, LabelSelector, ObjectMeta, Resource } from "./api/meta.ts";
export { annotations, apiVersion, finalizer, group, labels, serviceClassPrefix } from "./api/names.ts";
export type { Parsed } from "./api/parse.ts";
export {
  parseBFDProfile,
  parseBGPAdvertisement,
  parseBGPPeer,
  parseCommunity,
  parseIPAddressPool,
  parseL2Advertisement,
  parseLoadBalancer,
  parseLoadBalancerClass,
} from "./api/parse.ts";
export type { Problem as ManifestProblem } from "./api/problems.ts";
export { describeProblem } from "./api/problems.ts";
export type { Reason, ReasonEntry } from "./api/reasons.ts";
export { isReason, reasons } from "./api/reasons.ts";

// The operator, in a cluster and without one.
export type { CloudView, KnownCloud, KnownClouds } from "./controllers/offline/cloud-view.ts";
export { cloudItself, knownClouds } from "./controllers/offline/cloud-view.ts";
export type {
  Change,
  Objects,
  ObjectsPlan,
  PlannedLoadBalancer,
  PlannedService,
  PlannedSharedStack,
  PlannedStack,
  PlanObjectsOptions,
} from "./controllers/offline/plan-objects.ts";
export { planObjects } from "./controllers/offline/plan-objects.ts";
export type { OperatorOptions } from "./controllers/operator.ts";
export { createOperator } from "./controllers/operator.ts";

// What providers are made of: docs/custom-provider.md.
export type { EndpointPort, EndpointState, ServiceEndpoint } from "./core/backends/endpoints.ts";
export { endpointsOfPort } from "./core/backends/endpoints.ts";
export type { NodeChoice, NodeFilter } from "./core/backends/nodes.ts";
export { eligibleNodes } from "./core/backends/nodes.ts";
export type { DocumentWriter, OperationContext, ResourceActions } from "./core/plan/actions.ts";
export type { CloudErrorClass, CloudErrorOptions } from "./core/plan/cloud-error.ts";
export { CloudError, isCloudError } from "./core/plan/cloud-error.ts";
export { formatPlan } from "./core/plan/format.ts";
export { plan } from "./core/plan/plan.ts";
export type { Known } from "./core/plan/reference.ts";
export { reference, sharedReference } from "./core/plan/reference.ts";
export type {
  CreateOperation,
  DeleteOperation,
  DesiredResource,
  Fields,
  Json,
  KindRules,
  ObservedResource,
  Operation,
  Plan,
  PlanPolicy,
  ReplaceMode,
  UpdateOperation,
} from "./core/plan/types.ts";
export type { AnnotationEntry, AnnotationTable, Finding } from "./core/translate/annotations.ts";
export type { AwsOptions } from "./providers/aws/index.ts";
export { createAws } from "./providers/aws/index.ts";
export type { AwsFacts } from "./providers/aws/model/facts.ts";
export type { BareMetalProvider, PoolState } from "./providers/bare-metal/index.ts";
export { createBareMetal } from "./providers/bare-metal/index.ts";
export type {
  Claim,
  Desired,
  DirectProvider,
  Feature,
  GraphContext,
  GraphProvider,
  MarkedStack,
  Member,
  MemberResult,
  ObjectSource,
  Outcome,
  Problem,
  Provider,
  ProviderContext,
  RecordedMember,
  SharedStack,
  SharingInForce,
  Stack,
  StackRef,
  TargetHealth,
} from "./providers/provider.ts";

export type {
  RequestFamily,
  RequestLimiter,
  RequestLimiterOptions,
  RequestReport,
} from "./providers/request-limiter.ts";
export { createRequestLimiter } from "./providers/request-limiter.ts";

// What it takes to run the operator; the rest is in `fairlead/runtime`.
export type { Cache, CacheOptions } from "./runtime/cache/cache.ts";
export { createCache } from "./runtime/cache/cache.ts";
export type { Clock, Timer } from "./runtime/clock.ts";
export { systemClock } from "./runtime/clock.ts";
export type { EventRecorder } from "./runtime/events/recorder.ts";
export { createEventRecorder } from "./runtime/events/recorder.ts";
export { createHealthServer } from "./runtime/health.ts";
export type { KubeClient, KubeClientOptions } from "./runtime/kube/client.ts";
export { createKubeClient } from "./runtime/kube/client.ts";
export { connectionFromKubeConfig } from "./runtime/kube/client-node.ts";
export type { Connection } from "./runtime/kube/connection.ts";
export { loadConnection } from "./runtime/kube/connection.ts";
export type { LeaderElector } from "./runtime/leader-election.ts";
export { createLeaderElector } from "./runtime/leader-election.ts";
export type { Logger } from "./runtime/logger.ts";
export { createLogger, loggerOn, silentLogger } from "./runtime/logger.ts";
export { cachePart } from "./runtime/manager/cache-part.ts";
export type { Manager, Part } from "./runtime/manager.ts";
export { createManager } from "./runtime/manager.ts";
export type { Metrics } from "./runtime/metrics.ts";
export { createMetrics } from "./runtime/metrics.ts";
