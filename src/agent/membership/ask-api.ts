/** Asks the API server something small, once, for the network thread hears nobody else: whether this node is cut off from it too. */
import type { Clock } from "../../runtime/clock.ts";
import { isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import { leases } from "../../runtime/leader/lease-record.ts";
import { answerInTime } from "../answer-in-time.ts";
import { leaseNameOf } from "./node-lease.ts";

export interface AskApiOptions {
  /** The one that the Leases have: its connections are open, and carry little else. */
  readonly client: Pick<KubeClient, "get">;
  /** The operator's. */
  readonly namespace: string;
  /** Its own Lease is read, for that it may. */
  readonly node: string;
  /** CLOCK_BOOTTIME, ms. */
  readonly now: () => number;
  /** A request that was sent at this time (`now`) was answered. */
  readonly onReached: (at: number) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Resolves when it was answered or given up. Never rejects. */
export async function askApi(o: AskApiOptions): Promise<void> {
  const { client, namespace, node, now, signal, clock } = o;
  const sentAt = now();
  try {
    const ref = { namespace, name: leaseNameOf(node) };
    await answerInTime((one) => client.get(leases, ref, one), { signal, clock });
  } catch (error) {
    if (!isNotFound(error)) return;
  }
  o.onReached(sentAt);
}
