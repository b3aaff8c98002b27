/** The one class that every error of a cloud is put in, and the reason users see for it. Knows no cloud. */
import type { Reason } from "../../api/reasons.ts";

/**
 * retry: the cloud's trouble, it passes. conflict: what we read is stale. quota: a limit is reached. permission: we may not.
 * missing: something the user names is not there. invalid: the cloud will never take this. gone: our own resource is not there.
 */
export type CloudErrorClass = "retry" | "conflict" | "quota" | "permission" | "missing" | "invalid" | "gone";

const brand = Symbol.for("fairlead.io/CloudError");

export interface CloudErrorOptions {
  /** The cloud's own Retry-After; an hour of it is waited for at most. */
  readonly retryAfterMs?: number | undefined;
  /** UID of the load balancer to blame, where the cloud names the part it rejects. */
  readonly member?: string | undefined;
  /** The field to blame, as the cloud writes it. */
  readonly field?: string | undefined;
  readonly cause?: unknown;
}

/** Thrown by everything that talks to a cloud. The message is shown to users: what was tried, on what, what came back. */
export class CloudError extends Error {
  readonly class: CloudErrorClass;
  readonly retryAfterMs: number | undefined;
  readonly member: string | undefined;
  readonly field: string | undefined;

  constructor(errorClass: CloudErrorClass, message: string, options: CloudErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CloudError";
    this.class = errorClass;
    this.retryAfterMs = options.retryAfterMs;
    this.member = options.member;
    this.field = options.field;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Holds for errors of another copy of this module too. */
export function isCloudError(error: unknown): error is CloudError {
  return typeof error === "object" && error !== null && brand in error;
}

const reasons = {
  retry: "Retrying",
  conflict: "Conflict",
  quota: "QuotaExceeded",
  permission: "PermissionDenied",
  missing: "MissingReference",
  invalid: "RejectedByCloud",
  gone: "Gone",
} as const satisfies Record<CloudErrorClass, Reason>;

/** The condition reason for a class, from the closed list of the API. */
export function reasonOf(errorClass: CloudErrorClass): (typeof reasons)[CloudErrorClass] {
  return reasons[errorClass];
}
