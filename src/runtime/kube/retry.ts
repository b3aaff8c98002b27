/** Whether a failed request may be sent again, and when. Pure. */

import { isApiError } from "./api-error.ts";
import { isTransportError } from "./transport.ts";

/**
 * What a second sending of the same request would do.
 *
 * - `harmless`: nothing that the first had not done (GET, DELETE, apply, merge patch).
 * - `doubled`: might be done twice (POST), or be refused because the first went through (PUT, JSON patch).
 */
export type Repetition = "harmless" | "doubled";

export interface RetryPolicy {
  /** Tries after the first. */
  readonly maxRetries: number;
  /** First wait; doubles with each retry up to `capMs`. */
  readonly baseMs: number;
  readonly capMs: number;
  /** A server that asks for more than this is not waited for: the caller gets the error and its `retryAfterMs`. */
  readonly longestRetryAfterMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  maxRetries: 5,
  baseMs: 100,
  capMs: 3_000,
  longestRetryAfterMs: 10_000,
};

/**
 * Milliseconds to wait before the next try, or undefined if there should be none.
 *
 * | failure | harmless | doubled |
 * |---|---|---|
 * | 429 (the server did nothing) | again | again |
 * | 502, 503, 504; 500 with Retry-After | again | no |
 * | no byte was sent (refused, DNS, TLS) | again | again |
 * | reset or timeout after sending | again | no |
 *
 * `attempt` counts from 0; `random` gives [0, 1).
 */
export function retryDelay(
  error: unknown,
  attempt: number,
  repetition: Repetition,
  policy: RetryPolicy,
  random: () => number,
): number | undefined {
  if (attempt >= policy.maxRetries || !mayRepeat(error, repetition)) return undefined;
  const backoff = Math.min(policy.capMs, policy.baseMs * 2 ** attempt) * (1 + random());
  const asked = isApiError(error) ? error.retryAfterMs : undefined;
  if (asked === undefined) return backoff;
  // Everybody was told the same time: some jitter on top, or all come back at once.
  return asked > policy.longestRetryAfterMs ? undefined : asked + random() * policy.baseMs;
}

function mayRepeat(error: unknown, repetition: Repetition): boolean {
  if (isApiError(error)) {
    if (error.status === 429) return true;
    if (repetition === "doubled") return false;
    if (error.status === 500) return error.retryAfterMs !== undefined;
    return error.status === 502 || error.status === 503 || error.status === 504;
  }
  if (!isTransportError(error)) return false;
  if (neverBetter.has(error.code) || isCertificateTrouble(error.code)) return false;
  return !error.sent || repetition === "harmless";
}

/** Of our own codes those where another try would bring the same. */
const neverBetter: ReadonlySet<string> = new Set(["ECLOSED", "ETOOLARGE", "EBADRESPONSE"]);

/** Trying again does not make a certificate better. */
function isCertificateTrouble(code: string): boolean {
  return code.startsWith("ERR_TLS_") || code.includes("CERT") || code.includes("SIGNATURE");
}
