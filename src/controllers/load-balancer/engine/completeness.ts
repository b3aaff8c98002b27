/** Whether all stacks that existed at the start have said what they need of shared ones: before, nothing may be taken from those. */
import type { Clock } from "../../../runtime/clock.ts";
import { onAbort } from "../../../runtime/manager/abort.ts";
import { untilAborted } from "../../../runtime/until-aborted.ts";

export interface Completeness {
  isComplete(): boolean;
  /** Ends when it is complete, or after a while: one stack that can't be worked on does not hold up the others for ever. */
  wait(signal: AbortSignal): Promise<void>;
  saw(stack: string): void;
  /** Who has not said it yet, as far as their stacks are known. */
  missing(): readonly string[];
}

/** LoadBalancers of which it can't be told yet whether they have a stack here. */
export interface Strays {
  /** Stacks of those of which it can be told by now; each is named once. */
  found(): readonly string[];
  /** Whether any is left. */
  isAnyLeft(): boolean;
}

const patienceMs = 15_000;

/** Strays keep it incomplete for as long as they are left, and nobody waits for them. */
export function createCompleteness(
  existing: Iterable<string>,
  o: { readonly clock: Clock; readonly signal: AbortSignal; readonly strays?: Strays | undefined },
): Completeness {
  const unseen = new Set(existing);
  const seen = new Set<string>();
  const done = Promise.withResolvers<void>();
  let strays = o.strays;
  if (unseen.size === 0) done.resolve();
  else {
    const timer = o.clock.setTimeout(done.resolve, patienceMs);
    onAbort(o.signal, timer.clear);
    void done.promise.then(timer.clear);
  }
  const gather = (): void => {
    for (const stack of strays?.found() ?? []) if (!seen.has(stack)) unseen.add(stack);
    if (strays?.isAnyLeft() === true) return;
    strays = undefined;
    seen.clear();
  };
  return {
    isComplete() {
      gather();
      return unseen.size === 0 && strays === undefined;
    },
    wait: (signal) => untilAborted(done.promise, signal),
    missing: () => [...unseen],
    saw(stack) {
      if (strays !== undefined) seen.add(stack);
      if (unseen.delete(stack) && unseen.size === 0) done.resolve();
    },
  };
}
