/** The EndpointSlices of those Services whose endpoints count. Each is watched by itself, as long as they are few. */
import { type EndpointSlice, endpointSlices } from "../../api/kubernetes.ts";
import { type Cache, type CacheMetrics, createCache } from "../../runtime/cache/cache.ts";
import type { Informer } from "../../runtime/cache/informer.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import type { Logger } from "../../runtime/logger.ts";
import { SERVICE_NAME, saysTheSame, stripEndpointSlice } from "./strip.ts";

/** Each costs a connection; above this many, one watch of all is cheaper for the API server. */
const mostWatches = 16;
const BY_SERVICE = "service";

export interface EndpointWatchOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly metrics?: CacheMetrics | undefined;
  readonly changed: () => void;
  /** Ends all watches. */
  readonly signal: AbortSignal;
}

export interface EndpointWatch {
  /** Replaces the Services that are watched: `namespace/name`. */
  want(services: ReadonlySet<string>): void;
  /** Whether all that is wanted has been read once. */
  readonly isComplete: boolean;
  whenComplete(): Promise<void>;
  slices(service: string): readonly EndpointSlice[];
  /** As `Cache.catchUp`. */
  catchUp(signal: AbortSignal): Promise<void>;
}

interface Watch {
  readonly cache: Cache;
  readonly informer: Informer<EndpointSlice>;
  stop(): void;
}

export function createEndpointWatch(o: EndpointWatchOptions): EndpointWatch {
  const watches = new Map<string, Watch>();
  /** Once there were too many, it stays at one watch of all. */
  let ofAll: Watch | undefined;
  let wanted: ReadonlySet<string> = new Set();

  const watch = (service: string | undefined): Watch => {
    const [namespace = "", name = ""] = service?.split("/") ?? [];
    const stopping = new AbortController();
    const cache = createCache({ client: o.client, logger: o.logger, metrics: o.metrics });
    const informer = cache.informer(endpointSlices, {
      strip: stripEndpointSlice,
      ...(service === undefined ? {} : { namespaces: [namespace], labelSelector: `${SERVICE_NAME}=${name}` }),
    });
    informer.addIndex(BY_SERVICE, ({ metadata }) => {
      const owner = metadata.labels?.[SERVICE_NAME];
      return owner === undefined ? [] : [`${metadata.namespace}/${owner}`];
    });
    informer.on({
      add: (slice) => tellIfWanted(slice),
      update: (before, after) => {
        if (!saysTheSame(before, after)) tellIfWanted(after);
      },
      delete: (slice) => tellIfWanted(slice),
    });
    void informer.whenSynced.then(o.changed);
    cache.start(AbortSignal.any([o.signal, stopping.signal]));
    return { cache, informer, stop: () => stopping.abort() };
  };
  const tellIfWanted = ({ metadata }: EndpointSlice): void => {
    if (wanted.has(`${metadata.namespace}/${metadata.labels?.[SERVICE_NAME]}`)) o.changed();
  };
  const stopSingle = (): void => {
    for (const { stop } of watches.values()) stop();
    watches.clear();
  };

  return {
    want(services) {
      wanted = services;
      if (ofAll === undefined && services.size > mostWatches) {
        ofAll = watch(undefined);
        // Until it is complete, what is known by the single ones goes on to count.
        void ofAll.informer.whenSynced.then(stopSingle);
      }
      if (ofAll !== undefined) return;
      for (const [service, { stop }] of watches) {
        if (services.has(service)) continue;
        stop();
        watches.delete(service);
      }
      for (const service of services) if (!watches.has(service)) watches.set(service, watch(service));
    },
    get isComplete() {
      if (ofAll?.informer.hasSynced) return true;
      return [...wanted].every((service) => watches.get(service)?.informer.hasSynced === true);
    },
    async whenComplete() {
      const all = ofAll === undefined ? [...watches.values()] : [ofAll];
      await Promise.all(all.map(({ informer }) => informer.whenSynced));
    },
    slices(service) {
      const from = ofAll?.informer.hasSynced ? ofAll : watches.get(service);
      return from?.informer.by(BY_SERVICE, service) ?? [];
    },
    async catchUp(signal) {
      const all = ofAll === undefined ? [...watches.values()] : [ofAll, ...watches.values()];
      await Promise.all(all.map(({ cache }) => cache.catchUp(signal)));
    },
  };
}
