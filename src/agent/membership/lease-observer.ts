/**
 * Looks at the Leases of those nodes that seem to be gone, and at no others: if every agent watched all of them, the API
 * server would have to send the square of their number.
 */
import { type Clock, sleep, systemClock } from "../../runtime/clock.ts";
import { isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import { type Lease, leases } from "../../runtime/leader/lease-record.ts";
import { answerInTime } from "../answer-in-time.ts";
import { durationIn, leaseNameOf } from "./node-lease.ts";

/** `renewedAt`: CLOCK_BOOTTIME, ms. undefined: there is no Lease, or it was given back. */
export interface LeaseSighting {
  readonly node: string;
  readonly renewedAt: number | undefined;
  readonly durationMs: number;
}

export interface LeaseObserverOptions {
  readonly client: Pick<KubeClient, "get">;
  /** The operator's. */
  readonly namespace: string;
  /** CLOCK_BOOTTIME, ms. */
  readonly now: () => number;
  /** A Lease that is looked at was seen for the first time, or to have changed, or not to be there. */
  readonly onSeen: (sighting: LeaseSighting) => void;
  /** A request that was sent at this time was answered. */
  readonly onReached: (at: number) => void;
  readonly clock?: Clock | undefined;
}

export interface LeaseObserver {
  /** Replaces the list of nodes to look at; the first look is taken at once. */
  want(nodes: readonly string[]): void;
  /** Looks until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/** Leases are renewed every 3 s or more rarely. */
const everyMs = 1_000;

export function createLeaseObserver(o: LeaseObserverOptions): LeaseObserver {
  const { client, namespace, now, clock = systemClock } = o;
  /** What was seen last, by node; null before the first look. */
  const wanted = new Map<string, string | null>();
  let wake = new AbortController();

  const look = async (node: string, signal: AbortSignal): Promise<void> => {
    const sentAt = now();
    let lease: Lease | undefined;
    try {
      const ref = { namespace, name: leaseNameOf(node) };
      lease = await answerInTime((one) => client.get(leases, ref, one), { signal, clock });
    } catch (error) {
      // Not reached: whoever waits for an expiry counts only what it saw while it could see.
      if (!isNotFound(error)) return;
    }
    o.onReached(sentAt);
    if (!wanted.has(node)) return;
    const durationMs = lease && durationIn(lease);
    const seen =
      durationMs === undefined ? "none" : `${lease?.metadata.uid}/${lease?.metadata.resourceVersion}`;
    if (wanted.get(node) === seen) return;
    wanted.set(node, seen);
    // When it was renewed nobody can tell; it was before the answer came.
    o.onSeen({ node, renewedAt: durationMs === undefined ? undefined : now(), durationMs: durationMs ?? 0 });
  };

  return {
    want(nodes) {
      for (const node of wanted.keys()) if (!nodes.includes(node)) wanted.delete(node);
      let added = false;
      for (const node of nodes) {
        if (wanted.has(node)) continue;
        wanted.set(node, null);
        added = true;
      }
      if (added) wake.abort();
    },
    async run(signal) {
      while (!signal.aborted) {
        wake = new AbortController();
        await Promise.all([...wanted.keys()].map((node) => look(node, signal)));
        const either = AbortSignal.any([signal, wake.signal]);
        const pauseMs = wanted.size === 0 ? 2 ** 31 - 1 : everyMs;
        await sleep(pauseMs, { signal: either, clock }).catch(() => {});
      }
    },
  };
}
