/** The error for a request that the API server answered with a failure, and the questions callers ask about it. */

const brand = Symbol.for("fairlead.runtime.ApiError");

/** The parts of a `v1.Status` object that an error keeps. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly { reason?: string; message?: string; field?: string }[];
}

/**
 * A refusal by the API server, over HTTP or as an ERROR event inside a watch.
 *
 * `message` names what was tried, the status, the reason and the server's own words. It never holds request headers.
 */
export class ApiError extends Error {
  /** HTTP status code; for an ERROR event the `code` of its Status. */
  readonly status: number;
  /** Reason of the Status object, such as `NotFound` or `AlreadyExists`; "" if the answer was no Status. */
  readonly reason: string;
  /** How long the server asks to be left alone, from `Retry-After` or the Status. */
  readonly retryAfterMs?: number | undefined;
  readonly details?: StatusDetails | undefined;
  /** The server's own words, without what was tried. */
  readonly serverMessage: string;

  constructor(
    attempted: string,
    answer: {
      readonly status: number;
      readonly reason?: string | undefined;
      readonly message?: string | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly details?: StatusDetails | undefined;
    },
  ) {
    const reason = answer.reason ?? "";
    const told = answer.message ? `: ${answer.message}` : "";
    super(`Cannot ${attempted}: ${answer.status}${reason ? ` ${reason}` : ""}${told}`);
    this.name = "ApiError";
    this.status = answer.status;
    this.reason = reason;
    this.retryAfterMs = answer.retryAfterMs;
    this.details = answer.details;
    this.serverMessage = answer.message ?? "";
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for any `ApiError`, also one from another copy of this module. */
export function isApiError(error: unknown): error is ApiError {
  return typeof error === "object" && error !== null && brand in error;
}

const hasReason = (error: unknown, status: number, ...reasons: string[]): boolean =>
  isApiError(error) && (error.reason ? reasons.includes(error.reason) : error.status === status);

/** No such object, or no such kind. */
export const isNotFound = (error: unknown): boolean => isApiError(error) && error.status === 404;
/** The object changed meanwhile, or a field belongs to another field manager. Not `AlreadyExists`. */
export const isConflict = (error: unknown): boolean => hasReason(error, 409, "Conflict");
export const isAlreadyExists = (error: unknown): boolean =>
  isApiError(error) && error.reason === "AlreadyExists";
/** The resource version or continue token is too old: list again. */
export const isGone = (error: unknown): boolean =>
  isApiError(error) && (error.status === 410 || error.reason === "Expired" || error.reason === "Gone");
/** The object breaks a rule of its schema or of the API server. */
export const isInvalid = (error: unknown): boolean => isApiError(error) && error.status === 422;
export const isForbidden = (error: unknown): boolean => isApiError(error) && error.status === 403;

/**
 * Reads an answer's body into an `ApiError`.
 *
 * `attempted` completes the sentence "Cannot …", e.g. `patch services default/web (status)`.
 */
export function apiErrorFrom(
  attempted: string,
  answer: { readonly status: number; readonly retryAfter?: string | undefined; readonly body: string },
  now: number,
): ApiError {
  const status = parseStatus(answer.body);
  return new ApiError(attempted, {
    status: answer.status,
    reason: status?.reason,
    message: status ? status.message : answer.body.slice(0, 300).trim(),
    details: status?.details,
    retryAfterMs: parseRetryAfter(answer.retryAfter, now) ?? secondsToMs(status?.details?.retryAfterSeconds),
  });
}

/** The `ApiError` for the Status object inside a watch's ERROR event. */
export function apiErrorFromStatus(attempted: string, object: unknown): ApiError {
  const status = asStatus(object);
  return new ApiError(attempted, {
    status: status?.code ?? 500,
    reason: status?.reason,
    message: status?.message ?? "the watch ended with an ERROR event that holds no Status",
    details: status?.details,
    retryAfterMs: secondsToMs(status?.details?.retryAfterSeconds),
  });
}

interface Status {
  readonly kind: "Status";
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: StatusDetails;
}

function parseStatus(body: string): Status | undefined {
  try {
    return asStatus(JSON.parse(body));
  } catch {
    // A proxy's own error page: its text is shown instead.
    return undefined;
  }
}

function asStatus(value: unknown): Status | undefined {
  return typeof value === "object" && value !== null && (value as Status).kind === "Status"
    ? (value as Status)
    : undefined;
}

function secondsToMs(seconds: number | undefined): number | undefined {
  return typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined;
}

/** `Retry-After` is a number of seconds or an HTTP date (RFC 9110 §10.2.3). */
function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
