/** Reads and writes the Lease. Each write tells the instant before it was sent. */
import type { Clock } from "../clock.ts";
import { isNotFound } from "../kube/api-error.ts";
import type { KubeClient } from "../kube/client.ts";
import { claimed, type Lease, leases, newLease, released } from "./lease-record.ts";
import type { Observation } from "./observation.ts";
import { type Instant, instant } from "./term.ts";

/** A claim that the API server confirmed. */
export interface Confirmed {
  /** From before the request was sent: nobody can have seen the claim earlier. */
  readonly confirmed: Instant;
  readonly lease: Lease;
}

export interface LeaseAccess {
  /** undefined when there is none. */
  read(signal: AbortSignal): Promise<Lease | undefined>;
  /** Creates the Lease, or writes the claim over the one that was read. */
  claim(over: Lease | undefined, signal: AbortSignal): Promise<Confirmed>;
  release(lease: Lease): Promise<void>;
}

export interface LeaseAccessOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly namespace: string;
  readonly name: string;
  readonly identity: string;
  readonly leaseMs: number;
  /** Bounds each request, so that one lost answer does not cost the Lease. */
  readonly requestTimeoutMs: number;
  readonly clock: Clock;
  /** Is shown every Lease that comes in. */
  readonly observation: Observation;
}

/** The elector has its own rhythm of trying again, and must know when each request was sent. */
const maxRetries = 0;

export function createLeaseAccess(o: LeaseAccessOptions): LeaseAccess {
  const { client, namespace, name, identity, leaseMs, requestTimeoutMs, clock, observation } = o;
  const ref = { namespace, name };

  const bounded = async <T>(signal: AbortSignal | undefined, send: (signal: AbortSignal) => Promise<T>) => {
    const limit = new AbortController();
    const late = new Error(`No answer about lease ${namespace}/${name} within ${requestTimeoutMs} ms`);
    const timer = clock.setTimeout(() => limit.abort(late), requestTimeoutMs);
    try {
      return await send(signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]));
    } finally {
      timer.clear();
    }
  };
  const claim = () => ({ identity, leaseMs, nowMs: clock.now() });

  return {
    async read(signal) {
      try {
        const lease = await bounded(signal, (either) =>
          client.get(leases, ref, { signal: either, maxRetries }),
        );
        observation.saw(lease);
        return lease;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async claim(over, signal) {
      const confirmed = instant(clock);
      const lease = await bounded(signal, (either) =>
        over === undefined
          ? client.create(leases, newLease(ref, claim()), { signal: either, maxRetries })
          : client.replace(leases, claimed(over, claim()), { signal: either, maxRetries }),
      );
      observation.saw(lease);
      return { confirmed, lease };
    },
    async release(lease) {
      const free = released(lease, clock.now());
      await bounded(undefined, (signal) => client.replace(leases, free, { signal, maxRetries }));
    },
  };
}
