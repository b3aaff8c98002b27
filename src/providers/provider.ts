/**
 * The adapter contract: what a provider is asked, when, and what it may rely on.
 *
 * A provider comes in one of two forms. A *direct* provider answers "ensure this load balancer" and "release it" by itself; a
 * *graph* provider says which resources should exist and which do, and the planner and the executor, written once for all,
 * do the rest. In both forms the controller owns finalizers, conditions, Events and status; a provider never writes to Kubernetes objects.
 */

import type { EndpointSlice, Node, Service } from "../api/kubernetes.ts";
import type { LoadBalancer, LoadBalancerAddress, LoadBalancerPortStatus } from "../api/load-balancer.ts";
import type { LoadBalancerClass } from "../api/load-balancer-class.ts";
import type { KubeObject, Resource } from "../api/meta.ts";
import type { Reason } from "../api/reasons.ts";
import type { DocumentWriter, ResourceActions } from "../core/plan/actions.ts";
import type { DesiredResource, Json, KindRules, ObservedResource } from "../core/plan/types.ts";
import type { AnnotationTable, Finding } from "../core/translate/annotations.ts";
import type { Clock } from "../runtime/clock.ts";

/** One LoadBalancer, as a provider sees it. */
export interface Member {
  /** `namespace/name` of the LoadBalancer. */
  readonly key: string;
  /** The object; where an edit was refused, its `spec` is the one in force, not the refused one. */
  readonly lb: LoadBalancer;
  readonly cls: LoadBalancerClass;
  /** The Service it was made for; undefined for one written by hand. */
  readonly service?: Service | undefined;
  /** Sorts members by age of the Service (or of a LoadBalancer written by hand), then namespace, name, UID. */
  readonly order: string;
}

/** Something wrong with one member. It hurts this member only. */
export interface Problem {
  /** `pending`: there is no address for it. `degraded`: it works, but not as asked. */
  readonly kind: "pending" | "degraded";
  readonly reason: Reason;
  readonly message: string;
}

/** What became of one member. */
export interface Outcome {
  /** The addresses that serve this member now, in the order of its families. Empty while it waits. */
  readonly addresses: readonly LoadBalancerAddress[];
  /** The ports in force on these addresses. */
  readonly ports: readonly LoadBalancerPortStatus[];
  /** Whom the addresses are shared with, as far as that is in force; kept in status and given back by `restore`. */
  readonly sharing?: SharingInForce;
  /** Cloud resources by kind and id, for status. */
  readonly resources?: readonly { readonly kind: string; readonly id: string }[];
  readonly problems: readonly Problem[];
  /** When to look again, although nothing in the cluster has changed. */
  readonly retryAfterMs?: number;
}

export type SharingInForce = NonNullable<NonNullable<LoadBalancer["status"]>["sharing"]>;

/** Objects of the cluster (or, offline, of manifests) that a provider decides by. */
export interface ObjectSource {
  list<T extends KubeObject>(resource: Resource<T>): readonly T[];
  /** Calls back after any object of that resource was added, removed (`gone`) or changed in a way that can change a decision. */
  onChange<T extends KubeObject>(resource: Resource<T>, changed: (object: T, gone: boolean) => void): void;
}

/** What a provider gets from its surroundings, once, before anything else is asked of it. */
export interface ProviderContext {
  readonly objects: ObjectSource;
  /** Has these members (keys) reconciled again; for a direct provider that can serve what had to wait. */
  readonly wake: (keys: Iterable<string>) => void;
}

interface ProviderBase {
  /** The value of `spec.provider` in a LoadBalancerClass. */
  readonly name: string;
  /** Resources that outlive a Kubernetes object: finalizers are set before the first call that may create one. */
  readonly externalResources: boolean;
  /** The annotations known from this platform. */
  readonly annotations: readonly AnnotationTable[];
  /** Checks `spec.settings` of a class. Empty: good. */
  checkClass(settings: Readonly<Record<string, unknown>>): readonly Finding[];
  /** Settings of a class that may not change once it was accepted, such as the region (law 11). Default: none. */
  readonly immutableSettings?: readonly string[];
  /**
   * Whether annotations known from the platform ask for this class, where the Service names none: only what the class's settings list.
   * Default: never.
   */
  claimsByAnnotation?(
    annotations: Readonly<Record<string, string>>,
    settings: Readonly<Record<string, unknown>>,
  ): boolean;
  /** Checks the settings that annotations gave to one load balancer; `cls`: those of its class, where they are known. Empty: good. */
  checkSettings(
    settings: Readonly<Record<string, unknown>>,
    cls?: Readonly<Record<string, unknown>>,
  ): readonly Finding[];
  /**
   * Settings that are good and do nothing beside the others, for those who check manifests. In a cluster the provider tells of them as
   * problems. Default: none.
   */
  settingsWithoutEffect?(settings: Readonly<Record<string, unknown>>): readonly Finding[];
}

/**
 * A provider that needs no resource graph.
 *
 * Order of calls: `start`, then `restore` with every recorded member, then `ensure` and `release` in any order, never two at a time for one
 * key. `ensure` must be safe to repeat: for a member that is served it returns the same outcome and does nothing.
 */
export interface DirectProvider extends ProviderBase {
  readonly form: "direct";
  /** Kinds that it reads from `ProviderContext.objects`, beside those that are always there. Default: none. */
  readonly watches?: readonly "nodes"[];
  start(context: ProviderContext): void;
  /** Takes back what was recorded in status, before any new address is given out (law 4). May be called again with more. */
  restore(members: readonly RecordedMember[]): void;
  ensure(member: Member, signal: AbortSignal): Promise<Outcome>;
  /** Gives up what the member has. A key never seen is no error. */
  release(key: string, signal: AbortSignal): Promise<void>;
}

/** A member with what its status, or its Service's, says that it has. */
export interface RecordedMember {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly order: string;
  readonly addresses: readonly LoadBalancerAddress[];
  readonly ports: readonly LoadBalancerPortStatus[];
  readonly sharing: SharingInForce | undefined;
  /**
   * Whether Fairlead recorded it. What another controller left in the status of a Service counts only where it fits: for
   * addresses, where a pool has them.
   */
  readonly ours: boolean;
}

/** Load balancers that share cloud resources, and are planned and applied together. */
export interface Stack {
  readonly key: string;
  readonly cls: LoadBalancerClass;
  /** In the order of age. */
  readonly members: readonly Member[];
  /** Key of the member whose word counts for the load balancer as a whole; undefined where there are no members. */
  readonly leader: string | undefined;
  /** All nodes of the cluster, where the provider watches them; see `core/backends` for who may take traffic. */
  readonly nodes: readonly Node[];
  /** By member key: the EndpointSlices of its Service, where the provider watches them. */
  readonly endpointSlices: ReadonlyMap<string, readonly EndpointSlice[]>;
}

export interface Desired {
  readonly resources: readonly DesiredResource[];
  /** Problems by member key. A member with a `pending` one has no resources; the others go on. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
}

/** What one stack needs of a stack that many share, such as a firewall of the nodes. */
export interface Claim {
  /** Key of the shared stack, made of the cloud resource: the same whatever class the claim comes from. */
  readonly on: string;
  /** Whatever `desireShared` can make resources of. Bounded; compared as JSON. */
  readonly needs: Json;
}

/** All that is claimed of one shared stack. */
export interface SharedStack {
  readonly key: string;
  /** By key of the claiming stack; one that is changing has what it needed before among them too. */
  readonly claims: readonly { readonly stack: string; readonly needs: Json }[];
}

/** Names a stack for a look at the cloud. */
export interface StackRef {
  readonly key: string;
  readonly cls: LoadBalancerClass;
  /** A stack that others claim; it has no members of its own. */
  readonly shared: boolean;
  /** Cloud ids that users want taken over: looked at though they do not carry our mark. */
  readonly adopt: readonly string[];
  /**
   * Cloud ids that the status of its members has. What of these exists without any mark is told as not ours, under the id that it had as
   * ours, with the reason why in `adoption`: then it is not made once more beside it. Default: none.
   */
  readonly recorded?: readonly string[] | undefined;
  /** Nothing of it is wanted any more: fields that deleting needs not know are never looked at, so what costs calls may be left out. */
  readonly going?: boolean | undefined;
  /** The Services that its members were made for: what others marked for one of them may be taken over. Default: what `key` names. */
  readonly services?: readonly { readonly namespace: string; readonly name: string }[] | undefined;
}

/** A stack that resources in the cloud carry the mark of, whether or not anything in the cluster belongs to it. */
export type MarkedStack = Pick<StackRef, "key" | "shared">;

/** What there is of one member, as far as it was observed. */
export interface MemberResult {
  /** In the order of its families; empty while there is nothing to use. */
  readonly addresses: readonly LoadBalancerAddress[];
  /** The ports in force on them. Default: all of the spec. */
  readonly ports?: readonly LoadBalancerPortStatus[];
  readonly problems?: readonly Problem[];
  /** The cloud is still at it: when to look again by `poll`. */
  readonly retryAfterMs?: number;
}

/** What a cloud's health checks say of one target. */
export interface TargetHealth {
  /** RFC 5952 text where it is IPv6. */
  readonly address: string;
  readonly port: number;
  readonly state: "healthy" | "initial" | "unhealthy" | "draining" | "unused" | "unavailable";
  /** The cloud's own word for it, such as `Target.FailedHealthChecks`. */
  readonly reason?: string;
  readonly message?: string;
}

/** What `providerConformance` may ask of a provider, beyond what all must do. */
export type Feature =
  /** Several Services on one load balancer: `fairlead.io/group`. */
  | "sharing"
  | "adoption"
  | "release"
  /** Follows nodes. */
  | "nodes"
  /** Follows EndpointSlices. */
  | "endpoints"
  /** A change of scheme is a replacement that has to be acknowledged. */
  | "scheme-change"
  /** What others changed in the cloud is found and put back. */
  | "drift";

/** What a graph provider gets from its surroundings, once, before anything else is asked of it. */
export interface GraphContext {
  /** UID of the namespace kube-system: the first half of every ownership mark. */
  readonly clusterUid: string;
  readonly clock: Clock;
}

/**
 * A provider whose cloud is described by resources. `Facts` are its own: subnets, zones, instances; plain JSON data, so that they can be
 * written to a file and planned by offline.
 *
 * For each change of a stack the controller calls `facts`, `claims`, `desire`, then `observe` (unless it knows what is there from its own
 * last work), plans, and runs `actions`. Nothing but `actions` and `documents` changes the cloud.
 */
export interface GraphProvider<Facts = unknown> extends ProviderBase {
  readonly form: "graph";
  readonly features: readonly Feature[];
  /** Kinds of the cluster that stacks are decided by; changes of them bring the stacks back. Default: none. */
  readonly watches?: readonly ("nodes" | "endpointslices")[];
  start?(context: GraphContext): void;
  /** Which members share resources. By default each stands alone: return `member.key`. */
  stackOf(member: Member): string;
  /** What the network looks like, as far as this stack needs to know. Cached by the provider, shared by all stacks; bounded in age. */
  facts(stack: Stack, signal: AbortSignal): Promise<Facts>;
  /** Pure: what the stack needs of stacks shared with others. They are widened before its own resources change, and narrowed after. */
  claims?(stack: Stack, facts: Facts): readonly Claim[];
  /** Pure: what should exist for this stack. `sharedReference` points at resources of shared stacks. */
  desire(stack: Stack, facts: Facts): Desired;
  /** Pure: what should exist so that all claims on a shared stack hold. `problems` are by key of the claiming stack, as in the claims. */
  desireShared?(shared: SharedStack): Desired;
  /**
   * What exists, found by ownership marks, in as few calls as can be for all of these stacks together; by stack key. A stack without
   * members may still have resources: they will be deleted. Every read begins after the call.
   */
  observe(
    stacks: readonly StackRef[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly ObservedResource[]>>;
  /** Reads again only what changes by itself (a state, an address), of stacks that told `retryAfterMs`. Default: `observe`. */
  poll?(
    stacks: readonly (StackRef & { readonly observed: readonly ObservedResource[] })[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly ObservedResource[]>>;
  /**
   * How the targets of a stack fare, by address: asked every few seconds while pods with readiness gates wait for it, and not at all
   * otherwise. One that is a target in several places is told for each of them. Makes the controller hand over pods that wait for
   * nothing but their gates as ready endpoints, and open the gates once the pods are healthy.
   */
  targetHealth?(
    stack: StackRef & { readonly observed: readonly ObservedResource[] },
    signal: AbortSignal,
  ): Promise<readonly TargetHealth[]>;
  /** Beginnings of the readiness gates (condition types of pods) known from this platform, answered beside `target-health.fairlead.io/`. */
  readonly readinessGates?: readonly string[];
  /** All stacks that something in reach of this class is marked with, those of other classes too: to find orphans. Each key once. */
  stacks?(cls: LoadBalancerClass, signal: AbortSignal): Promise<readonly MarkedStack[]>;
  /** Pure: a stack's key as marks have it, and `stacks` gives it, where not every key fits into them. Default: as it is. */
  keyInMarks?(key: string): string;
  /** By kind: how it is compared and changed. */
  readonly rules: Readonly<Record<string, KindRules>>;
  /** By kind: how it is created, updated and deleted. Each call is safe to repeat. */
  readonly actions: Readonly<Record<string, ResourceActions>>;
  /** Where resources are entries of documents that the cloud writes only as a whole. */
  readonly documents?: DocumentWriter;
  /** Pure: what one member has, from what was observed. */
  result(member: Member, observed: readonly ObservedResource[]): MemberResult;
}

export type Provider = DirectProvider | GraphProvider;
