/** Agents that renew their Lease no more: what their Announcers say is not the case any more. Nobody else would tell when the last agent has died. */
import { type Lease, leases } from "../../api/kubernetes.ts";
import { agentLeasePrefix } from "../../api/names.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import { isForbidden as isForbiddenError } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import type { Logger } from "../../runtime/logger.ts";

export interface SilentAgents {
  /** Whether the agent of that node is silent. One without a Lease is not: nothing is known of it. */
  has(node: string): boolean;
  /** An agent of that node has begun: whatever was seen of the Lease of the one before, it is not silent. */
  begun(node: string): void;
  /** Looks, where there are agents at all. Gives the nodes of which something else is known than before. A failure is logged. */
  look(signal: AbortSignal): Promise<readonly string[]>;
  /** Looks now and then, until the signal aborts. */
  run(changed: (nodes: readonly string[]) => void, signal: AbortSignal): Promise<void>;
}

export interface SilentAgentsOptions {
  readonly client: Pick<KubeClient, "list">;
  /** In which the agents have their Leases. */
  readonly namespace: string;
  readonly hasAgents: () => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Leases are renewed every few seconds by each node: they are looked at, not watched. */
const PERIOD_MS = 20_000;

export function createSilentAgents(o: SilentAgentsOptions): SilentAgents {
  const { client, namespace, hasAgents, clock, logger } = o;
  const book = createLeaseBook();
  let silent = new Set<string>();
  let isForbidden = false;

  const look = async (signal: AbortSignal): Promise<readonly string[]> => {
    if (!hasAgents() || isForbidden) return [];
    try {
      const { items } = await client.list(leases, { namespace, signal });
      const before = silent;
      silent = book.silent(items, { monotonicMs: clock.monotonic(), nowMs: clock.now() });
      return [...before.symmetricDifference(silent)];
    } catch (error) {
      signal.throwIfAborted();
      isForbidden = isForbiddenError(error);
      const message = "Cannot see whether agents renew their Leases; what they say is taken to be so";
      logger.warn(message, { namespace, error });
      return [];
    }
  };
  return {
    has: (node) => silent.has(node),
    begun: (node) => void silent.delete(node),
    look,
    async run(changed, signal) {
      try {
        for (;;) {
          await sleep(PERIOD_MS, { signal, clock });
          const different = await look(signal);
          if (different.length > 0) changed(different);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

export interface LeaseBook {
  /** Nodes whose agents are silent, by what was seen of their Leases until now. */
  silent(found: readonly Lease[], at: { readonly monotonicMs: number; readonly nowMs: number }): Set<string>;
}

/** Clocks of nodes differ: what was not seen to change is believed to be old only if it is much older than it should be. */
const CLOCKS_DIFFER_MS = 120_000;

export function createLeaseBook(): LeaseBook {
  const seen = new Map<string, { readonly renewed: string; readonly changedAt: number }>();
  return {
    silent(found, { monotonicMs, nowMs }) {
      const silent = new Set<string>();
      for (const { metadata, spec = {} } of found) {
        const name = metadata.name ?? "";
        const { renewTime, leaseDurationSeconds = 0 } = spec;
        if (!name.startsWith(agentLeasePrefix) || renewTime === undefined) continue;
        const before = seen.get(name);
        const isSame = before?.renewed === renewTime;
        if (!isSame) seen.set(name, { renewed: renewTime, changedAt: monotonicMs });
        const durationMs = leaseDurationSeconds * 1000;
        const isOld =
          (isSame && monotonicMs - before.changedAt > durationMs) ||
          nowMs - Date.parse(renewTime) > durationMs + CLOCKS_DIFFER_MS;
        if (isOld) silent.add(name.slice(agentLeasePrefix.length));
      }
      return silent;
    },
  };
}
