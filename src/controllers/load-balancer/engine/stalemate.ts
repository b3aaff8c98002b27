/** Remembers what the cloud refused in a way that does not pass soon, so that no news of the cluster makes it be tried again before time. */
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import { retryDelay } from "../../../core/plan/retry-delay.ts";
import type { Clock } from "../../../runtime/clock.ts";

export interface Stalemate<Attempt> {
  /** What came of the same wish the last time. */
  readonly attempt: Attempt;
  /** When trying again is not vain any more; of the monotonic clock. */
  readonly untilMs: number;
}

export interface Stalemates<Attempt> {
  /** While trying again is vain. */
  of(stack: string, wish: string): Stalemate<Attempt> | undefined;
  /** Call after every attempt: one without such failures ends the stalemate. */
  note(stack: string, wish: string, attempt: Attempt, failures: readonly unknown[]): void;
  /** What is known now of the same attempt; the stalemate lasts no longer for it. */
  update(stack: string, attempt: Attempt): void;
  forget(stack: string): void;
}

/** Of the shortest wait that the queue is told, so that its own try is not taken for a vain one. */
const share = 0.95;

/** `longestMs`: after this even what the cloud called invalid is tried again. */
export function createStalemates<Attempt>({
  clock,
  longestMs,
}: {
  readonly clock: Clock;
  readonly longestMs: number;
}): Stalemates<Attempt> {
  const known = new Map<string, Stalemate<Attempt> & { readonly wish: string }>();
  return {
    of(stack, wish) {
      const found = known.get(stack);
      return found?.wish === wish && clock.monotonic() < found.untilMs ? found : undefined;
    },
    note(stack, wish, attempt, failures) {
      const waits = failures.map((error) => patienceOf(error, longestMs));
      const waitMs = waits.length === 0 ? 0 : Math.min(...waits);
      if (waitMs === 0) known.delete(stack);
      else known.set(stack, { wish, untilMs: clock.monotonic() + waitMs, attempt });
    },
    update(stack, attempt) {
      const found = known.get(stack);
      if (found !== undefined) known.set(stack, { ...found, attempt });
    },
    forget: (stack) => void known.delete(stack),
  };
}

/** How long trying again is vain, in ms; 0: it is not. */
export function patienceOf(error: unknown, longestMs: number): number {
  if (!isCloudError(error)) return 0;
  const delay = retryDelay(error, () => 0);
  if (delay.retry === "never") return longestMs * share;
  const isSlow = error.class === "quota" || error.class === "permission" || error.class === "missing";
  return delay.retry === "after" && isSlow ? delay.afterMs * share : 0;
}
