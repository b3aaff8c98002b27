/** What a provider is asked for when it looks at a stack. Pure. */
import type { LoadBalancer } from "../../../api/load-balancer.ts";
import type { Stack, StackRef } from "../../../providers/provider.ts";
import { recordedIds } from "./contested.ts";
import type { LiveMember } from "./rounds.ts";

export interface RefInput {
  readonly stack: Pick<Stack, "key" | "cls">;
  readonly live: readonly LiveMember[];
  readonly leaving: readonly LoadBalancer[];
}

export function refOf({ stack: { key, cls }, live, leaving }: RefInput): StackRef {
  const recorded = recordedIds([...live.map(({ lb }) => lb), ...leaving]);
  const adopt = live.flatMap(({ member }) => member.lb.spec.adopt ?? []);
  const services = live.flatMap(({ lb: { spec, metadata } }) =>
    spec.serviceRef === undefined
      ? []
      : [{ namespace: metadata.namespace ?? "", name: spec.serviceRef.name }],
  );
  return { key, cls, shared: false, adopt, recorded, services };
}
