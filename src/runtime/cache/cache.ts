/** All informers of a process: each kind is listed and watched once, however many want it. */

import type { KubeObject, Resource } from "../../api/meta.ts";
import { type Clock, systemClock } from "../clock.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Logger } from "../logger.ts";
import { untilAborted } from "../until-aborted.ts";
import { allNamespaces, type Informer, LocalInformer } from "./informer.ts";
import { createReflector, type Reflector, type ReflectorHealth } from "./reflector.ts";
import { stripped } from "./strip.ts";

export interface InformerOptions<T extends KubeObject> {
  /** What is kept of an object; may change it in place. Default: `stripped` (see `strip.ts`). */
  readonly strip?: ((object: T) => T) | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Keep `apiVersion`, `kind` and `metadata` only, and ask the server for no more. */
  readonly metadataOnly?: boolean | undefined;
  /** Only these namespaces, instead of the cache's own scope. */
  readonly namespaces?: readonly string[] | undefined;
}

/** One list-and-watch stream, as it stands. */
export interface StreamHealth {
  /** `services`, `loadbalancers.fairlead.io`. */
  readonly resource: string;
  /** Undefined if the stream covers all. */
  readonly namespace: string | undefined;
  readonly synced: boolean;
  readonly objects: number;
  readonly at: ReflectorHealth["at"];
  /** Since an event, a bookmark or a list came. Bookmarks come about every minute; much more than that is trouble. */
  readonly secondsSinceLastEvent: number;
  /** The failure since which nothing was heard. */
  readonly lastError: unknown;
}

export interface Cache {
  /**
   * The informer of a kind, the same one for the same selection. One that is asked for after `start` starts at once.
   *
   * @throws {Error} if the kind is there with the same selection but another `strip`.
   */
  informer<T extends KubeObject>(resource: Resource<T>, o?: InformerOptions<T>): Informer<T>;
  /** Begins to list and watch, until the signal aborts. */
  start(signal: AbortSignal): void;
  /** Resolves when all informers have synced; rejects with the signal's reason. */
  synced(signal?: AbortSignal): Promise<void>;
  /**
   * Brings all informers up to what the storage holds at the time of the call, deletions included. Watches may lag
   * behind, some minutes when a connection has died silently: whoever takes over from another process, and must know
   * what that has written last, calls this first. To be called after `synced`. Reads everything once; tries until it
   * is done. Rejects with the signal's reason.
   */
  catchUp(signal: AbortSignal): Promise<void>;
  health(): StreamHealth[];
}

export interface CacheMetrics {
  /** A handler or an index function threw. */
  handlerFailed?(resource: string): void;
  /** A list or a watch was begun, again or for the first time. */
  streamStarted?(what: "list" | "watch", resource: string): void;
}

export interface CacheOptions {
  readonly client: KubeClient;
  /** Namespaced kinds are listed and watched in these namespaces only. Default (and when empty): in all. */
  readonly namespaces?: readonly string[] | undefined;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** Gives [0, 1). */
  readonly random?: (() => number) | undefined;
  readonly metrics?: CacheMetrics | undefined;
}

interface Entry {
  readonly informer: LocalInformer<KubeObject>;
  readonly strip: unknown;
  readonly streams: { readonly partition: string; readonly reflector: Reflector }[];
}

export function createCache(o: CacheOptions): Cache {
  const { client, logger, clock = systemClock, random = Math.random, metrics } = o;
  const entries = new Map<string, Entry>();
  let running: AbortSignal | undefined;

  const create = <T extends KubeObject>(resource: Resource<T>, options: InformerOptions<T>): Entry => {
    const { strip = stripped, labelSelector, fieldSelector, metadataOnly = false } = options;
    const shape = {
      namespaces: scopeOf(resource, options.namespaces ?? o.namespaces),
      strip,
      metadataOnly,
      selective: Boolean(labelSelector || fieldSelector),
    };
    const handlerFailed = metrics?.handlerFailed?.bind(metrics);
    const informer = new LocalInformer<T>(resource, shape, { logger, handlerFailed });
    const streams = informer.partitionNames.map((partition) => ({
      partition,
      reflector: createReflector<T>({
        client,
        resource,
        namespace: partition === allNamespaces ? undefined : partition,
        labelSelector,
        fieldSelector,
        metadataOnly,
        sink: informer.sink(partition),
        prepare: (object) => informer.prepared(object),
        clock,
        random,
        logger,
        onRestart: metrics?.streamStarted?.bind(metrics),
      }),
    }));
    // The map holds informers of all kinds; each caller gets back the type that goes with its resource.
    return { informer: informer as unknown as LocalInformer<KubeObject>, strip, streams };
  };

  const startEntry = (entry: Entry, signal: AbortSignal): void => {
    for (const { reflector } of entry.streams) void reflector.run(signal);
  };

  return {
    informer<T extends KubeObject>(resource: Resource<T>, options: InformerOptions<T> = {}) {
      const id = identity(resource, options, o.namespaces);
      let entry = entries.get(id);
      if (entry && entry.strip !== (options.strip ?? stripped)) {
        throw new Error(`Cannot cache ${resource.plural} twice, with different fields stripped`);
      }
      if (!entry) {
        entry = create(resource, options);
        entries.set(id, entry);
        if (running) startEntry(entry, running);
      }
      return entry.informer as unknown as Informer<T>;
    },
    start(signal) {
      if (running) throw new Error("The cache was started already");
      running = signal;
      for (const entry of entries.values()) startEntry(entry, signal);
    },
    async synced(signal) {
      for (;;) {
        const waiting = [...entries.values()].find(({ informer }) => !informer.hasSynced);
        if (!waiting) return;
        await untilAborted(waiting.informer.whenSynced, signal);
      }
    },
    async catchUp(signal) {
      const streams = [...entries.values()].flatMap((entry) => entry.streams);
      await Promise.all(streams.map(({ reflector }) => reflector.catchUp(signal)));
    },
    health: () =>
      [...entries.values()].flatMap(({ informer, streams }) =>
        streams.map(({ partition, reflector }) => {
          const { at, heardAt, lastError } = reflector.health;
          const { group, plural } = informer.resource;
          return {
            resource: group === "" ? plural : `${plural}.${group}`,
            namespace: partition === allNamespaces ? undefined : partition,
            synced: informer.sink(partition).progress !== undefined,
            objects: informer.sizeOf(partition),
            at,
            secondsSinceLastEvent: (clock.monotonic() - heardAt) / 1000,
            lastError,
          };
        }),
      ),
  };
}

function scopeOf(
  resource: Resource<KubeObject>,
  namespaces: readonly string[] | undefined,
): string[] | undefined {
  return resource.namespaced && namespaces?.length ? [...new Set(namespaces)].sort() : undefined;
}

function identity<T extends KubeObject>(
  resource: Resource<T>,
  o: InformerOptions<T>,
  namespaces: readonly string[] | undefined,
): string {
  return JSON.stringify([
    resource.group,
    resource.version,
    resource.plural,
    scopeOf(resource, o.namespaces ?? namespaces) ?? null,
    o.labelSelector ?? "",
    o.fieldSelector ?? "",
    o.metadataOnly ?? false,
  ]);
}
