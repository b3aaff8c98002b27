/** A process of the agent from its first heartbeat to its last: the network thread, the `Announcer` and the Leases. */
import { type Clock, sleep } from "../runtime/clock.ts";
import type { KubeClient } from "../runtime/kube/client.ts";
import type { Logger } from "../runtime/logger.ts";
import { writeTimes } from "./announcer/write-times.ts";
import { createAnnouncerWriter } from "./announcer/writer.ts";
import { createApiContact } from "./api-contact.ts";
import type { AgentIdentity } from "./identity.ts";
import { askApi } from "./membership/ask-api.ts";
import { createLeaseKeeper } from "./membership/lease-keeper.ts";
import { createLeaseObserver } from "./membership/lease-observer.ts";
import type { NodeState } from "./node-state.ts";
import type { FromThread, ThreadSettings } from "./thread/messages.ts";
import type { NetworkThread, NetworkThreadOptions } from "./thread/start.ts";
import { aborted } from "./until.ts";
import type { ClusterWatch } from "./watch/cluster-watch.ts";

export interface SessionOptions {
  readonly identity: AgentIdentity;
  readonly settings: Omit<ThreadSettings, "node" | "incarnation">;
  readonly namespace: string;
  readonly client: KubeClient;
  readonly leaseClient: KubeClient;
  readonly state: NodeState;
  readonly informers: ClusterWatch["informers"];
  readonly startThread: (o: NetworkThreadOptions) => Promise<NetworkThread>;
  /** What the network thread tells, after the state has taken it. */
  readonly onMessage: (message: FromThread) => void;
  /** Brings all that is known up to what the API server has, and passes it on. */
  readonly refresh: () => Promise<void>;
  /** The process can't go on. */
  readonly fail: (error: Error) => void;
  /** Another process has begun as the agent of this node: this one is to end, after `giveWay`. */
  readonly replaced: (error: Error) => void;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Ends the writing; `leave` and `end` follow. */
  readonly stop: AbortSignal;
}

export interface Session {
  readonly network: NetworkThread;
  /** What the `Announcer` says has changed. */
  changed(): void;
  /** From now on the Lease is renewed, and the protocol hears of the API server: it is to know the world by then. */
  begin(): void;
  /** CLOCK_BOOTTIME, ms; see `ApiContact`. */
  readonly reachedAt: number | undefined;
  /** Hands everything over. Resolves when that is done, or nobody took it. */
  leave(): Promise<void>;
  /**
   * As `leave`, without a word to the API server, where it is the other one who speaks for the node now. Others do not heed what an earlier
   * incarnation says, but clients are answered until the new one has listened.
   */
  giveWay(): Promise<void>;
  /** Ends the thread. After `leave` it also writes that nothing is held any more, and gives the Lease back. */
  end(): Promise<void>;
}

/** Handing over takes a moment where somebody takes over; where nobody does, this is waited. */
const leaveMs = 3_000;
/** Settings of the kernel change without a word. */
const lookAgainMs = 30_000;
/** For writes that were begun before the end, and for the last ones. */
const farewellMs = 1_000;

/** @throws Error when the network thread can't start. */
export async function startSession(o: SessionOptions): Promise<Session> {
  const { identity, client, leaseClient, state, informers, clock, logger, stop, fail } = o;
  const { incarnation, owner } = identity;
  const node = owner.name;
  const early: FromThread[] = [];
  const untilEnd = new AbortController();
  let onMessage = (message: FromThread): void => void early.push(message);
  const network = await o.startThread({
    settings: { ...o.settings, node, incarnation },
    onMessage: (message) => onMessage(message),
    onFailure: fail,
  });
  const now = () => network.now();
  const nodes = () => informers.announcers.size;
  const writer = createAnnouncerWriter({
    client,
    node: owner,
    written: identity.written,
    status: (before) => state.status(incarnation, before),
    times: () => writeTimes(nodes(), Math.random()),
    logger,
    clock,
  });
  const contact = createApiContact({
    now,
    reached: (at) => network.post({ kind: "api-reached", at }),
    refresh: o.refresh,
  });
  const leases = { client: leaseClient, namespace: o.namespace, now, onReached: contact.answered, clock };
  const observer = createLeaseObserver({
    ...leases,
    onSeen: (lease) => network.post({ kind: "lease", lease }),
  });
  const replaced = (by: string) =>
    o.replaced(
      new Error(`Another agent of node ${node} has begun (${by}): this one ends, for there can be only one`),
    );
  const keeper = createLeaseKeeper({
    ...leases,
    node: owner,
    incarnation,
    nodes,
    onRenewed: (renewedAt, durationMs) =>
      network.post({ kind: "lease", lease: { node, renewedAt, durationMs } }),
    onReplaced: replaced,
    logger,
  });
  onMessage = (message) => {
    if (state.take(message)) writer.changed();
    if (message.kind === "leases-wanted") observer.want(message.nodes);
    if (message.kind === "api-wanted") void askApi({ ...leases, node, signal: untilEnd.signal });
    o.onMessage(message);
  };
  for (const message of early) onMessage(message);
  informers.announcers.on({
    update(_, { metadata, status }) {
      const current = status?.incarnation ?? 0;
      if (metadata.name === node && current > incarnation) replaced(`incarnation ${current}`);
    },
    delete({ metadata }) {
      if (metadata.name === node) writer.lost();
    },
  });
  const writing = writer.run(stop);
  const lookAgain = async () => {
    while (!stop.aborted) {
      await sleep(lookAgainMs, { signal: stop, clock }).catch(() => {});
      writer.changed();
    }
  };
  void lookAgain();
  let watching: Promise<unknown> = Promise.resolve();

  return {
    network,
    changed: writer.changed,
    begin() {
      watching = Promise.all([keeper.run(untilEnd.signal), observer.run(untilEnd.signal)]);
    },
    get reachedAt() {
      return contact.reachedAt;
    },
    async leave() {
      state.leave();
      await writing;
      const telling = new AbortController();
      const told = writer.finish(telling.signal).catch(() => {});
      await Promise.race([network.leave(), aborted(AbortSignal.timeout(leaveMs))]);
      await Promise.race([told, aborted(AbortSignal.timeout(farewellMs))]);
      telling.abort();
    },
    async giveWay() {
      await Promise.race([network.leave(), aborted(AbortSignal.timeout(leaveMs))]);
    },
    async end() {
      untilEnd.abort();
      await Promise.all([writing, watching, network.stop()]);
      if (state.state !== "Leaving") return;
      const limit = AbortSignal.timeout(farewellMs);
      const last = Promise.all([writer.finish(limit), keeper.release()]);
      await Promise.race([last, aborted(limit)]).catch((error: unknown) =>
        logger.info("The last write of the Announcer failed; the next start corrects it", { error }),
      );
    },
  };
}
