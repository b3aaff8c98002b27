/** Whether all stacks that existed at the start have said what they need of shared ones: before, nothing may be taken from those. */
import type { Clock } from "../../../runtime/clock.ts";
import { onAbort } from "../../../runtime/manager/abort.ts";
import { untilAborted } from "../../../runtime/until-aborted.ts";

export interface Completeness {
  isComplete(): boolean;
  /** Ends when it is complete, or after a while: one stack that can't be worked on does not hold up the others for ever. */
  wait(signal: AbortSignal): Promise<void>;
  saw(stack: string): void;
}

const patienceMs = 15_000;

export function createCompleteness(
  existing: Iterable<string>,
  { clock, signal: lifetime }: { readonly clock: Clock; readonly signal: AbortSignal },
): Completeness {
  const unseen = new Set(existing);
  const done = Promise.withResolvers<void>();
  if (unseen.size === 0) done.resolve();
  else {
    const timer = clock.setTimeout(done.resolve, patienceMs);
    onAbort(lifetime, timer.clear);
    void done.promise.then(timer.clear);
  }
  return {
    isComplete: () => unseen.size === 0,
    wait: (signal) => untilAborted(done.promise, signal),
    saw(stack) {
      if (unseen.delete(stack) && unseen.size === 0) done.resolve();
    },
  };
}
