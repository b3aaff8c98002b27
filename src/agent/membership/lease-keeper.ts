/** Renews the Lease of this node's agent, and so knows whether the API server can be reached. */
import { type Clock, sleep, systemClock } from "../../runtime/clock.ts";
import {
  isAlreadyExists,
  isApiError,
  isConflict,
  isForbidden,
  isNotFound,
} from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import { claimed, type Lease, leases, newLease, released } from "../../runtime/leader/lease-record.ts";
import { type Logger, silentLogger } from "../../runtime/logger.ts";
import { answerInTime, type OneTry } from "../answer-in-time.ts";
import { identityOf, incarnationIn, leaseNameOf, leaseTimes, retryMsOf } from "./node-lease.ts";

export interface LeaseKeeperOptions {
  /** Best with sockets of its own: a renewal does not stand in line behind anything. */
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  /** The operator's. */
  readonly namespace: string;
  /** The Lease goes with this Node. */
  readonly node: { readonly name: string; readonly uid: string };
  readonly incarnation: number;
  /** How many nodes have an agent, now: the more, the slower is each. */
  readonly nodes: () => number;
  /** CLOCK_BOOTTIME, ms. */
  readonly now: () => number;
  /** A request that was sent at this time (`now`) was answered. */
  readonly onReached: (at: number) => void;
  /** The Lease was renewed by a request that was sent at this time; nobody has seen it renewed before. */
  readonly onRenewed: (at: number, durationMs: number) => void;
  /** A later agent of this node has the Lease. Renewing has ended: this process is to end too. */
  readonly onReplaced: (identity: string) => void;
  readonly logger?: Logger | undefined;
  /** For waiting only. */
  readonly clock?: Clock | undefined;
  /** In [0, 1). */
  readonly random?: (() => number) | undefined;
}

export interface LeaseKeeper {
  /** Renews until the signal aborts, or a later agent of this node has the Lease. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Gives the Lease back, so that nobody waits for its end. After `run` has resolved; gives up in silence. */
  release(): Promise<void>;
}

/** Longest pause between two requests, for the API server's absence is to be noticed. */
const lookMs = 3_000;
const soonMs = 1_000;
/** An API server that asks for more is asked again all the same: it may be another one by then. */
const longestWaitMs = 30_000;

export function createLeaseKeeper(o: LeaseKeeperOptions): LeaseKeeper {
  const { client, namespace, node, now, clock = systemClock, random = Math.random } = o;
  const logger = o.logger ?? silentLogger;
  const ref = { namespace, name: leaseNameOf(node.name) };
  const identity = identityOf({ node: node.name, incarnation: o.incarnation });
  const owner = { apiVersion: "v1", kind: "Node", name: node.name, uid: node.uid };
  let known: Lease | undefined;
  let replacedBy: string | undefined;

  const ask = async <T>(send: (one: OneTry) => Promise<T>, signal?: AbortSignal) => {
    const sentAt = now();
    try {
      const answer = await answerInTime(send, { signal, clock });
      o.onReached(sentAt);
      return { answer, sentAt };
    } catch (error) {
      // It was reached, even if it has another opinion.
      if (isConflict(error) || isNotFound(error) || isAlreadyExists(error)) o.onReached(sentAt);
      throw error;
    }
  };
  const saw = (lease: Lease): void => {
    known = lease;
    if (incarnationIn(lease) > o.incarnation) replacedBy = lease.spec?.holderIdentity;
  };
  const read = async (signal: AbortSignal): Promise<void> => {
    try {
      saw((await ask((one) => client.get(leases, ref, one), signal)).answer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      known = undefined;
    }
  };
  const claim = async (signal: AbortSignal): Promise<void> => {
    const { durationMs } = leaseTimes(o.nodes());
    const terms = { identity, leaseMs: durationMs, nowMs: clock.now() };
    const lease = owned(known === undefined ? newLease(ref, terms) : claimed(known, terms));
    const { answer, sentAt } = await ask(
      (one) => (known === undefined ? client.create(leases, lease, one) : client.replace(leases, lease, one)),
      signal,
    );
    known = answer;
    o.onRenewed(sentAt, durationMs);
  };
  const owned = (lease: Lease): Lease => ({
    ...lease,
    metadata: { ...lease.metadata, ownerReferences: [owner] },
  });
  const renew = async (signal: AbortSignal): Promise<void> => {
    if (known === undefined) await read(signal);
    if (replacedBy !== undefined) return;
    try {
      await claim(signal);
    } catch (error) {
      // Somebody wrote, made or deleted it since.
      if (!isConflict(error) && !isNotFound(error) && !isAlreadyExists(error)) throw error;
      await read(signal);
      if (replacedBy === undefined) await claim(signal);
    }
  };

  return {
    async run(signal) {
      let writeAt = 0;
      let failed = false;
      while (!signal.aborted && replacedBy === undefined) {
        const { renewMs } = leaseTimes(o.nodes());
        const retryMs = retryMsOf(o.nodes());
        const isToWrite = clock.monotonic() >= writeAt;
        let pauseMs: number;
        try {
          if (!isToWrite) await read(signal);
          else {
            // Said before it is tried: however it ends, the next try is not sooner.
            writeAt = clock.monotonic() + retryMs * (1 + 0.5 * random());
            await renew(signal);
            writeAt = clock.monotonic() + renewMs * (0.9 + 0.1 * random());
            if (failed) logger.info("The Lease of this node's agent is renewed again", { lease: ref.name });
            failed = false;
          }
          pauseMs = Math.min(lookMs, writeAt - clock.monotonic());
        } catch (error) {
          if (signal.aborted) return;
          if (!failed)
            logger.warn("Cannot renew the Lease of this node's agent; trying on", {
              lease: ref.name,
              error,
              advice: adviceOn(error, namespace),
            });
          failed = true;
          // Whether it can be reached at all is to be known soon; if not even that is answered, not every second for all.
          const lookAgainMs = isToWrite ? soonMs : Math.min(lookMs, retryMs);
          pauseMs = Math.max(askedToWaitMs(error), lookAgainMs * (0.5 + random()));
          writeAt = Math.max(writeAt, clock.monotonic() + pauseMs);
        }
        if (replacedBy === undefined) await sleep(Math.max(0, pauseMs), { signal, clock }).catch(() => {});
      }
      if (replacedBy !== undefined) o.onReplaced(replacedBy);
    },
    async release() {
      if (known === undefined || replacedBy !== undefined) return;
      const free = released(known, clock.now());
      try {
        await ask((one) => client.replace(leases, free, one));
      } catch (error) {
        logger.debug("The Lease of this node's agent was not given back and will expire", { error });
      }
    },
  };
}

function adviceOn(error: unknown, namespace: string): string | undefined {
  if (isNotFound(error)) return `namespace ${namespace} (--namespace) must exist`;
  if (isForbidden(error))
    return `kubectl apply -f deploy/agent.yaml gives the agents their role in namespace fairlead-system; --namespace is ${namespace}`;
  return undefined;
}

/** `Retry-After` of a refusal. */
function askedToWaitMs(error: unknown): number {
  return Math.min(longestWaitMs, (isApiError(error) ? error.retryAfterMs : undefined) ?? 0);
}
