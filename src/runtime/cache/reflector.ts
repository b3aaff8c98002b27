/** Keeps one stream of news alive: lists, watches, resumes, and lists again when it must. Holds no objects itself. */

import type { KubeObject, Resource } from "../../api/meta.ts";
import { type Clock, sleep } from "../clock.ts";
import type { KubeClient } from "../kube/client.ts";
import type { WatchEvent } from "../kube/requests.ts";
import { TransportError } from "../kube/transport.ts";
import type { Logger } from "../logger.ts";
import { createBackoff } from "./backoff.ts";
import type { Sink } from "./informer.ts";
import { keyOf } from "./key.ts";
import { pagedList } from "./paged-list.ts";
import { afterFailure, type Failure, longestWaitMs, type Next } from "./recovery.ts";
import { createWatchdog } from "./watchdog.ts";

/** Bookmarks come about every minute. A stream that brings nothing for this long is taken for dead. */
const quietMs = 150_000;
/** The same while the initial objects are streamed: then something always comes. */
const initialQuietMs = 30_000;
/** A watch that ends sooner is a failure, or a server that closes at once would be dialled in a loop. */
const shortestWatchMs = 5_000;

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly namespace: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly metadataOnly: boolean;
  readonly sink: Sink<T>;
  readonly prepare: (object: T) => T;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Called when a list or watch begins again, for counting. */
  readonly onRestart?: ((what: "list" | "watch", resource: string) => void) | undefined;
}

export interface ReflectorHealth {
  readonly at: "stopped" | "listing" | "watching" | "waiting";
  /** Monotonic time at which the server was last heard of: an event, a bookmark, a list. */
  readonly heardAt: number;
  /** The failure since which nothing succeeded. */
  readonly lastError: unknown;
}

export interface Reflector {
  readonly health: ReflectorHealth;
  /** Runs until the signal aborts; never throws. */
  run(signal: AbortSignal): Promise<void>;
  /** Reads everything once beside the stream, which may lag; tries until it is done. Rejects with the signal's reason. */
  catchUp(signal: AbortSignal): Promise<void>;
}

export function createReflector<T extends KubeObject>(o: ReflectorOptions<T>): Reflector {
  const { client, resource, sink, clock, random } = o;
  const backoff = { unreachable: createBackoff(clock, random), refused: createBackoff(clock, random) };
  const selection = {
    namespace: o.namespace,
    labelSelector: o.labelSelector,
    fieldSelector: o.fieldSelector,
    metadataOnly: o.metadataOnly,
  };
  let streaming = true;
  /** Failures since the last event. */
  let fruitless = 0;
  let listedAt = Number.NEGATIVE_INFINITY;
  let at: ReflectorHealth["at"] = "stopped";
  let heardAt = clock.monotonic();
  let lastError: unknown;

  const heard = (): void => {
    heardAt = clock.monotonic();
    fruitless = 0;
    lastError = undefined;
  };

  /** Random, so that the watches of many clients do not end together. */
  const timeoutSeconds = (): number => Math.floor(300 + 300 * random());

  const listed = (list: ReadonlyMap<string, T>, resourceVersion: string): void => {
    sink.replace(list, resourceVersion);
    listedAt = clock.monotonic();
    at = "watching";
    heard();
  };

  const listPages = async (signal: AbortSignal): Promise<void> => {
    sink.beginList();
    const { items, resourceVersion } = await pagedList(client, resource, selection, signal, heard);
    listed(new Map(items.map((item) => [keyOf(item), o.prepare(item)])), resourceVersion);
  };

  /** Returns when the server ends the stream. With `initial` the stream begins with all that exists. */
  const follow = async (initial: boolean, signal: AbortSignal): Promise<void> => {
    using watchdog = createWatchdog(clock, initial ? initialQuietMs : quietMs, () =>
      quiet(resource, initial),
    );
    if (initial) sink.beginList();
    let gathering: Map<string, T> | undefined = initial ? new Map() : undefined;
    const events = client.watch(resource, {
      ...selection,
      ...(initial
        ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" as const, resourceVersion: "" }
        : { resourceVersion: sink.progress }),
      timeoutSeconds: timeoutSeconds(),
      signal: AbortSignal.any([signal, watchdog.signal]),
    });
    for await (const event of events) {
      watchdog.reset();
      if (gathering === undefined) {
        heard();
        tell(event);
      } else if (endsInitialEvents(event)) {
        listed(gathering, event.object.metadata.resourceVersion ?? "");
        gathering = undefined;
        watchdog.patience(quietMs);
      } else {
        heardAt = clock.monotonic();
        gather(gathering, event);
      }
    }
    if (gathering) throw new TransportError("EINCOMPLETE", "the initial events ended early", { sent: true });
  };

  const tell = (event: WatchEvent<T>): void => {
    if (event.type !== "BOOKMARK") sink.apply(event.type, event.object);
    else if (event.object.metadata.resourceVersion) sink.bookmark(event.object.metadata.resourceVersion);
  };

  const gather = (into: Map<string, T>, event: WatchEvent<T>): void => {
    if (event.type === "BOOKMARK") return;
    if (event.type === "DELETED") into.delete(keyOf(event.object));
    else into.set(keyOf(event.object), o.prepare(event.object));
  };

  const attempt = async (next: Next, signal: AbortSignal): Promise<Next> => {
    const begun = clock.monotonic();
    at = next === "list" ? "listing" : "watching";
    o.onRestart?.(next, resource.plural);
    if (next === "list" && !streaming) {
      await listPages(signal);
      return "watch";
    }
    await follow(next === "list", signal);
    if (clock.monotonic() - begun < shortestWatchMs) {
      throw new TransportError("EENDED", `the server ended the watch of ${resource.plural} at once`, {
        sent: true,
      });
    }
    return "watch";
  };

  const recover = async (failure: Failure, signal: AbortSignal): Promise<Next> => {
    const decision = afterFailure(failure);
    streaming &&= !decision.stopStreaming;
    if (decision.wait === "none") return decision.next;
    const waitMs = Math.max(backoff[decision.wait].next(longestWaitMs[decision.wait]), decision.atLeastMs);
    lastError = failure.error;
    at = "waiting";
    o.logger.warn("List or watch failed, trying again", {
      resource: resource.plural,
      namespace: o.namespace,
      next: decision.next,
      waitMs: Math.round(waitMs),
      error: failure.error,
    });
    await sleep(waitMs, { signal, clock });
    return decision.next;
  };

  return {
    get health() {
      return { at, heardAt, lastError };
    },
    async run(signal) {
      heardAt = clock.monotonic();
      let next: Next = "list";
      while (!signal.aborted) {
        try {
          next = await attempt(next, signal);
        } catch (error) {
          if (signal.aborted) break;
          const failure: Failure = {
            error,
            // The list may have succeeded before the same stream failed.
            during: at === "listing" ? "list" : "watch",
            streaming,
            fruitless: fruitless++,
            sinceListMs: clock.monotonic() - listedAt,
          };
          next = await recover(failure, signal).catch(() => next);
        }
      }
      at = "stopped";
    },
    async catchUp(signal) {
      const pause = createBackoff(clock, random);
      for (;;) {
        signal.throwIfAborted();
        try {
          const { items, resourceVersion } = await pagedList(client, resource, selection, signal, () => {});
          sink.catchUp(new Map(items.map((item) => [keyOf(item), o.prepare(item)])), resourceVersion);
          return;
        } catch (error) {
          signal.throwIfAborted();
          const waitMs = pause.next(longestWaitMs.unreachable);
          o.logger.warn("Cannot read the latest state, trying again", {
            resource: resource.plural,
            namespace: o.namespace,
            waitMs: Math.round(waitMs),
            error,
          });
          await sleep(waitMs, { signal, clock });
        }
      }
    },
  };
}

function endsInitialEvents(event: WatchEvent<KubeObject>): boolean {
  return (
    event.type === "BOOKMARK" && event.object.metadata.annotations?.["k8s.io/initial-events-end"] === "true"
  );
}

function quiet(resource: Resource<KubeObject>, initial: boolean): TransportError {
  const what = initial ? "the initial events" : "the watch";
  return new TransportError(
    initial ? "EINITIALQUIET" : "EQUIET",
    `${what} of ${resource.plural} went quiet`,
    {
      sent: true,
    },
  );
}
