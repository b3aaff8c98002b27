/** What every case of the suite plays in: an empty cloud, an operator, and time that passes when it is wanted. */
import type { LoadBalancerSpec } from "../../api/load-balancer.ts";
import type { LoadBalancerClassSpecInput } from "../../api/load-balancer-class.ts";
import type { GraphProvider } from "../../providers/provider.ts";
import { checkedProvider } from "./checked-provider.ts";
import type { CloudWorld } from "./compare-worlds.ts";
import { BrokenGuarantee, must } from "./guarantee.ts";
import type { ProviderHarness } from "./harness.ts";
import { createLocalOperator, type LocalOperator, uidOf } from "./local-operator.ts";
import { createQuietClock, type QuietClock } from "./quiet-clock.ts";
import { type WatchedCloud, watchCloud } from "./watched-cloud.ts";

export interface Scene {
  readonly harness: ProviderHarness;
  readonly cloud: WatchedCloud;
  readonly clock: QuietClock;
  readonly operator: LocalOperator;
  snapshot(): Promise<CloudWorld>;
  /** An operator of another cluster, which has everything under the same names and uses the same cloud. */
  otherCluster(): LocalOperator;
}

export interface SceneOptions {
  readonly policy?: LoadBalancerClassSpecInput["policy"];
  readonly spec?: Partial<LoadBalancerSpec> | undefined;
}

export type Play = <T>(play: (scene: Scene) => Promise<T>, options?: SceneOptions) => Promise<T>;

/** Plays cases one after the other, each in a world of its own. */
export function stage(provider: () => GraphProvider, harness: ProviderHarness): Play {
  return async (play, { policy, spec } = {}) => {
    await harness.reset();
    const broken: string[] = [];
    const cloud = watchCloud(harness);
    const clock = createQuietClock(cloud);
    const operators: LocalOperator[] = [];
    const cls = harness.cls();
    const operatorOf = (cluster: string): LocalOperator => {
      const operator = createLocalOperator({
        provider: () =>
          checkedProvider(provider(), (guarantee, seen) => broken.push(`${guarantee}.\nSeen: ${seen}`)),
        cls: policy === undefined ? cls : { ...cls, policy: { ...cls.policy, ...policy } },
        spec: { ...harness.spec, ...spec },
        clock,
        clusterUid: uidOf(cluster),
        nodes: harness.nodes?.list() ?? [],
      });
      operators.push(operator);
      return operator;
    };
    try {
      const operator = operatorOf("cluster");
      const result = await play({
        harness,
        cloud,
        clock,
        operator,
        snapshot: () => harness.snapshot(),
        otherCluster: () => operatorOf("another cluster"),
      });
      const [first] = broken;
      if (first !== undefined) throw new BrokenGuarantee(first);
      return result;
    } finally {
      for (const operator of operators) operator.kill();
      cloud.trouble();
    }
  };
}

/** It has an address, and nothing is left to be done. */
export function mustServe(operator: LocalOperator, name: string, guarantee: string): void {
  const programmed = operator.condition(name, "Programmed");
  const isServed = programmed?.status === "True" && operator.get(name)?.status?.appliedHash !== undefined;
  must(isServed, guarantee, () => operator.told(name));
}

export function addressesOf(operator: LocalOperator, name: string): string {
  return JSON.stringify(operator.get(name)?.status?.addresses ?? []);
}

/** Nothing of it is left in the cluster. */
export function mustBeGone(operator: LocalOperator, name: string, guarantee: string): void {
  must(operator.get(name) === undefined, guarantee, () => operator.told(name));
}

export function mustNotWrite(cloud: WatchedCloud, guarantee: string): void {
  const writes = cloud.writes();
  must(writes.length === 0, guarantee, () => writes.map(({ name }) => name).join(", "));
}
