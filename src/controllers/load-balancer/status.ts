/** What the status of a LoadBalancer should say. */
import type { LoadBalancer, LoadBalancerStatus } from "../../api/load-balancer.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { Outcome } from "../../providers/provider.ts";
import type { Dependencies } from "../dependencies.ts";
import { withConditions, writeOwnStatus } from "../own-status.ts";
import { conditionsOf } from "./conditions.ts";
import type { MemberOutcome } from "./engine/member-outcome.ts";

export interface StatusInput {
  readonly lb: LoadBalancer;
  readonly outcome: Outcome & Partial<MemberOutcome>;
  readonly refusal: Finding | undefined;
  readonly previousInForce: boolean;
  /** It is on its way out: what holds that up. */
  readonly leaving?: string | undefined;
  readonly signal: AbortSignal;
}

/** The status that an outcome comes to, with everything in it that is not ours to decide here kept. */
export function statusOf(
  { lb, outcome, refusal, previousInForce, leaving }: Omit<StatusInput, "signal">,
  nowMs: number,
): LoadBalancerStatus {
  const served = outcome.addresses.length > 0;
  const generation = lb.metadata.generation ?? 0;
  const wanted = conditionsOf({
    generation,
    refusal,
    previousInForce,
    problems: outcome.problems,
    warnings: (lb.spec.warnings ?? []) as readonly Finding[],
    served,
    leaving,
  });
  // Served as it is, though a policy tightened since flags it.
  const isFlagged = served && !previousInForce && refusal !== undefined && !isAboutClass(refusal);
  const isInForce = refusal === undefined || isFlagged;
  const handWritten = lb.spec.serviceRef === undefined;
  return {
    ...lb.status,
    observedGeneration: generation,
    conditions: withConditions(lb.status?.conditions, wanted, nowMs),
    addresses: served ? [...outcome.addresses] : undefined,
    ports: outcome.ports.length > 0 ? [...outcome.ports] : undefined,
    sharing: served ? outcome.sharing : undefined,
    resources:
      outcome.resources === undefined || outcome.resources.length === 0 ? undefined : [...outcome.resources],
    appliedHash: outcome.appliedHash,
    stack: served || (outcome.resources ?? []).length > 0 ? outcome.stack : undefined,
    ...formerStacksOf(outcome.formerStacks ?? lb.status?.formerStacks ?? []),
    leads: outcome.leads || undefined,
    drift: outcome.drift,
    released: outcome.released || undefined,
    // What a Service made can be made again from the Service; what a person wrote is known from here alone.
    ...(handWritten && isInForce ? { acceptedSpec: { ...lb.spec } } : {}),
  };
}

function formerStacksOf(stacks: readonly string[]): Pick<LoadBalancerStatus, "formerStacks"> {
  return { formerStacks: stacks.length > 0 ? [...stacks] : undefined };
}

/** Nothing was looked at, for there is no class in force to look by. */
function isAboutClass({ reason }: Finding): boolean {
  return reason === "ClassNotFound" || reason === "ClassNotAccepted";
}

export async function writeStatus(
  { client, informers, clock }: Dependencies,
  input: StatusInput,
): Promise<void> {
  const { lb, signal } = input;
  await writeOwnStatus({
    client,
    informer: informers.loadBalancers,
    object: lb,
    status: statusOf(input, clock.now()),
    signal,
  });
}
