/** Tells people what happened to an object, as Events that `kubectl describe` shows. Never in the way of the work. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { KubeObject } from "../../api/meta.ts";
import { type Clock, systemClock } from "../clock.ts";
import { isApiError, isNotFound } from "../kube/api-error.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Logger, silentLogger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { createWorkQueue } from "../queue/work-queue.ts";
import { createCorrelator } from "./correlate.ts";
import {
  type EventType,
  eventNamespace,
  eventObject,
  eventResource,
  type Happening,
  happening,
  type Series,
} from "./event-object.ts";
import { LruMap } from "./lru-map.ts";

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, "create" | "patch">;
  /** Who tells; the `From` column of `kubectl describe`. */
  readonly component: string;
  /** Which process of it. Default: the host name. */
  readonly instance?: string | undefined;
  /** Events that may wait to be written; more are dropped. Default: 10,000. */
  readonly maxWaiting?: number | undefined;
  /** Writes at once. Default: 2. */
  readonly concurrency?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly metrics?: Metrics | undefined;
  readonly clock?: Clock | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
}

/**
 * Events are a courtesy: some may be lost (dropped ones are counted in `fairlead_events_dropped_total`), none is
 * waited for. How they are combined and limited stands in `events/correlate.ts`. A write that fails is tried up to
 * twelve times, ten seconds apart.
 */
export interface EventRecorder {
  /**
   * Returns at once, never throws.
   *
   * @param object needs `apiVersion` and `kind`, name and uid.
   * @param reason a CamelCase word, up to 128 characters.
   * @param message up to 1024 bytes, more are cut. What changes each time (request ids) belongs to its end or nowhere.
   */
  event(object: KubeObject, type: EventType, reason: string, message: string): void;
  /** Writes until the signal aborts. What then still waits is written by `flush`. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Writes what waits, without further tries, and resolves when nothing is left; when the signal aborts, the rest is
   * dropped. No events are taken any more.
   */
  flush(signal?: AbortSignal): Promise<void>;
}

const mostTries = 12;
const retryMs = 10_000;
const remembered = 4096;

/** One Event in the API server and what has yet to be written of it. */
interface Entry {
  readonly what: Happening;
  readonly series: Series;
  /** Its name once it was created. */
  name: string | undefined;
  tries: number;
}

export function createEventRecorder(o: EventRecorderOptions): EventRecorder {
  const { client, component, maxWaiting = 10_000, concurrency = 2 } = o;
  const { logger = silentLogger, metrics, clock = systemClock, random = Math.random } = o;
  const identity = { component, instance: o.instance ?? hostname() };
  const correlate = createCorrelator();
  const queue = createWorkQueue({ clock, random });
  /** Has something to be written. */
  const waiting = new Map<string, Entry>();
  const written = new LruMap<string, Entry>(remembered);
  let phase: "open" | "flushing" | "closed" = "open";

  const event: EventRecorder["event"] = (object, type, reason, message) => {
    if (phase !== "open") return drop("stopped");
    const what = happening(object, type, reason, message);
    const found = correlate(what, clock.monotonic());
    if (found.as === "spam") return drop("spam");
    const known = waiting.get(found.key) ?? written.get(found.key);
    if (!waiting.has(found.key) && waiting.size >= maxWaiting) return drop("queue_full");
    const nowMs = clock.now();
    const entry = known ?? { what, series: newSeries(nowMs), name: undefined, tries: 0 };
    entry.series.count += 1;
    entry.series.lastMs = nowMs;
    entry.series.message = found.message;
    waiting.set(found.key, entry);
    // Of one that failed, the next try is set already: a burst of events must not turn into a burst of requests.
    if (entry.tries === 0) queue.add(found.key);
  };
  const drop = (why: "spam" | "queue_full" | "failed" | "stopped"): void => metrics?.events.dropped(why);

  /** Ends the writes under way when there is no time left. */
  const writes = new AbortController();
  const request = { signal: writes.signal, maxRetries: 0 } as const;

  const send = async (entry: Entry): Promise<void> => {
    const { series, what } = entry;
    const namespace = eventNamespace(what.subject);
    if (entry.name !== undefined) {
      const { count, message, lastTimestamp } = eventObject(what, series, { ...identity, unique: "" });
      const ref = { namespace, name: entry.name };
      try {
        await client.patch(
          eventResource,
          ref,
          { count, message, lastTimestamp },
          { ...request, type: "merge" },
        );
        return;
      } catch (error) {
        // Events live for an hour; one that is still being counted then begins anew.
        if (!isNotFound(error)) throw error;
        entry.name = undefined;
      }
    }
    const unique = `${Math.trunc(clock.now()).toString(16)}${randomBytes(4).toString("hex")}`;
    const object = eventObject(what, series, { ...identity, unique });
    await client.create(eventResource, object, request);
    entry.name = object.metadata.name;
  };

  const write = async (key: string): Promise<void> => {
    const entry = waiting.get(key);
    if (entry === undefined) return;
    const { count } = entry.series;
    try {
      await send(entry);
      entry.tries = 0;
      metrics?.events.written();
      written.set(key, entry);
      if (entry.series.count === count) waiting.delete(key);
      else queue.add(key);
    } catch (error) {
      afterFailure(key, entry, error);
    }
  };
  const afterFailure = (key: string, entry: Entry, error: unknown): void => {
    entry.tries += 1;
    if (phase === "open" && entry.tries < mostTries && mayPass(error)) {
      queue.addAfter(key, entry.tries === 1 ? retryMs * random() : retryMs);
      return;
    }
    waiting.delete(key);
    drop(phase === "open" ? "failed" : "stopped");
    logger.warn("Cannot write an event; dropped", {
      reason: entry.what.reason,
      ...entry.what.subject,
      error,
    });
  };

  const work = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const key = await queue.take(signal);
      if (key === undefined) return;
      try {
        await write(key);
      } finally {
        queue.done(key);
      }
    }
  };
  const workers = (loop: () => Promise<void>) => Promise.all(Array.from({ length: concurrency }, loop));

  return {
    event,
    async run(signal) {
      await workers(() => work(signal));
    },
    async flush(signal) {
      if (phase !== "open") return;
      phase = "flushing";
      const giveUp = () => writes.abort(signal?.reason);
      if (signal?.aborted) giveUp();
      signal?.addEventListener("abort", giveUp, { once: true });
      queue.close();
      await queue.drained();
      // The workers share one iterator.
      const rest = waiting.keys();
      await workers(async () => {
        for (const key of rest) {
          if (writes.signal.aborted) return;
          await write(key);
        }
      });
      signal?.removeEventListener("abort", giveUp);
      for (const _ of waiting.keys()) drop("stopped");
      waiting.clear();
      phase = "closed";
    },
  };
}

/** Whether the failure may be over in a while: not if the namespace is gone or the server finds the Event wrong. */
function mayPass(error: unknown): boolean {
  if (!isApiError(error)) return true;
  return error.status >= 500 || error.status === 429 || error.status === 409;
}

function newSeries(nowMs: number): Series {
  return { firstMs: nowMs, lastMs: nowMs, count: 0, message: "" };
}
