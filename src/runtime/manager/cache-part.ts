/** A cache as a part of a manager. */
import type { Cache } from "../cache/cache.ts";
import type { Part } from "../manager.ts";
import { aborted } from "./abort.ts";

/** Has started when every informer has synced, and is ready from then on. */
export function cachePart(cache: Pick<Cache, "start" | "synced" | "health">, name = "cache"): Part {
  return {
    name,
    group: "cache",
    async run(signal) {
      cache.start(signal);
      await aborted(signal);
    },
    started: (signal) => cache.synced(signal),
    ready() {
      const waiting = cache.health().filter(({ synced }) => !synced);
      return waiting.length === 0 || `not synced: ${waiting.map(({ resource }) => resource).join(", ")}`;
    },
  };
}
