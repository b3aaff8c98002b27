/** Puts the agent of a node together: what the API server has goes into the network thread, what the node holds goes into its `Announcer`. */
import type { Cache, CacheMetrics } from "../runtime/cache/cache.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import type { EventRecorder } from "../runtime/events/recorder.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Part } from "../runtime/manager.ts";
import { inheritedFrom } from "./announcer/status.ts";
import { writeTimes } from "./announcer/write-times.ts";
import { createAnnouncerWriter } from "./announcer/writer.ts";
import { createApiContact } from "./api-contact.ts";
import type { FrrPlace } from "./bgp/frr-driver.ts";
import type { Bgp, BgpOptions } from "./bgp/start-bgp.ts";
import { createBgpPart } from "./bgp-part.ts";
import { givenAddresses } from "./desire/given-addresses.ts";
import { needs } from "./desire/needs.ts";
import type { ClusterObjects, NodeRules } from "./desire/objects.ts";
import { desire, sameWorld } from "./desire/world.ts";
import { createDesireLoop } from "./desire-loop.ts";
import { tellHappening } from "./happenings.ts";
import { type AgentIdentity, findIdentity } from "./identity.ts";
import { createLeaseKeeper } from "./membership/lease-keeper.ts";
import { createLeaseObserver } from "./membership/lease-observer.ts";
import { createNodeState, type NodeState } from "./node-state.ts";
import type { FromThread, HeartbeatKeys, Statistics } from "./thread/messages.ts";
import type { NetworkThread, NetworkThreadOptions } from "./thread/start.ts";
import { createClusterWatch } from "./watch/cluster-watch.ts";
import { createEndpointWatch } from "./watch/endpoint-watch.ts";
import type { World } from "./world.ts";

export interface AgentOptions extends NodeRules {
  readonly node: string;
  readonly version: string;
  /** The operator's, where the Leases of agents are. */
  readonly namespace: string;
  readonly heartbeatPort: number;
  readonly keys: HeartbeatKeys;
  readonly skipInterfaces: readonly string[] | undefined;
  readonly client: KubeClient;
  /** With sockets of its own, so that a renewal does not stand in line. */
  readonly leaseClient: KubeClient;
  /** Not started yet, so that it starts with the informers that are asked for here. */
  readonly cache: Cache;
  readonly cacheMetrics?: CacheMetrics | undefined;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  readonly startThread: (o: NetworkThreadOptions) => Promise<NetworkThread>;
  readonly frr: FrrPlace;
  readonly startBgp: (o: BgpOptions) => Bgp;
  /** Once it is known what this node has and lacks. */
  readonly onStarted?: ((agent: AgentView) => void) | undefined;
  /** Something worth counting happened: see `Happening`. */
  readonly onHappening?: ((reason: string) => void) | undefined;
}

/** What can be seen of the agent from outside. */
export interface AgentView extends Pick<NodeState, "state" | "interfaces" | "capabilities" | "protocol"> {
  readonly incarnation: number;
  readonly world: World | undefined;
  /** Milliseconds since the API server answered, and everything that is known was as new as that; undefined before the first time. */
  readonly sinceApiMs: number | undefined;
}

export interface Agent {
  readonly part: Part;
  view(): AgentView;
  setKeys(keys: HeartbeatKeys): void;
  /** undefined: the network thread does not run. */
  statistics(): Promise<Statistics | undefined>;
}

/** Handing over takes a moment where somebody takes over; where nobody does, this is waited. */
const leaveMs = 3_000;
const completeMs = 5_000;
/** For the last writes. */
const farewellMs = 1_500;
/** After a restart of all, addresses wait up to 5 s for who had them; after this, the record of the former process is history. */
const inheritMs = 10_000;

export function createAgent(o: AgentOptions): Agent {
  const { client, cache, node, logger, clock = systemClock } = o;
  const ended = new AbortController();
  const loop = createDesireLoop({ make, clock });
  const endpoints = createEndpointWatch({
    client,
    logger,
    metrics: o.cacheMetrics,
    changed: loop.changed,
    signal: ended.signal,
  });
  const watch = createClusterWatch({ cache, endpoints, changed: loop.changed });
  const { informers } = watch;
  const state = createNodeState({
    version: o.version,
    heartbeatPort: o.heartbeatPort,
    now: () => clock.now(),
  });
  /** Something that is told by the Announcer has changed. */
  let written = (): void => {};
  const bgp = createBgpPart({
    ...o,
    clock,
    changed: loop.changed,
    start: o.startBgp,
    onState(status, capabilities) {
      state.setBgp(status, capabilities);
      written();
    },
  });
  let identity: AgentIdentity | undefined;
  let thread: NetworkThread | undefined;
  let world: World | undefined;
  let keys = o.keys;
  let reachedAt: number | undefined;

  return {
    part: {
      name: "agent",
      group: "always",
      run,
      ready: () => state.state === "Ready" || `its state is ${state.state}`,
    },
    view,
    setKeys(next) {
      keys = next;
      thread?.post({ kind: "keys", keys });
    },
    statistics: async () => thread?.statistics(),
  };

  async function run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    try {
      identity = await findIdentity(
        {
          client,
          node,
          nodes: informers.nodes,
          logger,
          clock,
          status(incarnation, before) {
            state.inherit(inheritedFrom(before));
            if (before?.bgp !== undefined) bgp.takeOver();
            return state.status(incarnation, before);
          },
        },
        signal,
      );
      informers.announcers.observe(identity.announcer);
      await complete(stop);
      const running = await start(identity, stop, (error) => failed.abort(error));
      await aborted(stop);
      loop.stop();
      if (!failed.signal.aborted) await running.leave();
      await running.end();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      ended.abort();
      loop.stop();
    }
    if (failed.signal.aborted && !signal.aborted) throw failed.signal.reason;
  }

  /** What is needed in addition is waited for, but not for ever: what a former process held is to be taken up again soon. */
  async function complete(signal: AbortSignal): Promise<void> {
    const objects = clusterObjects();
    watch.need(needs(givenAddresses(objects.loadBalancers, objects.classes), objects));
    const limit = AbortSignal.any([signal, AbortSignal.timeout(completeMs)]);
    await Promise.race([watch.whenComplete(), aborted(limit)]);
  }

  /** From the first heartbeat on. */
  async function start(self: AgentIdentity, stop: AbortSignal, fail: (error: Error) => void) {
    const early: FromThread[] = [];
    let onMessage = (message: FromThread): void => void early.push(message);
    const network = await o.startThread({
      settings: {
        node,
        incarnation: self.incarnation,
        heartbeatPort: o.heartbeatPort,
        keys,
        skipInterfaces: o.skipInterfaces,
      },
      onMessage: (message) => onMessage(message),
      onFailure: fail,
    });
    thread = network;
    const now = () => network.now();
    const nodes = () => informers.announcers.size;

    const writer = createAnnouncerWriter({
      client,
      node: self.owner,
      written: self.written,
      status: (before) => state.status(self.incarnation, before),
      times: () => writeTimes(nodes(), Math.random()),
      logger,
      clock,
    });
    written = writer.changed;
    const contact = createApiContact({
      now,
      reached(at) {
        reachedAt = at;
        network.post({ kind: "api-reached", at });
      },
      async refresh() {
        logger.info("The API server answers again: everything is read anew");
        await Promise.all([cache.catchUp(stop), endpoints.catchUp(stop)]);
        loop.now();
      },
    });
    const leases = { namespace: o.namespace, now, onReached: contact.answered, clock };
    const observer = createLeaseObserver({
      ...leases,
      client: o.leaseClient,
      onSeen: (lease) => network.post({ kind: "lease", lease }),
    });
    const keeper = createLeaseKeeper({
      ...leases,
      client: o.leaseClient,
      node: self.owner,
      incarnation: self.incarnation,
      nodes,
      onRenewed: (renewedAt, durationMs) =>
        network.post({ kind: "lease", lease: { node, renewedAt, durationMs } }),
      onReplaced: (by) =>
        fail(
          new Error(`Another agent of node ${node} runs (${by}): this one ends, for there can be only one`),
        ),
      logger,
    });
    onMessage = (message) => {
      if (state.take(message)) writer.changed();
      if (message.kind === "interfaces") tellStart();
      if (message.kind === "leases-wanted") observer.want(message.nodes);
      if (message.kind !== "happened") return;
      const { happening } = message;
      o.onHappening?.(happening.reason);
      tellHappening(
        { node, loadBalancers: () => informers.loadBalancers.list(), events: o.events, logger },
        happening,
      );
    };
    let toldStart = false;
    const tellStart = (): void => {
      if (!toldStart) o.onStarted?.(view());
      toldStart = true;
    };
    for (const message of early) onMessage(message);
    informers.announcers.on({
      delete(announcer) {
        if (announcer.metadata.name === node) writer.lost();
      },
    });
    const history = clock.setTimeout(() => {
      state.inherit([]);
      loop.changed();
      writer.changed();
    }, inheritMs);
    // The world first: from its contact with the API server on, the protocol acts by it.
    loop.now();
    const writing = writer.run(stop);
    const stopWatching = new AbortController();
    const watching = Promise.all([
      keeper.run(stopWatching.signal),
      observer.run(stopWatching.signal),
      bgp.run(stopWatching.signal),
    ]);
    return {
      async leave() {
        history.clear();
        state.leave();
        await writing;
        const limit = AbortSignal.timeout(leaveMs);
        const told = writer.finish(limit).catch(() => {});
        await Promise.race([network.leave(), aborted(limit)]);
        await Promise.race([told, aborted(limit)]);
      },
      async end() {
        history.clear();
        stopWatching.abort();
        await Promise.all([writing, watching, network.stop()]);
        if (failing()) return;
        // What is written last: nothing is held any more, and the Lease is free.
        const limit = AbortSignal.timeout(farewellMs);
        const last = Promise.all([writer.finish(limit), keeper.release()]);
        await Promise.race([last, aborted(limit)]).catch((error: unknown) =>
          logger.info("The last write of the Announcer failed; it will be corrected at the next start", {
            error,
          }),
        );
      },
    };

    function failing(): boolean {
      return state.state !== "Leaving";
    }
  }

  function view(): AgentView {
    const { state: at, interfaces, capabilities, protocol } = state;
    return {
      state: at,
      interfaces,
      capabilities,
      protocol,
      incarnation: identity?.incarnation ?? 0,
      world,
      sinceApiMs: reachedAt === undefined || thread === undefined ? undefined : thread.now() - reachedAt,
    };
  }

  function make({ must }: { readonly must: boolean }): "made" | "incomplete" {
    if (identity === undefined || thread === undefined) return "made";
    const objects = clusterObjects();
    watch.need(needs(givenAddresses(objects.loadBalancers, objects.classes), objects));
    if (!watch.isComplete && !must) return "incomplete";
    const { inherited } = state;
    const made = desire({
      cluster: identity.cluster,
      node,
      objects,
      incarnation: identity.incarnation,
      recorded:
        inherited.length > 0 ? inherited.map(({ address, epoch }) => ({ address, epoch })) : undefined,
      before: world,
      ignoreExcludeLabel: o.ignoreExcludeLabel,
      drainTaints: o.drainTaints,
    });
    if (world === undefined || !sameWorld(world, made.world))
      thread.post({ kind: "world", world: made.world });
    ({ world } = made);
    if (!watch.isComplete) return "incomplete";
    // Routes are withdrawn where nobody takes traffic: that has to be known, and FRR goes on with what it has until then.
    bgp.apply({
      objects,
      peers: informers.peers.list(),
      profiles: informers.profiles.list(),
      communities: informers.communities.list(),
    });
    return "made";
  }

  function clusterObjects(): ClusterObjects {
    return {
      loadBalancers: informers.loadBalancers.list(),
      classes: informers.classes.list(),
      pools: informers.pools.list(),
      l2Advertisements: informers.l2Advertisements.list(),
      bgpAdvertisements: informers.bgpAdvertisements.list(),
      nodes: informers.nodes.list(),
      announcers: informers.announcers.list(),
      serviceLabels: watch.serviceLabels,
      endpointSlices: endpoints.slices,
    };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
