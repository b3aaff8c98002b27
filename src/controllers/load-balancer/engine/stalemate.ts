/** Remembers what the cloud refused in a way that does not pass soon, so that no news of the cluster makes it be tried again before time. */
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import { retryDelay } from "../../../core/plan/retry-delay.ts";
import type { Clock } from "../../../runtime/clock.ts";

interface Ended {
  readonly failures: readonly unknown[];
  /** When there is something else to be done, such as to ask how far the cloud is with what it accepted. */
  readonly againAfterMs: number;
}

export interface Stalemates<Report extends Ended> {
  /** What came of the same wish the last time, while trying again is vain. */
  of(stack: string, wish: string): Report | undefined;
  /** Call with every report: one without such failures ends the stalemate. */
  note(stack: string, wish: string, report: Report): void;
  forget(stack: string): void;
}

/** Of the shortest wait that the queue is told, so that its own try is not taken for a vain one. */
const share = 0.95;

/** `longestMs`: after this even what the cloud called invalid is tried again. */
export function createStalemates<Report extends Ended>({
  clock,
  longestMs,
}: {
  readonly clock: Clock;
  readonly longestMs: number;
}): Stalemates<Report> {
  const known = new Map<
    string,
    { readonly wish: string; readonly untilMs: number; readonly report: Report }
  >();
  return {
    of(stack, wish) {
      const found = known.get(stack);
      return found?.wish === wish && clock.monotonic() < found.untilMs ? found.report : undefined;
    },
    note(stack, wish, report) {
      const waits = report.failures.map((error) => patienceOf(error, longestMs));
      const waitMs = waits.length === 0 ? 0 : Math.min(report.againAfterMs, ...waits);
      if (waitMs === 0) known.delete(stack);
      else known.set(stack, { wish, untilMs: clock.monotonic() + waitMs, report });
    },
    forget: (stack) => void known.delete(stack),
  };
}

function patienceOf(error: unknown, longestMs: number): number {
  if (!isCloudError(error)) return 0;
  const delay = retryDelay(error, () => 0);
  if (delay.retry === "never") return longestMs * share;
  const isSlow = error.class === "quota" || error.class === "permission" || error.class === "missing";
  return delay.retry === "after" && isSlow ? delay.afterMs * share : 0;
}
