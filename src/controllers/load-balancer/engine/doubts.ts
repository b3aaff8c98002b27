/** Whether nothing is left of what is to go, or a cloud only does not show yet what it made last. */
import type { LoadBalancer } from "../../../api/load-balancer.ts";
import type { Problem } from "../../../providers/provider.ts";
import type { Clock } from "../../../runtime/clock.ts";

/** So long a cloud may not show what it has made. */
const LAG_MS = 15_000;

export const DOUBT: Problem = {
  kind: "pending",
  reason: "Deleting",
  message: "it was not applied in full before, so it is looked for once more before it is taken for gone",
};

export interface Doubts {
  /**
   * Call when nothing of those who leave is to be seen: how long that is to be doubted. 0 where they were applied in full before, so that no
   * answer of the cloud is missing.
   */
  remainMs(stack: string, leaving: readonly LoadBalancer[]): number;
  forget(stack: string): void;
}

export function createDoubts(clock: Pick<Clock, "monotonic">): Doubts {
  const emptySince = new Map<string, number>();
  return {
    remainMs(stack, leaving) {
      const isInDoubt = leaving.some(
        ({ status }) => status?.appliedHash === undefined && status?.released !== true,
      );
      if (!isInDoubt) return 0;
      const now = clock.monotonic();
      const since = emptySince.get(stack) ?? now;
      emptySince.set(stack, since);
      const left = since + LAG_MS - now;
      if (left <= 0) emptySince.delete(stack);
      return Math.max(0, left);
    },
    forget: (stack) => void emptySince.delete(stack),
  };
}
