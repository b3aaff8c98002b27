/** One life of the operator without a cluster: the real load-balancer controller over objects in memory, with a queue that a test empties. */
import type { EndpointSlice, Node } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { createClasses } from "../../controllers/classes.ts";
import { createEngines } from "../../controllers/load-balancer/engines.ts";
import { keyOfLoadBalancer } from "../../controllers/load-balancer/members.ts";
import { createLoadBalancerReconciler } from "../../controllers/load-balancer/reconcile.ts";
import { createRoomKeeper } from "../../controllers/load-balancer/room.ts";
import { createStacks } from "../../controllers/load-balancer/stacks.ts";
import { type ObjectStore, type Objects, objectStore } from "../../controllers/offline/object-store.ts";
import { stripEndpointSlice, stripNode } from "../../core/backends/strip.ts";
import type { GraphProvider } from "../../providers/provider.ts";
import { isTerminal, messageOf, retryAfterOf } from "../../runtime/errors.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { must } from "./guarantee.ts";
import { memoryClient } from "./memory-cluster.ts";
import type { QuietClock } from "./quiet-clock.ts";

export interface LocalProcess {
  readonly store: ObjectStore;
  /** When the next work is due, by the monotonic clock; undefined: never. */
  nextAt(): number | undefined;
  /** Does all that is due now, until nothing is. */
  work(): Promise<void>;
  /** Has every stack worked on again. */
  wakeAll(): void;
  /** What the last failure of the stacks that failed was. */
  failures(): readonly string[];
  /** It dies: from now on it writes nothing, neither to the cloud nor to the cluster. */
  kill(): void;
}

export interface ProcessOptions {
  readonly provider: GraphProvider;
  readonly objects: Objects;
  readonly clock: QuietClock;
  readonly nodes: () => readonly Node[];
  /** By name of the Service. */
  readonly endpointSlices: (service: string) => readonly EndpointSlice[];
}

/** As those of the controller: doubled with every failure in a row. */
const firstBackoffMs = 500;
const longestBackoffMs = 300_000;
/** A provider that finds something to write each time would be worked on for ever. */
const mostRounds = 40;

export function startProcess(o: ProcessOptions): LocalProcess {
  const { provider, clock } = o;
  const store = objectStore(o.objects);
  const { informers } = store;
  const life = new AbortController();
  const guard = () => life.signal.throwIfAborted();
  const due = new Map<string, number>();
  const failed = new Map<string, { readonly times: number; readonly error: unknown }>();
  const enqueue = (key: string, delayMs = 0): void => {
    const at = clock.monotonic() + delayMs;
    due.set(key, Math.min(at, due.get(key) ?? at));
  };
  const classes = createClasses(informers.classes, new Map([[provider.name, provider]]));
  const stacks = createStacks(classes, informers);
  const common = { informers, classes, stacks, clock, logger: silentLogger, guard };
  const place = (lb: LoadBalancer) => {
    for (const key of stacks.place(lb)) enqueue(key);
  };
  const watches = new Set(provider.watches ?? []);
  const reconcile = createLoadBalancerReconciler({
    ...common,
    client: memoryClient(store, guard),
    events: { event() {}, run: async () => {}, flush: async () => {} },
    room: createRoomKeeper(),
    direct: [],
    kept: { has: () => false, ageMs: () => undefined },
    heirs: { asHeir: (lb) => lb, settle() {} },
    outlived: new Set(),
    backends: {
      ready: async () => {},
      nodes: () => (watches.has("nodes") ? o.nodes().map(stripNode) : []),
      endpointSlices: ({ lb }) =>
        watches.has("endpointslices")
          ? o.endpointSlices(lb.spec.serviceRef?.name ?? "").map(stripEndpointSlice)
          : [],
      // Pods are no part of what the suite looks at.
      servicesOfWaiting: () => [],
    },
    // Verified in the middle of a period, so that it is known when.
    engines: createEngines({ ...common, signal: life.signal, enqueue, random: () => 0.5 }),
    gates: { admit: async (_key, { stack }) => ({ stack, needsObserved: false }), worked() {} },
    wake(members) {
      for (const member of members) {
        const lb = informers.loadBalancers.get(member);
        if (lb !== undefined) place(lb);
      }
    },
  });
  informers.loadBalancers.on({
    add: place,
    update: (_before, after) => place(after),
    delete(lb) {
      for (const key of stacks.remove(keyOfLoadBalancer(lb))) enqueue(key);
    },
  });

  const workOn = async (key: string): Promise<void> => {
    try {
      const result = await reconcile(key, { signal: life.signal, logger: silentLogger });
      failed.delete(key);
      if (result?.requeueAfterMs !== undefined) enqueue(key, result.requeueAfterMs);
    } catch (error) {
      if (life.signal.aborted) return;
      const times = (failed.get(key)?.times ?? 0) + 1;
      failed.set(key, { times, error });
      if (isTerminal(error)) return;
      const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (times - 1));
      enqueue(key, retryAfterOf(error) ?? backoffMs);
    }
  };
  return {
    store,
    nextAt: () => (due.size === 0 ? undefined : Math.min(...due.values())),
    async work() {
      for (let round = 0; !life.signal.aborted; round++) {
        const now = [...due].filter(([, at]) => at <= clock.monotonic()).map(([key]) => key);
        if (now.length === 0) return;
        must(
          round < mostRounds,
          "Law 7: what is as it is wanted comes to rest",
          () => `still at work after ${mostRounds} times, at once after each other, on ${now.join(", ")}`,
        );
        for (const key of now) due.delete(key);
        await clock.until(Promise.all(now.map(workOn)));
      }
    },
    wakeAll() {
      for (const lb of informers.loadBalancers.list()) place(lb);
    },
    failures: () => [...failed.values()].map(({ error }) => messageOf(error)),
    kill: () => life.abort(new Error("The process has died")),
  };
}
