/** Sees every change of every Service and notes what may never be: an address with two who may not share it, or one that moved or went. */
import { type Service, services } from "../../../src/api/kubernetes.ts";
import { annotations } from "../../../src/api/names.ts";
import type { KubeClient } from "../../../src/runtime/kube/client.ts";

export interface Witness {
  /** One sentence for each breach. */
  readonly breaches: readonly string[];
  /** How often our part of a Service's status changed so far. */
  readonly changes: number;
  /** Resolves after so many more changes. */
  after(changes: number): Promise<void>;
  /** The addresses that Services have had, by name: those of Services that are there. */
  readonly held: ReadonlyMap<string, readonly string[]>;
  /** This Service has asked for other addresses: what it has may change from now on. */
  allow(key: string): void;
  /** @throws what ended the watch before. */
  end(): Promise<void>;
}

interface Seen {
  readonly service: Service;
  readonly addresses: readonly string[];
  readonly status: string;
}

export async function witnessOf(client: KubeClient): Promise<Witness> {
  const seen = new Map<string, Seen>();
  const holders = new Map<string, Set<string>>();
  const breaches: string[] = [];
  const allowed = new Set<string>();
  const waiting = new Set<{ readonly until: number; readonly resolve: () => void }>();
  let changes = 0;
  const stopping = new AbortController();

  const forget = (uid: string) => {
    for (const address of seen.get(uid)?.addresses ?? []) holders.get(address)?.delete(uid);
    seen.delete(uid);
  };
  const look = (service: Service) => {
    const uid = service.metadata.uid ?? "";
    // Whoever asks for no load balancer any more gives up what it had.
    if (service.spec?.type !== "LoadBalancer") return forget(uid);
    const before = seen.get(uid);
    const addresses = addressesOf(service);
    const lost = (before?.addresses ?? []).filter((address) => !addresses.includes(address));
    if (lost.length > 0 && !allowed.has(nameOf(service))) {
      breaches.push(`${nameOf(service)} lost ${lost.join()} and has ${addresses.join() || "nothing"}`);
    }
    forget(uid);
    const status = JSON.stringify([service.status?.loadBalancer, service.status?.conditions]);
    seen.set(uid, { service, addresses, status });
    for (const address of addresses) {
      const others = holders.get(address) ?? new Set();
      for (const other of others) {
        const theirs = seen.get(other)?.service;
        if (theirs !== undefined && !mayShare(service, theirs))
          breaches.push(`${nameOf(service)} and ${nameOf(theirs)} both have ${address}`);
      }
      holders.set(address, others.add(uid));
    }
    if (before?.status === status || (before === undefined && addresses.length === 0)) return;
    changes++;
    for (const one of waiting) {
      if (changes < one.until) continue;
      waiting.delete(one);
      one.resolve();
    }
  };

  const first = await client.list(services);
  first.items.forEach(look);
  const events = client.watch(services, {
    resourceVersion: first.metadata.resourceVersion,
    timeoutSeconds: 3_600,
    signal: stopping.signal,
  });
  const watching = (async () => {
    for await (const { type, object } of events) {
      if (type === "DELETED") forget(object.metadata.uid ?? "");
      else if (type !== "BOOKMARK") look(object);
    }
  })().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  // Looked at in `end`.
  watching.catch(() => {});

  return {
    breaches,
    get changes() {
      return changes;
    },
    after(more) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add({ until: changes + more, resolve });
      return promise;
    },
    get held() {
      return new Map([...seen.values()].map(({ service, addresses }) => [nameOf(service), addresses]));
    },
    allow: (key) => void allowed.add(key),
    async end() {
      stopping.abort(new Error("The test is over"));
      await watching;
    },
  };
}

export function nameOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}

export function addressesOf(service: Service): string[] {
  return (service.status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? "");
}

/** By what the Services say: the same key in one namespace, and no port in common. */
function mayShare(a: Service, b: Service): boolean {
  const key = a.metadata.annotations?.[annotations.allowSharedIP];
  if (key === undefined || key !== b.metadata.annotations?.[annotations.allowSharedIP]) return false;
  if (a.metadata.namespace !== b.metadata.namespace) return false;
  const ports = new Set(a.spec?.ports?.map(({ port, protocol }) => `${protocol}/${port}`));
  return b.spec?.ports?.every(({ port, protocol }) => !ports.has(`${protocol}/${port}`)) === true;
}
