/** Asks the provider what exists, for many stacks at once. */
import type { ObservedResource } from "../../../core/plan/types.ts";
import type { GraphProvider, StackRef } from "../../../providers/provider.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { createBatch } from "./batch.ts";

export interface Observer {
  /** What exists for the stack; every read begins after the call. */
  observe(stack: StackRef, signal: AbortSignal): Promise<readonly ObservedResource[]>;
  /** As `observe`, for a stack that is known but for what changes by itself. */
  poll(stack: PolledStack, signal: AbortSignal): Promise<readonly ObservedResource[]>;
}

export type PolledStack = StackRef & { readonly observed: readonly ObservedResource[] };

/** Reconciles that are due at the same time come within a few milliseconds of each other. */
const windowMs = 25;
const mostStacks = 500;

/** Stacks of different classes are never asked for together: the trouble of one account is not that of another. */
export function createObserver(
  provider: GraphProvider,
  { clock, signal: lifetime }: { readonly clock: Clock; readonly signal: AbortSignal },
): Observer {
  type Ask<T> = (stack: T, signal: AbortSignal) => Promise<readonly ObservedResource[]>;
  const byClass = <T extends StackRef>(
    look: (stacks: readonly T[]) => Promise<ReadonlyMap<string, readonly ObservedResource[]>>,
  ): Ask<T> => {
    const batches = new Map<string, Ask<T>>();
    const run = async (stacks: readonly T[]) => {
      const found = await look(stacks);
      return stacks.map(({ key }) => found.get(key) ?? []);
    };
    return (stack, signal) => {
      const name = stack.cls.metadata.name ?? "";
      const batch = batches.get(name) ?? createBatch({ clock, windowMs, limit: mostStacks, run });
      batches.set(name, batch);
      return batch(stack, signal);
    };
  };
  const observe = byClass<StackRef>((stacks) => provider.observe(stacks, lifetime));
  const poll = byClass<PolledStack>((stacks) =>
    provider.poll === undefined ? provider.observe(stacks, lifetime) : provider.poll(stacks, lifetime),
  );
  return { observe, poll };
}
