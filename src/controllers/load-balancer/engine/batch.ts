/** Collects what many ask for at about the same time into one call. */
import type { Clock } from "../../../runtime/clock.ts";
import { untilAborted } from "../../../runtime/until-aborted.ts";

export interface BatchOptions<Item, Result> {
  readonly clock: Clock;
  /** How long the first of a batch waits for others. */
  readonly windowMs: number;
  /** Items of one call at most. */
  readonly limit: number;
  /** One result for each item, in the same order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settled: PromiseWithResolvers<Result>;
}

/** A call that fails, fails for all that are in it. Those who ask while a call is on its way wait for the next one. */
export function createBatch<Item, Result>(
  o: BatchOptions<Item, Result>,
): (item: Item, signal: AbortSignal) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];

  const send = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await o.run(batch.map(({ item }) => item));
      batch.forEach(({ settled }, index) => {
        settled.resolve(results[index] as Result);
      });
    } catch (error) {
      for (const { settled } of batch) settled.reject(error);
    }
  };
  const flush = (): void => {
    const all = waiting;
    waiting = [];
    for (let from = 0; from < all.length; from += o.limit) void send(all.slice(from, from + o.limit));
  };

  return (item, signal) => {
    const settled = Promise.withResolvers<Result>();
    if (waiting.length === 0) o.clock.setTimeout(flush, o.windowMs);
    waiting.push({ item, settled });
    return untilAborted(settled.promise, signal);
  };
}
