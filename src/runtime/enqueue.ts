/** From changes in the cache to keys in a queue. */
import type { KubeObject } from "../api/meta.ts";
import type { Informer } from "./cache/informer.ts";
import { keyOf } from "./cache/key.ts";
import { Priority, type WorkQueue } from "./queue/work-queue.ts";

/**
 * Adds the keys of every object that appears, changes or goes. What was there before anyone looked comes with the
 * priority of the background, so that it does not hold up what changes now.
 *
 * @param keysOf whom a change of this object concerns; of an update, both states are asked. Default: the object itself.
 * @returns what takes the handler off again.
 */
export function enqueue<T extends KubeObject>(
  informer: Pick<Informer<T>, "on">,
  queue: Pick<WorkQueue, "add">,
  keysOf: (object: T) => Iterable<string> = (object) => [keyOf(object)],
): () => void {
  const add = (keys: Iterable<string>, priority: number) => {
    for (const key of keys) queue.add(key, { priority });
  };
  return informer.on({
    add: (object, { initial }) => add(keysOf(object), initial ? Priority.background : Priority.fresh),
    update: (before, after) => add(new Set([...keysOf(before), ...keysOf(after)]), Priority.fresh),
    delete: (object) => add(keysOf(object), Priority.fresh),
  });
}
