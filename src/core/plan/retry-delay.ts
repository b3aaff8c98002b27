/** When to try again after an error of a cloud. Pure: chance comes from outside; counting failures is the work queue's part. */
import type { CloudError } from "./cloud-error.ts";

export type RetryDelay =
  /** Soon, and later with every further failure. */
  | { readonly retry: "backoff" }
  /** After exactly that time. */
  | { readonly retry: "after"; readonly afterMs: number }
  /** Not before the object was edited. */
  | { readonly retry: "never" };

const slowMs = 10 * 60_000;
/** The usual verify period: once in that time the cloud is asked anyway, and an unchanged load balancer costs it no more. */
const longestToldMs = 60 * 60_000;

/**
 * The cloud's Retry-After is undercut only where it is more than an hour, for a typing error in a header must not stop a load balancer for
 * years. It is spread by up to a tenth, or all who were told the same come back at once. One that is no time (0, NaN) counts as none.
 * Quota, permission and missing references: 10 to 15 minutes, for the cure may come from outside. Invalid: only an
 * edit helps. `random`: from 0 to below 1.
 */
export function retryDelay(
  error: Pick<CloudError, "class" | "retryAfterMs">,
  random: () => number,
): RetryDelay {
  const { retryAfterMs = 0 } = error;
  const told = retryAfterMs > 0 ? Math.min(retryAfterMs, longestToldMs) * (1 + 0.1 * random()) : undefined;
  switch (error.class) {
    case "retry":
    case "conflict":
    case "gone":
      return told === undefined ? { retry: "backoff" } : { retry: "after", afterMs: told };
    case "quota":
    case "permission":
    case "missing":
      return { retry: "after", afterMs: Math.max(told ?? 0, slowMs * (1 + 0.5 * random())) };
    case "invalid":
      return { retry: "never" };
    default:
      return error.class satisfies never;
  }
}
