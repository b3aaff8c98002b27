/** What an error of a provider means for its load balancer: what to tell, and when to try again. */
import { isCloudError, reasonOf } from "../../core/plan/cloud-error.ts";
import { retryDelay } from "../../core/plan/retry-delay.ts";
import type { Problem } from "../../providers/provider.ts";
import { messageOf, RetryAfterError, TerminalError } from "../../runtime/errors.ts";

/** `held`: it has an address, so the trouble is a flaw and not the reason for having none. */
export function problemOf(error: unknown, held: boolean): Problem {
  const kind = held ? "degraded" : "pending";
  const reason = isCloudError(error) ? reasonOf(error.class) : "Retrying";
  return { kind, reason, message: messageOf(error) };
}

/** The error as the work queue understands it: one thrown as it is backs off, longer with each failure in a row. */
export function asQueueError(error: unknown, random: () => number = Math.random): unknown {
  if (!isCloudError(error)) return error;
  const delay = retryDelay(error, random);
  switch (delay.retry) {
    case "backoff":
      return error;
    case "after":
      return new RetryAfterError(error.message, delay.afterMs, { cause: error });
    case "never":
      return new TerminalError(error.message, { cause: error });
    default:
      return delay satisfies never;
  }
}

/** Of several errors the one by which to try again: what may pass soon is not held up by what waits for an edit. */
export function mostHopeful(errors: readonly unknown[]): unknown {
  const patience = (error: unknown): number => {
    if (!isCloudError(error)) return 0;
    const delay = retryDelay(error, () => 0);
    return delay.retry === "backoff" ? 0 : delay.retry === "after" ? delay.afterMs : Number.POSITIVE_INFINITY;
  };
  let best: { readonly error: unknown; readonly patience: number } | undefined;
  for (const error of errors) {
    if (best === undefined || patience(error) < best.patience) best = { error, patience: patience(error) };
  }
  return best?.error;
}
