/** Puts the reconcilers together: informers, queues, who is told of which change, and the order of a start. */
import type { IPAddressPool } from "../api/ip-address-pool.ts";
import type { Service } from "../api/kubernetes.ts";
import type { LoadBalancer } from "../api/load-balancer.ts";
import type { LoadBalancerClass } from "../api/load-balancer-class.ts";
import { classFinalizer, installation } from "../api/names.ts";
import { BARE_METAL, type BareMetalProvider } from "../providers/bare-metal/index.ts";
import type { DirectProvider, Provider } from "../providers/provider.ts";
import type { Cache } from "../runtime/cache/cache.ts";
import { keyOf } from "../runtime/cache/key.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import { type Controller, createController } from "../runtime/controller.ts";
import type { EventRecorder } from "../runtime/events/recorder.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Part } from "../runtime/manager.ts";
import type { Metrics } from "../runtime/metrics.ts";
import { Priority } from "../runtime/queue/work-queue.ts";
import { createPoolReconciler } from "./address-pool/reconcile.ts";
import { createAdvertising } from "./advertising/advertising.ts";
import { createAnnouncements } from "./announcements/announcements.ts";
import { createSilentAgents } from "./announcements/silent-agents.ts";
import { createBackends } from "./backends.ts";
import { createClasses } from "./classes.ts";
import { BY_CLASS, BY_NAMESPACE, BY_SERVICE, type Dependencies } from "./dependencies.ts";
import { createHeirs } from "./heirs.ts";
import { oldestFirst, ownerKey } from "./indexes.ts";
import { createInformers } from "./informers.ts";
import { createKept } from "./kept.ts";
import { createEngines } from "./load-balancer/engines.ts";
import { keyOfLoadBalancer } from "./load-balancer/members.ts";
import { createLoadBalancerReconciler } from "./load-balancer/reconcile.ts";
import { createRoomKeeper } from "./load-balancer/room.ts";
import { createStacks, type Stacks, writeKey } from "./load-balancer/stacks.ts";
import { createClassReconciler } from "./load-balancer-class/reconcile.ts";
import { isGated } from "./readiness-gates/gated-load-balancer.ts";
import { CHECK_PERIOD_MS, createReadinessGates } from "./readiness-gates/readiness-gates.ts";
import { decides, onlyStatusDiffers, sameForStack } from "./relevant.ts";
import { createServiceReconciler } from "./service/reconcile.ts";
import { takeBackFromServices, takeBackRecorded } from "./take-back.ts";
import { isStillWanted } from "./wanted.ts";

export interface OperatorOptions {
  /** Everything is written through it: give one that the leader election guards (`client.guarded(elector.guard)`). */
  readonly client: KubeClient;
  /** Not started yet, so that it starts with the informers that are asked for here. */
  readonly cache: Cache;
  readonly events: EventRecorder;
  readonly providers: readonly Provider[];
  /** Called before every request to a cloud; throws once the lease may have passed to another (`elector.guard`). */
  readonly guard?: (() => void) | undefined;
  /** Services, and load balancers, worked on at once. Default: 32. */
  readonly concurrency?: number | undefined;
  /** How often what exists in clouds is compared with what should. Default: an hour, 3,600,000. */
  readonly verifyPeriodMs?: number | undefined;
  /** In which the agents of nodes have their Leases. Default: that of an installation with nothing changed. */
  readonly agentNamespace?: string | undefined;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  readonly clock?: Clock | undefined;
}

const STACKS_AT_ONCE = 512;

const FOREIGN_STATUS_MS = 10_000;

/** A change of many nodes, or of one in many ways, is taken together. */
const NODES_SETTLE_MS = 250;

/** How often counts in the status of pools and classes are written at most. */
const COUNT_INTERVAL_MS = 1_000;

/**
 * The operator as a part of a manager: it begins when this process leads and the cache has synced, takes back what is recorded before it
 * gives out anything, and ends when the reconciles in flight have ended. It runs once.
 */
export function createOperator(o: OperatorOptions): Part {
  const { client, cache, events, metrics, clock = systemClock, concurrency = 32, guard = () => {} } = o;
  const logger = o.logger.child({ part: "operator" });
  const providers = new Map(o.providers.map((provider) => [provider.name, provider]));
  const withNodes = o.providers.some(({ form, watches }) => form === "direct" && watches?.includes("nodes"));
  const informers = createInformers(cache, { withNodes });
  const classes = createClasses(informers.classes, providers);
  const deps: Dependencies = { client, guard, informers, classes, events, clock, logger };
  return { name: "operator", group: "leader", run };

  async function run(signal: AbortSignal): Promise<void> {
    const direct = o.providers.filter((provider): provider is DirectProvider => provider.form === "direct");
    const hasGraphs = o.providers.some(({ form }) => form === "graph");
    const bareMetal = providers.get(BARE_METAL) as BareMetalProvider | undefined;
    const heirs = createHeirs();
    const placement = createStacks(classes, informers);
    const stacks: Stacks = { ...placement, place: (lb) => placement.place(heirs.asHeir(lb)) };
    const room = createRoomKeeper();
    const flips = new Map<string, number>();
    const kept = createKept(clock);
    /** What goes before the LoadBalancer that has the name now is served: it belonged to another of that name. */
    const outlived = new Set<string>();
    const backends = createBackends({
      cache,
      nodesChanged() {
        wakeLater(informers.loadBalancers.list(), "nodes");
        advertising.nodesChanged();
      },
      endpointsChanged: (service) =>
        wakeLater(informers.loadBalancers.by(BY_SERVICE, service), "endpointslices"),
    });
    const silent = createSilentAgents({
      client,
      namespace: o.agentNamespace ?? installation.namespace,
      hasAgents: () => bareMetal !== undefined && informers.announcers.size > 0,
      clock,
      logger,
    });
    // Before those that ask who is silent hear of it.
    informers.announcers.on({
      update(before, { metadata: { name = "" }, status }) {
        if (status?.incarnation !== before.status?.incarnation) silent.begun(name);
      },
    });
    const advertising = createAdvertising(deps, { backends, silent });
    const announcements = createAnnouncements({
      informers,
      nodes: backends.nodes,
      ready: advertising.judged,
      silent,
      clock,
    });
    const engines = createEngines({
      classes,
      informers,
      stacks,
      clock,
      logger,
      signal,
      guard,
      verifyPeriodMs: o.verifyPeriodMs,
      enqueue: (key) => lbController.queue.add(key),
    });
    const gates = createReadinessGates({
      client,
      clock,
      logger,
      stacksOf: (uid) =>
        backends
          .servicesOfWaiting(uid)
          .flatMap((service) => informers.loadBalancers.by(BY_SERVICE, service))
          .filter((lb) => isGated(lb, classes))
          .flatMap((lb) => stacks.whereIs(keyOfLoadBalancer(lb)) ?? []),
      work: (key) => lbController.queue.add(key),
      checkAfter: (key, delayMs) => gateController.queue.addAfter(key, delayMs),
    });
    const place = (key: string) => {
      const lb = informers.loadBalancers.get(key);
      return lb === undefined ? [writeKey({ of: "one", member: key })] : stacks.place(lb);
    };
    const wake = (members: Iterable<string>) => {
      for (const member of members) for (const key of place(member)) lbController.queue.add(key);
    };

    /** Has stacks worked on whose provider watches that kind. */
    const wakeLater = (lbs: readonly LoadBalancer[], kind: "nodes" | "endpointslices") => {
      for (const lb of lbs) {
        const provider = classes.get(lb.spec.className)?.provider;
        if (provider?.form !== "graph" || provider.watches?.includes(kind) !== true) continue;
        for (const key of place(keyOfLoadBalancer(lb))) lbController.queue.addAfter(key, NODES_SETTLE_MS);
      }
    };

    const common = { logger: o.logger, metrics, clock };
    const backoff = { baseMs: 500, maxMs: 300_000 };
    const serviceController = createController({
      ...common,
      name: "service",
      concurrency,
      backoff,
      reconcile: createServiceReconciler({
        ...deps,
        flips: (key) => flips.get(key) ?? 0,
        takeBack: (service) => takeBackFromServices({ informers, classes, kept, stacks }, [service]),
      }),
    });
    const lbController: Controller = createController({
      ...common,
      name: "load-balancer",
      // Work on a cloud is mostly waiting, and the provider bounds its requests.
      concurrency: hasGraphs ? Math.max(concurrency, STACKS_AT_ONCE) : concurrency,
      backoff,
      reconcile: createLoadBalancerReconciler({
        ...deps,
        stacks,
        room,
        direct,
        wake,
        kept,
        heirs,
        outlived,
        backends,
        engines,
        gates,
        announcements,
      }),
    });
    const gateController = createController({
      ...common,
      name: "readiness-gate",
      concurrency: 8,
      backoff: { baseMs: CHECK_PERIOD_MS, maxMs: 300_000 },
      reconcile: (key, { signal: ending }) => gates.check(key, ending),
    });
    const classController = createController({
      ...common,
      name: "load-balancer-class",
      backoff,
      reconcile: createClassReconciler(deps),
    });
    const controllers = [serviceController, lbController, classController];
    const poolController =
      bareMetal === undefined
        ? undefined
        : createController({
            ...common,
            name: "address-pool",
            backoff,
            reconcile: createPoolReconciler(deps, bareMetal, advertising),
          });
    const advertisingController = createController({
      ...common,
      name: "advertising",
      backoff,
      reconcile: advertising.reconcile,
    });
    if (poolController !== undefined) controllers.push(poolController, advertisingController);
    if (hasGraphs) controllers.push(gateController);

    // A watch may lag behind what the previous leader wrote last, and what users have asked of it.
    await cache.catchUp(signal);
    await silent.look(signal);
    takeBackRecorded({ informers, classes, direct, room, kept, stacks, wake });
    bareMetal?.onUsage(() => {
      for (const pool of informers.pools.list())
        poolController?.queue.addAfter(keyOf(pool), COUNT_INTERVAL_MS);
    });

    const stopListening = listen({ place, remove: stacks.remove, room: room.waiting });
    try {
      const heardOtherwise = (names: readonly string[]) => {
        announcements.heardOtherwise(names);
        advertising.nodesChanged();
      };
      await Promise.all([
        ...controllers.map((controller) => controller.run(signal)),
        silent.run(heardOtherwise, signal),
      ]);
    } finally {
      stopListening();
    }

    function listen(lbs: {
      place: typeof place;
      remove: typeof stacks.remove;
      room: typeof room.waiting;
    }): () => void {
      const off = [
        informers.services.on(serviceHandler()),
        informers.loadBalancers.on(loadBalancerHandler(lbs)),
        informers.classes.on(classHandler(lbs)),
        informers.namespaces.on({
          update(before, after) {
            if (decides(before, after))
              wake(informers.loadBalancers.by(BY_NAMESPACE, keyOf(after)).map(keyOfLoadBalancer));
          },
        }),
      ];
      if (poolController !== undefined) off.push(...listenForBareMetal(poolController));
      // What was there before comes oldest first, and yields to what users change meanwhile.
      for (const service of oldestFirst(informers.services.list())) {
        if (concernsUs(service))
          serviceController.queue.add(keyOf(service), { priority: Priority.background });
      }
      for (const lb of oldestFirst(informers.loadBalancers.list())) {
        for (const key of place(keyOfLoadBalancer(lb)))
          lbController.queue.add(key, { priority: Priority.background });
        const owner = ownerKey(lb);
        // Its Service may be gone: then nothing else brings it up.
        if (owner !== undefined && informers.services.get(owner) === undefined)
          serviceController.queue.add(owner);
      }
      return () => {
        for (const stop of off) stop();
      };
    }

    function serviceHandler() {
      return {
        add(service: Service, { initial }: { readonly initial: boolean }) {
          if (!initial && concernsUs(service)) serviceController.queue.add(keyOf(service));
        },
        update(before: Service, after: Service) {
          if (!concernsUs(before) && !concernsUs(after)) return;
          const key = keyOf(after);
          if (before.spec?.type !== after.spec?.type) flips.set(key, (flips.get(key) ?? 0) + 1);
          serviceController.queue.add(keyOf(after));
          // What the LoadBalancers of a stack read from their Service itself.
          if (!sameForStack(before, after))
            wake(informers.loadBalancers.by(BY_SERVICE, keyOf(after)).map(keyOfLoadBalancer));
          letGo(kept.of(keyOf(after)));
        },
        delete(service: Service) {
          if (concernsUs(service)) serviceController.queue.add(keyOf(service));
          flips.delete(keyOf(service));
          letGo(kept.of(keyOf(service)));
        },
      };
    }

    /** Gives up what was kept for LoadBalancers that their Services do not want any more. */
    function letGo(lbs: readonly LoadBalancer[]): void {
      for (const lb of lbs) {
        if (isStillWanted(lb, informers, classes)) continue;
        const member = keyOfLoadBalancer(lb);
        kept.drop(member);
        for (const key of [...stacks.remove(member), writeKey({ of: "one", member })])
          lbController.queue.add(key);
      }
    }

    function loadBalancerHandler(lbs: { place: typeof place; remove: typeof stacks.remove }) {
      const changed = (lb: LoadBalancer, membership: boolean, delayMs = 0) => {
        for (const key of lbs.place(keyOfLoadBalancer(lb))) {
          if (delayMs === 0) lbController.queue.add(key);
          else lbController.queue.addAfter(key, delayMs);
        }
        const owner = ownerKey(lb);
        if (owner !== undefined) serviceController.queue.add(owner);
        if (membership) countClass(lb.spec.className);
      };
      /** What one of that name had before is its own only if it serves the same Service. */
      const arrived = (lb: LoadBalancer, before: LoadBalancer | undefined) => {
        const member = keyOfLoadBalancer(lb);
        const predecessor =
          before ?? kept.of(ownerKey(lb) ?? "").find((each) => keyOfLoadBalancer(each) === member);
        const uid = predecessor?.spec.serviceRef?.uid;
        if (predecessor !== undefined && (uid === undefined || uid !== lb.spec.serviceRef?.uid))
          outlived.add(member);
        if (predecessor !== undefined && isGraph(lb)) heirs.add(lb, predecessor);
        kept.drop(member);
        changed(lb, true);
      };
      return {
        add(lb: LoadBalancer, { initial }: { readonly initial: boolean }) {
          if (!initial) arrived(lb, undefined);
        },
        update(before: LoadBalancer, after: LoadBalancer) {
          // A status that others wrote is put right, but one's own does not bring back what has to wait for another try.
          const delayMs = isGraph(after) && onlyStatusDiffers(before, after) ? FOREIGN_STATUS_MS : 0;
          if (before.metadata.uid === after.metadata.uid) changed(after, false, delayMs);
          // Deleted and made again between two looks.
          else arrived(after, before);
        },
        delete(lb: LoadBalancer) {
          const member = keyOfLoadBalancer(lb);
          // Of a member of a stack that left in order, nothing is left to keep.
          const hasLeft = isGraph(lb) && lb.metadata.deletionTimestamp !== undefined;
          if (!hasLeft && isStillWanted(lb, informers, classes)) kept.keep(lb);
          else
            for (const key of [...lbs.remove(member), writeKey({ of: "one", member })])
              lbController.queue.add(key);
          const owner = ownerKey(lb);
          if (owner !== undefined) serviceController.queue.add(owner);
          countClass(lb.spec.className);
        },
      };
    }

    function isGraph({ spec }: LoadBalancer): boolean {
      return classes.get(spec.className)?.provider?.form === "graph";
    }

    function countClass(name: string): void {
      const held = informers.classes.get(name)?.metadata.finalizers?.includes(classFinalizer) === true;
      // The finalizer that keeps a class in use from being deleted is not put off.
      if (held) classController.queue.addAfter(name, COUNT_INTERVAL_MS);
      else classController.queue.add(name);
    }

    function classHandler(lbs: { place: typeof place; room: typeof room.waiting }) {
      const changed = (cls: LoadBalancerClass) => {
        // Defaults and aliases are decided between classes: each of them may be told something else now.
        for (const each of informers.classes.list()) classController.queue.add(keyOf(each));
        // What it claims now keeps the addresses that another controller gave it: all before any is given a new one.
        takeBackFromServices({ informers, classes, kept, stacks }, informers.services.list());
        letGo(kept.all());
        const name = keyOf(cls);
        wake(informers.loadBalancers.by(BY_CLASS, name).map(keyOfLoadBalancer));
        wake(lbs.room(name));
        for (const service of oldestFirst(informers.services.list())) {
          if (service.spec?.type === "LoadBalancer")
            serviceController.queue.add(keyOf(service), { priority: Priority.background });
        }
      };
      return {
        add(cls: LoadBalancerClass, { initial }: { readonly initial: boolean }) {
          // At the start Services and LoadBalancers come by themselves, oldest first.
          if (initial) classController.queue.add(keyOf(cls));
          else changed(cls);
        },
        delete: changed,
        update(before: LoadBalancerClass, after: LoadBalancerClass) {
          if (decides(before, after)) changed(after);
          // A finalizer of ours that somebody removed is put back.
          else if (before.metadata.finalizers?.length !== after.metadata.finalizers?.length)
            classController.queue.add(keyOf(after));
        },
      };
    }

    function poolHandler(controller: Controller) {
      const changed = () => {
        for (const pool of informers.pools.list()) controller.queue.add(keyOf(pool));
      };
      return {
        add: changed,
        delete: changed,
        update(before: IPAddressPool, after: IPAddressPool) {
          if (decides(before, after)) changed();
        },
      };
    }

    function listenForBareMetal(pools: Controller): (() => void)[] {
      return [
        informers.pools.on(poolHandler(pools)),
        announcements.listen(wake),
        advertising.listen((keys, delayMs) => {
          for (const key of keys) advertisingController.queue.addAfter(key, delayMs);
          // Whether a pool is advertised, and why nobody announces an address, follows from the same objects.
          for (const pool of informers.pools.list()) pools.queue.addAfter(keyOf(pool), delayMs);
          announcements.rulesChanged();
        }),
      ];
    }

    function concernsUs(service: Service): boolean {
      return (
        service.spec?.type === "LoadBalancer" ||
        service.metadata.finalizers?.some((name) => name.startsWith("fairlead.io/")) === true ||
        service.status?.conditions?.some((condition) => condition.type.startsWith("fairlead.io/")) === true ||
        informers.loadBalancers.by(BY_SERVICE, keyOf(service)).length > 0
      );
    }
  }
}
