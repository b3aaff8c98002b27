/** What a provider implements so that operations of a plan can be run; called by the executor only. */
import type { LoadBalancerClass } from "../../api/load-balancer-class.ts";
import type { Known } from "./reference.ts";
import type { CreateOperation, DeleteOperation, Fields, Operation, UpdateOperation } from "./types.ts";

export interface OperationContext {
  /** Aborted when the operator stops or loses its lease: pass it into every request. */
  readonly signal: AbortSignal;
  /** To be called right before every request is sent, retries included; throws if nothing may be sent any more. */
  guard(): void;
  /** Key of the stack that the operation belongs to. */
  readonly stack: string;
  /** The class by which the cloud is reached: its settings say where and as whom. */
  readonly cls: LoadBalancerClass;
  /** All operations of the plan that it is part of; absent outside of plans. */
  readonly plan?: readonly Operation[] | undefined;
}

/**
 * Runs operations on resources of one kind. References in the operation are resolved. Each call must be safe to repeat: a
 * creation that finds what an earlier attempt made under our mark takes it, a deletion of what is gone succeeds (throwing
 * `CloudError` "gone" counts as success there). Ends when the cloud has done the work, not when it has accepted it.
 */
export interface ResourceActions {
  create(operation: CreateOperation, context: OperationContext): Promise<Known>;
  /** Returns observed fields that came out other than the operation's, such as an address that the cloud chose. */
  update(operation: UpdateOperation, context: OperationContext): Promise<Fields | undefined>;
  delete(operation: DeleteOperation, context: OperationContext): Promise<void>;
  /** Takes our mark off and leaves the rest as it is, for the feature "release". */
  release?(
    resource: {
      readonly id: string;
      readonly kind: string;
      readonly cloudId: string;
      readonly observed: Fields;
    },
    context: OperationContext,
  ): Promise<void>;
}

/**
 * Writes many entries of one document at once, under its ETag, keeping what is not ours in it. Either all of the
 * operations take effect or, when it throws, none. Returns what it created, by id.
 */
export interface DocumentWriter {
  write(
    document: string,
    operations: readonly Operation[],
    context: OperationContext,
  ): Promise<ReadonlyMap<string, Known>>;
}
