/** What the planner reads and writes: resources as data, rules of their kinds, and operations in an order. Knows no cloud. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Fields = Readonly<Record<string, Json>>;

/** Something that should exist. */
export interface DesiredResource {
  /** Stable within the stack, e.g. "listener/TCP-80"; the same id must be found again in what is observed. */
  readonly id: string;
  readonly kind: string;
  /**
   * Only the fields we own: a field that is not mentioned is somebody else's and is left as it is. A value may hold a
   * `reference` to another resource of the stack, also deep inside; that is a dependency too.
   */
  readonly fields: Fields;
  /** Ids that must be there before this one and may go only after it. */
  readonly dependsOn: readonly string[];
  /** UIDs of the load balancers it serves. */
  readonly members: readonly string[];
  /** The document this is an entry of, if the cloud writes it only as a whole: its operations share one write. */
  readonly document?: string | undefined;
  /** Cloud id of something without our mark that is to be taken over in its place, as far as `ObservedResource.adoption` allows it. */
  readonly adopt?: string | undefined;
  /** Why it is wanted, e.g. "port 80 of the Service": becomes the reason of its operations. */
  readonly note?: string | undefined;
}

/** Something that exists. Several may carry one id: an interrupted replacement, or a creation whose answer was lost. */
export interface ObservedResource {
  readonly id: string;
  readonly kind: string;
  readonly cloudId: string;
  /** Tells two lives of one `cloudId` apart where the cloud uses names again (a creation time, a numeric id). */
  readonly incarnation?: string | undefined;
  /** When it was made, where the cloud tells: RFC 3339. For people only. */
  readonly createdAt?: string | undefined;
  /** All that was read, what the cloud adds (an address) included: `reference` may point there. */
  readonly fields: Fields;
  /** Ids whose resources it uses in the cloud now: those can't be deleted before this one lets go. */
  readonly dependsOn: readonly string[];
  /** Carries our mark, of this cluster and this stack. What is not ours is never changed or deleted. */
  readonly ours: boolean;
  /** Of what is not ours: whether it may be taken over where that is asked for, or why not ("is marked by cluster …"). */
  readonly adoption?: "allowed" | { readonly refused: string } | undefined;
  readonly members?: readonly string[] | undefined;
  readonly document?: string | undefined;
}

export type ReplaceMode = "create-first" | "delete-first";
/** How resources of one kind are compared, changed and replaced. */
export interface KindRules {
  /** Breaks ties in the order of independent operations; lower first, default 0. */
  readonly order?: number | undefined;
  /** What a difference in a field asks for. "ignore": the field counts at creation only. */
  change(field: string): "update" | "replace" | "ignore";
  /** Whether two values mean the same (order of a list, spelling of a URL). Default: equal as JSON. */
  equal?(field: string, desired: Json, observed: Json): boolean;
  /**
   * A value that serves users of both the old and the new one (a union of rules or targets). Where it is neither, the
   * update is done in two: widened before those who depend on the resource change, narrowed after. Undefined: not so here.
   */
  widen?(field: string, observed: Json, desired: Json): Json | undefined;
  /**
   * "create-first": the new one stands beside the old, users move over, the old one goes. "delete-first": the two can't
   * stand side by side; what uses the old one in the cloud is deleted before and created again after.
   */
  readonly replace: ReplaceMode | ((observed: ObservedResource, desired: DesiredResource) => ReplaceMode);
  /** Whether users see another address or DNS name after a replacement. */
  readonly changesAddress: boolean | ((observed: ObservedResource, desired: DesiredResource) => boolean);
  /**
   * While its replacement is held, nothing of it is changed in place either: for kinds whose other fields would be wrong for the old one. Default:
   * what can be changed is.
   */
  readonly heldWhole?: boolean | undefined;
  /**
   * When one goes for good. "last" (default): after its siblings (same kind, a dependency in common) were created or
   * updated, and not if one of them failed, so that nothing is deregistered before its successor is registered. "any": no order.
   */
  readonly removal?: "last" | "any" | undefined;
}

export interface PlanPolicy {
  /** What happens to a replacement that changes an address: waits for its id, or is done. */
  readonly replacement: "Acknowledge" | "Allow";
  /** Ids that users acknowledged: `Plan.id`, or the part that `acknowledgementFor` shows to one member. */
  readonly acknowledged?: string | readonly string[] | undefined;
  /** What happens to a difference that nobody asked for. */
  readonly drift: "Repair" | "Report";
  /**
   * Says that this very resource was applied before and no plan that touches it was left unfinished since: then a
   * difference is drift. Default: never.
   */
  readonly unchanged?: ((desired: DesiredResource) => boolean) | undefined;
  /** What happens to ours that is no longer wanted. What was replaced goes in any case. */
  readonly deletion: "Delete" | "Retain";
  /** Cloud ids that users are being served by (from status): of two copies that fit equally well this one is kept. */
  readonly recorded?: ReadonlySet<string> | undefined;
  readonly rejected?: ReadonlySet<string> | undefined;
}

/** One field that differs. `from` is missing if the cloud has no value, `to` may still hold a reference. */
export interface FieldChange {
  readonly field: string;
  readonly from?: Json | undefined;
  readonly to: Json;
}

interface OperationBase {
  /** Names the operation within the plan: "create listener/TCP-80". */
  readonly key: string;
  readonly id: string;
  readonly kind: string;
  readonly document?: string | undefined;
  readonly members: readonly string[];
  readonly changes: readonly FieldChange[];
  readonly because: string;
  /** It destroys an address: the id under which users allow that. */
  readonly acknowledge?: string | undefined;
  /** Keys of operations of this plan that must have succeeded first, sorted. */
  readonly after: readonly string[];
}
/** A replacement is a create that names what it replaces, and a delete of each of those that says `replaced`. */
export interface CreateOperation extends OperationBase {
  readonly do: "create";
  readonly fields: Fields;
  readonly replaces: readonly string[];
}
export interface UpdateOperation extends OperationBase {
  readonly do: "update";
  readonly cloudId: string;
  /** All desired fields, for clouds that write whole objects; with the widened values where `step` is "widen". */
  readonly fields: Fields;
  readonly observed: Fields;
  readonly step: "whole" | "widen" | "narrow";
  /** Its replacement is held: what asks for it stays as observed, so that it goes on using what it used. */
  readonly replacementHeld?: true;
}
export interface DeleteOperation extends OperationBase {
  readonly do: "delete";
  readonly cloudId: string;
  readonly observed: Fields;
  readonly replaced: boolean;
}
export type Operation = CreateOperation | UpdateOperation | DeleteOperation;

export interface HeldOperation {
  readonly operation: Operation;
  /**
   * Acknowledgement: destroys an address. Drift, Deletion: the policy says so. Refused: needs what is not ours.
   * Held: follows, or makes room for, another held operation. InUse: what is kept still uses it.
   */
  readonly waitsFor: "Acknowledgement" | "Drift" | "Deletion" | "Refused" | "Held" | "InUse" | "Rejected";
}

/** Something we would have to touch and may not: it does not carry our mark, or can't be taken over as asked. */
export interface Refusal {
  readonly id: string;
  readonly kind: string;
  readonly cloudId: string;
  readonly members: readonly string[];
  /** As it follows the name of what is refused: "does not exist". */
  readonly because: string;
  /** It is what was named for adoption. */
  readonly adoption?: boolean | undefined;
}

export interface Plan {
  /**
   * Names all that destroys an address, acknowledged or not; "" if nothing does. Made of one part for each such
   * replacement ("1f3a9c02.77b01e4d"); a part stays the same while an interrupted replacement is taken up again, and is
   * another if anything else would be destroyed or put in its place.
   */
  readonly id: string;
  /** To be run; in an order that keeps every `after`. */
  readonly operations: readonly Operation[];
  readonly held: readonly HeldOperation[];
  readonly refused: readonly Refusal[];
}
