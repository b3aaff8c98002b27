/** When to try again after an error of a cloud. Pure: chance comes from outside. */
import type { CloudError } from "./cloud-error.ts";

export type Retry = { readonly when: "after"; readonly ms: number } | { readonly when: "edited" };

const fastBaseMs = 1_000;
const baseMs = 5_000;
const longestMs = 5 * 60_000;
const slowMs = 10 * 60_000;

/**
 * `failures`: how often in a row this has failed, this time included (1 or more). `random`: from 0 to below 1.
 * The cloud's Retry-After is never undercut. Quota, permission and missing references: 10 to 15 minutes, for the
 * cure may come from outside. Invalid: only an edit helps.
 */
export function retryAfter(
  error: Pick<CloudError, "class" | "retryAfterMs">,
  failures: number,
  random: () => number,
): Retry {
  const atLeast = error.retryAfterMs ?? 0;
  switch (error.class) {
    case "retry":
      // After a stated time spread a little, or all who were told the same come back at once.
      if (error.retryAfterMs !== undefined)
        return { when: "after", ms: error.retryAfterMs * (1 + 0.1 * random()) };
      return { when: "after", ms: backoffMs(baseMs, failures, random) };
    case "conflict":
    case "gone":
      return { when: "after", ms: Math.max(atLeast, backoffMs(fastBaseMs, failures, random)) };
    case "quota":
    case "permission":
    case "missing":
      return { when: "after", ms: Math.max(atLeast, slowMs * (1 + 0.5 * random())) };
    case "invalid":
      return { when: "edited" };
    default:
      return error.class satisfies never;
  }
}

/** Doubles up to five minutes; jitter takes away up to a half. */
function backoffMs(base: number, failures: number, random: () => number): number {
  const full = Math.min(longestMs, base * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return full * (0.5 + 0.5 * random());
}
