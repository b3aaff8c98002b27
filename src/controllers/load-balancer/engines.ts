/** One engine for each provider with a resource graph, begun when the first class needs it. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { GraphProvider, Provider } from "../../providers/provider.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Classes } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import type { Strays } from "./engine/completeness.ts";
import { createStackEngine, type StackEngine } from "./engine/stack-engine.ts";
import { isBegun, isHeld } from "./judge.ts";
import { keyOfLoadBalancer } from "./members.ts";
import { readKey, type Stacks } from "./stacks.ts";

export interface EnginesInput {
  readonly classes: Pick<Classes, "get">;
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
  /** From 0 to below 1. */
  readonly random?: (() => number) | undefined;
}

export interface Engines {
  /**
   * The engine of this provider, the same one each time.
   *
   * @throws {Error} where the cluster can't be identified: nothing could be marked as its own.
   */
  of(provider: GraphProvider): StackEngine;
}

export function createEngines(o: EnginesInput): Engines {
  const begun = new Map<GraphProvider, StackEngine>();

  const begin = (provider: GraphProvider): StackEngine => {
    const clusterUid = clusterUidFrom(o.informers);
    provider.start?.({ clusterUid, clock: o.clock });
    return createStackEngine({
      ...o,
      provider,
      existing: stacksOf(provider),
      strays: straysOf(provider),
      wake(names) {
        for (const name of names) o.enqueue(`stack ${name}`);
      },
    });
  };
  /** All of them are in the queue since the start, or were put there since. Those for which nothing was made yet have nothing to lose. */
  const stacksOf = (provider: Provider): string[] =>
    namesOf(o.informers.loadBalancers.list().filter(isBegun), provider);
  const namesOf = (lbs: readonly LoadBalancer[], provider: Provider): string[] => {
    const queueKeys = new Set(lbs.flatMap((lb) => o.stacks.place(lb)));
    return [...queueKeys].flatMap((text) => {
      const key = readKey(text);
      const isIts = key.of === "many" && o.classes.get(key.className)?.provider === provider;
      return isIts ? [`${key.className} ${key.stack}`] : [];
    });
  };
  /** Those that have an address, of a class that is missing: which provider serves it is known when it is there again. */
  const straysOf = (provider: Provider): Strays => {
    const { loadBalancers } = o.informers;
    const isStray = (lb: LoadBalancer) => isHeld(lb) && o.classes.get(lb.spec.className) === undefined;
    const left = new Set(loadBalancers.list().filter(isStray).map(keyOfLoadBalancer));
    const missing = (): LoadBalancer[] => [...left].flatMap((key) => loadBalancers.get(key) ?? []);
    return {
      found() {
        const placed = missing().filter((lb) => !isStray(lb));
        for (const lb of placed) left.delete(keyOfLoadBalancer(lb));
        return namesOf(placed, provider);
      },
      isAnyLeft: () => missing().length > 0,
    };
  };
  return {
    of(provider) {
      const engine = begun.get(provider) ?? begin(provider);
      begun.set(provider, engine);
      return engine;
    },
  };
}

/** Half of every ownership mark. */
function clusterUidFrom({ namespaces }: Pick<Informers, "namespaces">): string {
  const uid = namespaces.get("kube-system")?.metadata.uid;
  if (uid !== undefined) return uid;
  throw new Error(
    "Cannot tell which cluster this is: the namespace kube-system is not to be seen; its UID marks what is made in a cloud",
  );
}
