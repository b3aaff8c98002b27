/** Steps 2 to 4 for one stack: what should exist, what does, and what would have to be done. Changes nothing. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { annotations } from "../../api/names.ts";
import { plan } from "../../core/plan/plan.ts";
import type { ObservedResource, Plan } from "../../core/plan/types.ts";
import type { Desired, GraphProvider, Stack } from "../../providers/provider.ts";
import type { Informers } from "../dependencies.ts";

export interface StackPlan {
  readonly desired: Desired;
  readonly observed: readonly ObservedResource[];
  readonly plan: Plan;
}

/** `acknowledged`: the plan ids that users have agreed to. A stack without members is planned to be taken back. */
export async function planStack(
  provider: GraphProvider,
  stack: Stack,
  acknowledged: readonly string[],
  signal: AbortSignal,
): Promise<StackPlan> {
  const desired: Desired =
    stack.members.length === 0
      ? { resources: [], problems: new Map() }
      : provider.desire(stack, await provider.facts(stack, signal));
  const adopt = stack.members.flatMap(({ lb }) => lb.spec.adopt ?? []);
  const found = await provider.observe([{ key: stack.key, cls: stack.cls, shared: false, adopt }], signal);
  const observed = found.get(stack.key) ?? [];
  const { replacement, drift } = stack.cls.spec.policy;
  const policy = { replacement, acknowledged, drift, deletion: "Delete" } as const;
  const planned = plan(desired.resources, observed, provider.rules, policy);
  return { desired, observed, plan: planned };
}

/** The plan ids that a user has agreed to, on the Service or, where it was written by hand, on the LoadBalancer. */
export function acknowledgements(informers: Pick<Informers, "services">, lb: LoadBalancer): string[] {
  const { serviceRef } = lb.spec;
  const carrier =
    serviceRef === undefined ? lb : informers.services.get(`${lb.metadata.namespace}/${serviceRef.name}`);
  const id = carrier?.metadata.annotations?.[annotations.acknowledgeReplacement]?.trim();
  return id === undefined || id === "" ? [] : [id];
}
