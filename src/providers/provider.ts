/**
 * The adapter contract: what a provider is asked, when, and what it may rely on.
 *
 * A provider comes in one of two forms. A *direct* provider answers "ensure this load balancer" and "release it" by itself; a
 * *graph* provider says which resources should exist and which do, and the planner and the executor, written once for all,
 * do the rest. In both forms the controller owns finalizers, conditions, Events and status; a provider never writes to Kubernetes objects.
 */

import type { LoadBalancer, LoadBalancerAddress, LoadBalancerPortStatus } from "../api/load-balancer.ts";
import type { LoadBalancerClass } from "../api/load-balancer-class.ts";
import type { KubeObject, Resource } from "../api/meta.ts";
import type { Reason } from "../api/reasons.ts";
import type { DocumentWriter, ResourceActions } from "../core/plan/actions.ts";
import type { DesiredResource, KindRules, ObservedResource } from "../core/plan/types.ts";
import type { AnnotationTable, Finding } from "../core/translate/annotations.ts";

/** One LoadBalancer, as a provider sees it. */
export interface Member {
  /** `namespace/name` of the LoadBalancer. */
  readonly key: string;
  /** The object; where an edit was refused, its `spec` is the one in force, not the refused one. */
  readonly lb: LoadBalancer;
  readonly cls: LoadBalancerClass;
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
  /** Calls back after any object of that resource was added, changed or removed. */
  onChange<T extends KubeObject>(resource: Resource<T>, changed: () => void): void;
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
  /** Checks the settings that annotations gave to one load balancer. Empty: good. */
  checkSettings(settings: Readonly<Record<string, unknown>>): readonly Finding[];
}

/**
 * A provider that needs no resource graph.
 *
 * Order of calls: `start`, then `restore` with every recorded member, then `ensure` and `release` in any order, never two at a time for one
 * key. `ensure` must be safe to repeat: for a member that is served it returns the same outcome and does nothing.
 */
export interface DirectProvider extends ProviderBase {
  readonly form: "direct";
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
  readonly members: readonly Member[];
}

export interface Desired {
  readonly resources: readonly DesiredResource[];
  /** Problems by member key. A member with a `pending` one has no resources; the others go on. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
}

/** A provider whose cloud is described by resources. `Facts` are its own: subnets, zones, instances. */
export interface GraphProvider<Facts = unknown> extends ProviderBase {
  readonly form: "graph";
  /** Which members share resources. By default each stands alone: return `member.key`. */
  stackOf(member: Member): string;
  /** What the network looks like. Cached by the provider, shared by all stacks of a class. */
  facts(cls: LoadBalancerClass, signal: AbortSignal): Promise<Facts>;
  /** Pure: what should exist for this stack. */
  desire(stack: Stack, facts: Facts): Desired;
  /** What exists, found by ownership marks. A stack without members may still have resources: they will be deleted. */
  observe(
    stack: { readonly key: string; readonly cls: LoadBalancerClass },
    signal: AbortSignal,
  ): Promise<readonly ObservedResource[]>;
  /** By kind: how it is compared and changed. */
  readonly rules: Readonly<Record<string, KindRules>>;
  /** By kind: how it is created, updated and deleted. Each call is safe to repeat. */
  readonly actions: Readonly<Record<string, ResourceActions>>;
  /** Where resources are entries of documents that the cloud writes only as a whole. */
  readonly documents?: DocumentWriter;
  /** Pure: the addresses of one member, from what was observed. */
  addresses(member: Member, observed: readonly ObservedResource[]): readonly LoadBalancerAddress[];
}

export type Provider = DirectProvider | GraphProvider;
