/** One engine for each provider with a resource graph, begun when this process leads. */
import type { GraphProvider, Provider } from "../../providers/provider.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Informers } from "../dependencies.ts";
import { createStackEngine, type StackEngine } from "./engine/stack-engine.ts";
import { readKey, type Stacks } from "./stacks.ts";

export interface EnginesInput {
  readonly providers: readonly Provider[];
  readonly informers: Pick<Informers, "loadBalancers" | "namespaces">;
  readonly stacks: Pick<Stacks, "place">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly guard: () => void;
  /** Adds a key to the queue of the load-balancer controller. */
  readonly enqueue: (queueKey: string) => void;
  /** Default: an hour. */
  readonly verifyPeriodMs?: number | undefined;
}

/** @throws {Error} where the cluster can't be identified: nothing could be marked as its own. */
export function createEngines(o: EnginesInput): ReadonlyMap<string, StackEngine> {
  const graphs = o.providers.filter((provider): provider is GraphProvider => provider.form === "graph");
  if (graphs.length === 0) return new Map();
  const clusterUid = o.informers.namespaces.get("kube-system")?.metadata.uid;
  if (clusterUid === undefined) {
    throw new Error(
      "Cannot tell which cluster this is: the namespace kube-system is not to be seen; its UID marks what is made in a cloud",
    );
  }
  const queueKeys = new Set(o.informers.loadBalancers.list().flatMap((lb) => o.stacks.place(lb)));
  const existing = [...queueKeys].flatMap((text) => {
    const key = readKey(text);
    return key.of === "many" ? [key] : [];
  });
  return new Map(
    graphs.map((provider) => {
      provider.start?.({ clusterUid, clock: o.clock });
      const engine = createStackEngine({
        ...o,
        provider,
        existing: existing.map(({ className, stack }) => `${className} ${stack}`),
        wake(names) {
          for (const name of names) o.enqueue(`stack ${name}`);
        },
      });
      return [provider.name, engine] as const;
    }),
  );
}
