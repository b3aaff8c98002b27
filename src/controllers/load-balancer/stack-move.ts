/**
 * A load balancer that is to share with others, or no longer, gets another address: that waits for its user's word (law 9). Then it is served
 * where it was until it is served where it is to be, and only after that the old place is taken apart. Pure.
 */
import type { LoadBalancer, LoadBalancerStatus } from "../../api/load-balancer.ts";
import type { LoadBalancerClassSpec } from "../../api/load-balancer-class.ts";
import { annotations } from "../../api/names.ts";
import { fingerprint } from "../../core/plan/json.ts";
import type { GraphProvider, Problem } from "../../providers/provider.ts";
import type { KnownClass } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import { acknowledgements } from "./acknowledgements.ts";
import { type MemberOutcome, recordedMemberOutcome } from "./engine/member-outcome.ts";
import { isHeld } from "./judge.ts";
import { memberOf } from "./members.ts";

export interface StackMove {
  /** Where it is to be served now. */
  readonly stack: string;
  /** Where it is served until then, on its way there. */
  readonly from?: string;
  /** Where something was begun for it that is of no use any more. */
  readonly left?: string;
  /** Set while it would go elsewhere and may not yet. */
  readonly waits?: Problem;
}

/** Where it belongs as it is now. */
export function moveOf(
  lb: LoadBalancer,
  cls: KnownClass,
  provider: Pick<GraphProvider, "stackOf">,
  informers: Informers,
): StackMove {
  const member = memberOf(lb, lb.spec, cls, informers);
  return stackInForce(lb, provider.stackOf(member), member.cls.spec.policy, acknowledgements(informers, lb));
}

/** `wanted`: where the provider would have it; `acknowledged`: what its user has agreed to. */
function stackInForce(
  lb: LoadBalancer,
  wanted: string,
  policy: Pick<LoadBalancerClassSpec["policy"], "replacement">,
  acknowledged: readonly string[],
): StackMove {
  const recorded = lb.status?.stack;
  if (recorded === undefined || recorded === wanted) return { stack: wanted };
  if (!isHeld(lb)) return { stack: wanted, left: recorded };
  const id = fingerprint({ uid: lb.metadata.uid ?? "", from: recorded, to: wanted });
  const isAllowed =
    policy.replacement === "Allow" || acknowledged.some((text) => text.split(".").includes(id));
  if (isAllowed) return { stack: wanted, from: recorded };
  return {
    stack: recorded,
    waits: {
      kind: "degraded",
      reason: "ReplacementNotAcknowledged",
      message: `it is to be served by another load balancer ("${wanted}" and not "${recorded}"), which has another address; to go on, set ${annotations.acknowledgeReplacement}: ${id}`,
    },
  };
}

/**
 * What a LoadBalancer is to one of its stacks. `departing`: served there until it is elsewhere. `arriving`: elsewhere it is still served, and
 * here it has nothing to claim yet. `former`: what is left of it there goes.
 */
export type Role = "settled" | "arriving" | "departing" | "former";

export function roleIn(stack: string, move: StackMove): Role {
  if (stack === move.stack) return move.from === undefined ? "settled" : "arriving";
  return stack === move.from ? "departing" : "former";
}

/** All stacks that have to do with it, that of now first. */
export function stacksOfMove(lb: LoadBalancer, { stack, from, left }: StackMove): string[] {
  const before = [from, left].filter((each) => each !== undefined);
  return [...new Set([stack, ...before, ...(lb.status?.formerStacks ?? [])])];
}

/** As one that has nothing: what it has elsewhere gives it no right to ports and to the lead, and is not to be told from here. */
export function asNewcomer(lb: LoadBalancer): LoadBalancer {
  if (lb.status === undefined) return lb;
  const { observedGeneration, conditions, formerStacks, acceptedSpec } = lb.status;
  return { ...lb, status: { observedGeneration, conditions, formerStacks, acceptedSpec } };
}

/** What is to be recorded of one that moves: what it had, until it is served here. `outcome`: of the stack that it comes to. */
export function outcomeOfMove(lb: LoadBalancer, outcome: MemberOutcome, move: StackMove): MemberOutcome {
  const { stack, from, left } = move;
  if (from === undefined && left === undefined) return { ...outcome, stack };
  if (from === undefined || outcome.addresses.length > 0) {
    const former = stacksOfMove(lb, move).filter((each) => each !== stack);
    return { ...outcome, stack, formerStacks: former };
  }
  const had = recordedMemberOutcome(lb);
  const known = new Set(had.resources?.map(({ id }) => id));
  const begun = (outcome.resources ?? []).filter(({ id }) => !known.has(id));
  const problems = outcome.problems.map(
    (problem): Problem => ({
      ...problem,
      kind: "degraded",
      message: `it is to be served by another load balancer ("${stack}") and stays where it is until then: ${problem.message}`,
    }),
  );
  return { ...had, resources: [...(had.resources ?? []), ...begun], problems };
}

/** The status of one of which nothing is left in a stack. */
export function statusWithout(stack: string, { status = {} }: LoadBalancer): LoadBalancerStatus {
  const { formerStacks = [], stack: recorded, ...rest } = status;
  const left = formerStacks.filter((each) => each !== stack);
  return {
    ...rest,
    ...(recorded === undefined || recorded === stack ? {} : { stack: recorded }),
    ...(left.length === 0 ? {} : { formerStacks: left }),
  };
}
