/** When Services got their hostname, and when they were gone. */
import type { Service } from "../../../src/api/kubernetes.ts";
import type { Informer } from "../../../src/runtime/cache/informer.ts";

export interface Arrivals {
  /** Resolves with the time (`performance.now()`) at which a hostname was seen. */
  hostname(name: string): Promise<number>;
  gone(name: string): Promise<void>;
}

/** Counts from the call on; a Service that is deleted and made again counts anew. */
export function arrivals(informer: Informer<Service>): Arrivals {
  const hostnames = new Map<string, PromiseWithResolvers<number>>();
  const departures = new Map<string, PromiseWithResolvers<void>>();
  const of = <T>(all: Map<string, PromiseWithResolvers<T>>, name: string) => {
    const found = all.get(name) ?? Promise.withResolvers<T>();
    all.set(name, found);
    return found;
  };
  const look = ({ metadata: { name = "" }, status }: Service) => {
    if (status?.loadBalancer?.ingress?.some(({ hostname }) => hostname !== undefined))
      of(hostnames, name).resolve(performance.now());
  };
  informer.on({
    add: look,
    update: (_before, after) => look(after),
    delete({ metadata: { name = "" } }) {
      hostnames.delete(name);
      departures.get(name)?.resolve();
      departures.delete(name);
    },
  });
  return {
    hostname: (name) => of(hostnames, name).promise,
    gone: (name) => of(departures, name).promise,
  };
}
