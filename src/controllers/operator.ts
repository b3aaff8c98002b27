/** Puts the reconcilers together: informers, queues, who is told of which change, and the order of a start. */
import { type IPAddressPool, ipAddressPools } from "../api/ip-address-pool.ts";
import { type Namespace, namespaces, type Service, services } from "../api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../api/load-balancer.ts";
import { type LoadBalancerClass, loadBalancerClasses } from "../api/load-balancer-class.ts";
import { classFinalizer } from "../api/names.ts";
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
import { createClasses } from "./classes.ts";
import { BY_CLASS, BY_NAMESPACE, BY_SERVICE, type Dependencies, type Informers } from "./dependencies.ts";
import { addIndexes, oldestFirst, ownerKey } from "./indexes.ts";
import { keyOfLoadBalancer } from "./load-balancer/members.ts";
import { createLoadBalancerReconciler } from "./load-balancer/reconcile.ts";
import { createRoomKeeper } from "./load-balancer/room.ts";
import { createStacks, writeKey } from "./load-balancer/stacks.ts";
import { createClassReconciler } from "./load-balancer-class/reconcile.ts";
import { readLatest } from "./recorded.ts";
import { decides } from "./relevant.ts";
import { createServiceReconciler } from "./service/reconcile.ts";
import { takeBackRecorded } from "./take-back.ts";

export interface OperatorOptions {
  /** Everything is written through it: give one that the leader election guards (`client.guarded(elector.guard)`). */
  readonly client: KubeClient;
  /** Not started yet, so that it starts with the informers that are asked for here. */
  readonly cache: Cache;
  readonly events: EventRecorder;
  readonly providers: readonly Provider[];
  /** Services, and load balancers, worked on at once. Default: 32. */
  readonly concurrency?: number | undefined;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  readonly clock?: Clock | undefined;
}

/** How often counts in the status of pools and classes are written at most. */
const COUNT_INTERVAL_MS = 1_000;

/**
 * The operator as a part of a manager: it begins when this process leads and the cache has synced, takes back what is recorded before it
 * gives out anything, and ends when the reconciles in flight have ended. It runs once.
 */
export function createOperator(o: OperatorOptions): Part {
  const { client, cache, events, metrics, clock = systemClock, concurrency = 32 } = o;
  const logger = o.logger.child({ part: "operator" });
  const informers: Informers = {
    services: cache.informer(services),
    loadBalancers: cache.informer(loadBalancers),
    classes: cache.informer(loadBalancerClasses),
    pools: cache.informer(ipAddressPools),
    namespaces: cache.informer<Namespace>(namespaces, { metadataOnly: true }),
  };
  addIndexes(informers);
  const providers = new Map(o.providers.map((provider) => [provider.name, provider]));
  const classes = createClasses(informers.classes, providers);
  const deps: Dependencies = { client, informers, classes, events, clock, logger };
  return { name: "operator", group: "leader", run };

  async function run(signal: AbortSignal): Promise<void> {
    const direct = o.providers.filter((provider): provider is DirectProvider => provider.form === "direct");
    const bareMetal = providers.get(BARE_METAL) as BareMetalProvider | undefined;
    const stacks = createStacks(classes, informers);
    const room = createRoomKeeper();
    const place = (key: string) => {
      const lb = informers.loadBalancers.get(key);
      return lb === undefined ? [writeKey({ of: "one", member: key })] : stacks.place(lb);
    };
    const wake = (members: Iterable<string>) => {
      for (const member of members) for (const key of place(member)) lbController.queue.add(key);
    };

    const common = { logger: o.logger, metrics, clock };
    const backoff = { baseMs: 500, maxMs: 300_000 };
    const serviceController = createController({
      ...common,
      name: "service",
      concurrency,
      backoff,
      reconcile: createServiceReconciler(deps),
    });
    const lbController: Controller = createController({
      ...common,
      name: "load-balancer",
      concurrency,
      backoff,
      reconcile: createLoadBalancerReconciler({ ...deps, stacks, room, direct, wake }),
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
            reconcile: createPoolReconciler(deps, bareMetal),
          });
    if (poolController !== undefined) controllers.push(poolController);

    await readLatest(client, informers, signal);
    takeBackRecorded({ informers, classes, direct, room, wake });
    bareMetal?.onUsage(() => {
      for (const pool of informers.pools.list())
        poolController?.queue.addAfter(keyOf(pool), COUNT_INTERVAL_MS);
    });

    const stopListening = listen({ place, remove: stacks.remove, room: room.waiting });
    try {
      await Promise.all(controllers.map((controller) => controller.run(signal)));
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
      if (poolController !== undefined) off.push(informers.pools.on(poolHandler(poolController)));
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
          if (concernsUs(before) || concernsUs(after)) serviceController.queue.add(keyOf(after));
        },
        delete(service: Service) {
          if (!concernsUs(service)) return;
          serviceController.queue.add(keyOf(service));
          // Addresses taken back from its status may be held under the name that its LoadBalancer would have had.
          wake([keyOf(service)]);
        },
      };
    }

    function loadBalancerHandler(lbs: { place: typeof place; remove: typeof stacks.remove }) {
      const changed = (lb: LoadBalancer, membership: boolean) => {
        for (const key of lbs.place(keyOfLoadBalancer(lb))) lbController.queue.add(key);
        const owner = ownerKey(lb);
        if (owner !== undefined) serviceController.queue.add(owner);
        if (membership) countClass(lb.spec.className);
      };
      return {
        add(lb: LoadBalancer, { initial }: { readonly initial: boolean }) {
          if (!initial) changed(lb, true);
        },
        update(before: LoadBalancer, after: LoadBalancer) {
          // Deleted and made again between two looks: what the old one had is not the new one's.
          if (before.metadata.uid !== after.metadata.uid) {
            for (const provider of direct) void provider.release(keyOfLoadBalancer(before), signal);
          }
          changed(after, before.metadata.uid !== after.metadata.uid);
        },
        delete(lb: LoadBalancer) {
          const member = keyOfLoadBalancer(lb);
          for (const key of [...lbs.remove(member), writeKey({ of: "one", member })])
            lbController.queue.add(key);
          const owner = ownerKey(lb);
          if (owner !== undefined) serviceController.queue.add(owner);
          countClass(lb.spec.className);
        },
      };
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
        const name = keyOf(cls);
        wake(informers.loadBalancers.by(BY_CLASS, name).map(keyOfLoadBalancer));
        wake(lbs.room(name));
        for (const service of oldestFirst(informers.services.list())) {
          if (service.spec?.type === "LoadBalancer")
            serviceController.queue.add(keyOf(service), { priority: Priority.background });
        }
      };
      return {
        add: changed,
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
