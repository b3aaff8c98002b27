/** `fairlead_cache_*`: how often the cache had to begin anew, and what its handlers threw. */
import { Counter, type Registry } from "prom-client";

export interface CacheRecording {
  /** A handler or an index function threw. */
  readonly handlerFailed: (resource: string) => void;
  /** A list or a watch was begun, again or for the first time. */
  readonly streamStarted: (what: "list" | "watch", resource: string) => void;
}

export function cacheMetrics(registry: Registry): CacheRecording {
  const failures = new Counter({
    name: "fairlead_cache_handler_errors_total",
    help: "Handlers and index functions of the cache that threw",
    labelNames: ["resource"],
    registers: [registry],
  });
  const streams = new Counter({
    name: "fairlead_cache_streams_started_total",
    help: "Lists and watches begun, for the first time or again",
    labelNames: ["resource", "what"],
    registers: [registry],
  });
  return {
    handlerFailed: (resource) => failures.inc({ resource }),
    streamStarted: (what, resource) => streams.inc({ resource, what }),
  };
}
