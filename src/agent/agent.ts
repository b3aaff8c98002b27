/** Puts the agent of a node together: what the API server has goes into the network thread, what the node holds goes into its `Announcer`. */
import type { Cache, CacheMetrics } from "../runtime/cache/cache.ts";
import { type Clock, systemClock } from "../runtime/clock.ts";
import type { EventRecorder } from "../runtime/events/recorder.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import type { Logger } from "../runtime/logger.ts";
import type { Part } from "../runtime/manager.ts";
import { inheritedFrom } from "./announcer/status.ts";
import { gapMs } from "./api-contact.ts";
import type { FrrPlace } from "./bgp/frr-driver.ts";
import type { Bgp, BgpOptions } from "./bgp/start-bgp.ts";
import { createBgpPart } from "./bgp-part.ts";
import { givenAddresses } from "./desire/given-addresses.ts";
import { needs } from "./desire/needs.ts";
import type { NodeRules } from "./desire/objects.ts";
import { desire, sameWorld } from "./desire/world.ts";
import { createDesireLoop } from "./desire-loop.ts";
import { addressesIn, createHappenings } from "./happenings.ts";
import { type AgentIdentity, findIdentity } from "./identity.ts";
import { createNodeState, type NodeState } from "./node-state.ts";
import { type Session, startSession } from "./session.ts";
import type { FromThread, HeartbeatKeys, Statistics } from "./thread/messages.ts";
import type { NetworkThread, NetworkThreadOptions } from "./thread/start.ts";
import { aborted } from "./until.ts";
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
export interface AgentView
  extends Pick<NodeState, "state" | "interfaces" | "capabilities" | "protocol" | "bgp"> {
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

/** What is newly needed is waited for, but not for ever: what a former process held is to be taken up again soon. */
const completeMs = 5_000;
/** After a restart of all, addresses wait up to 5 s for who had them; after this, the record of the former process is history. */
const inheritMs = 10_000;
/** An index of LoadBalancers. */
const byAddress = "address";
/** By then all that can be read anew has been read. */
const refreshMs = 30_000;

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
  informers.loadBalancers.addIndex(byAddress, addressesIn);
  const state = createNodeState({
    version: o.version,
    heartbeatPort: o.heartbeatPort,
    now: () => clock.now(),
  });
  const happenings = createHappenings({
    node,
    loadBalancersWith: (address) => informers.loadBalancers.by(byAddress, address),
    events: o.events,
    logger,
    clock,
  });
  let identity: AgentIdentity | undefined;
  let session: Session | undefined;
  let world: World | undefined;
  let { keys } = o;
  let toldStart = false;
  const bgp = createBgpPart({
    ...o,
    clock,
    changed: loop.changed,
    start: o.startBgp,
    onState(status, capabilities) {
      state.setBgp(status, capabilities);
      session?.changed();
    },
  });

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
      session?.network.post({ kind: "keys", keys });
    },
    statistics: async () => session?.network.statistics(),
  };

  async function run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    let isReplaced = false;
    const fail = (error: Error) => failed.abort(error);
    const replaced = (error: Error) => {
      isReplaced = !failed.signal.aborted;
      fail(error);
    };
    try {
      identity = await begin(signal);
      await complete(stop);
      await announce(identity, stop, { fail, replaced });
      if (!failed.signal.aborted) await session?.leave();
      else if (isReplaced) await session?.giveWay();
      await session?.end();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      ended.abort();
      loop.stop();
      happenings.end();
    }
    if (failed.signal.aborted && !signal.aborted) throw failed.signal.reason;
  }

  async function begin(signal: AbortSignal): Promise<AgentIdentity> {
    const since = clock.monotonic();
    const begun = await findIdentity(
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
    // What was read at the start may be old by the time that the API server could be written to.
    if (clock.monotonic() - since > gapMs) await cache.catchUp(signal);
    informers.announcers.observe(begun.announcer);
    return begun;
  }

  async function complete(signal: AbortSignal): Promise<void> {
    look();
    const limit = AbortSignal.any([signal, AbortSignal.timeout(completeMs)]);
    await Promise.race([watch.whenComplete(), aborted(limit)]);
  }

  /** Resolves when it is to stop. */
  async function announce(
    self: AgentIdentity,
    stop: AbortSignal,
    { fail, replaced }: Record<"fail" | "replaced", (error: Error) => void>,
  ) {
    session = await startSession({
      identity: self,
      settings: { heartbeatPort: o.heartbeatPort, keys, skipInterfaces: o.skipInterfaces },
      namespace: o.namespace,
      client,
      leaseClient: o.leaseClient,
      state,
      informers,
      startThread: o.startThread,
      onMessage,
      refresh: () => refresh(stop),
      fail,
      replaced,
      logger,
      clock,
      stop,
    });
    const checkNode = ({ name, uid }: { name?: string | undefined; uid?: string | undefined }) => {
      if (name !== node || uid === self.owner.uid) return;
      // The Announcer and the Lease of the one before go with it, again and again.
      fail(new Error(`Node ${node} was registered anew: the agent has to start anew with it`));
    };
    informers.nodes.on({
      add: ({ metadata }) => checkNode(metadata),
      update: (_, { metadata }) => checkNode(metadata),
    });
    const history = clock.setTimeout(() => {
      state.inherit([]);
      loop.changed();
      session?.changed();
    }, inheritMs);
    loop.now();
    session.begin();
    const routing = bgp.run(stop);
    await aborted(stop);
    history.clear();
    loop.stop();
    await routing;
  }

  function onMessage(message: FromThread): void {
    if (message.kind === "interfaces" && !toldStart) {
      toldStart = true;
      o.onStarted?.(view());
    }
    if (message.kind !== "happened") return;
    for (const { reason } of message.happenings) o.onHappening?.(reason);
    happenings.tell(message.happenings);
  }

  async function refresh(stop: AbortSignal): Promise<void> {
    logger.info("The API server answers again: everything is read anew");
    const limit = AbortSignal.timeout(refreshMs);
    const reading = AbortSignal.any([stop, limit]);
    try {
      await Promise.all([cache.catchUp(reading), endpoints.catchUp(reading)]);
    } catch (error) {
      if (!limit.aborted) throw error;
      logger.warn("Not everything could be read anew: the agent goes on by what it knows");
    }
    loop.now();
  }

  function view(): AgentView {
    const { state: at, interfaces, capabilities, protocol, bgp: routing } = state;
    const since = session?.reachedAt;
    return {
      state: at,
      interfaces,
      capabilities,
      protocol,
      bgp: routing,
      incarnation: identity?.incarnation ?? 0,
      world,
      sinceApiMs: session === undefined || since === undefined ? undefined : session.network.now() - since,
    };
  }

  /** What there is now, and which addresses are given out; from now on all that counts for these is watched. */
  function look() {
    const objects = watch.objects();
    const given = givenAddresses(objects.loadBalancers, objects.classes);
    watch.need(needs(given, objects));
    return { objects, given };
  }

  function make({ must }: { readonly must: boolean }): "made" | "incomplete" {
    if (identity === undefined || session === undefined) return "made";
    const { objects, given } = look();
    if (!watch.isComplete && !must) return "incomplete";
    const { inherited } = state;
    const made = desire({
      cluster: identity.cluster,
      node,
      objects,
      given,
      incarnation: identity.incarnation,
      recorded:
        inherited.length > 0 ? inherited.map(({ address, epoch }) => ({ address, epoch })) : undefined,
      before: world,
      ignoreExcludeLabel: o.ignoreExcludeLabel,
      drainTaints: o.drainTaints,
    });
    if (world === undefined || !sameWorld(world, made.world))
      session.network.post({ kind: "world", world: made.world });
    ({ world } = made);
    if (!watch.isComplete) return "incomplete";
    // Routes are withdrawn where nobody takes traffic: that has to be known, and FRR goes on with what it has until then.
    bgp.apply({ objects, given, ...watch.ofBgp() });
    return "made";
  }
}
