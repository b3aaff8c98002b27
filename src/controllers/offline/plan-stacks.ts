/** Steps 2 to 4 for many stacks and what they share: what should exist, what does, and what would have to be done. Changes nothing. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { plan } from "../../core/plan/plan.ts";
import { resolveShared, sharedReference } from "../../core/plan/reference.ts";
import { planRelease } from "../../core/plan/release.ts";
import type { Fields, ObservedResource, Plan, PlanPolicy } from "../../core/plan/types.ts";
import type { Claim, Desired, GraphProvider, Problem, Stack, StackRef } from "../../providers/provider.ts";
import { messageOf } from "../../runtime/errors.ts";
import { hashOf } from "../load-balancer/engine/desired-hash.ts";
import type { LiveMember } from "../load-balancer/engine/rounds.ts";
import { stackName } from "../load-balancer/engine/stack-engine.ts";
import { refOf } from "../load-balancer/engine/stack-ref.ts";
import type { CloudView } from "./cloud-view.ts";
import { lookAt, type Seen } from "./look.ts";
import { claimed, planShared, type SharedPlan } from "./shared-plans.ts";

export interface StackToPlan {
  readonly stack: Stack;
  readonly provider: GraphProvider;
  /** The members of the stack, each with its object. */
  readonly live: readonly LiveMember[];
  readonly leaving: readonly LoadBalancer[];
  /** Plan ids that users agreed to. */
  readonly acknowledged: readonly string[];
}

export type StackPlan =
  | {
      readonly ok: true;
      readonly desired: Desired;
      readonly observed: readonly ObservedResource[];
      readonly plan: Plan;
      /** What is handed back, users before what they use: then there is nothing else to do. */
      readonly handedBack: readonly ObservedResource[];
      /** It was applied in full as it is wanted now: what differs was changed by others. */
      readonly settled: boolean;
      /** What is wrong with what it shares. */
      readonly problems: readonly Problem[];
    }
  | { readonly ok: false; readonly message: string };

export interface PlanStacksOptions {
  readonly view: CloudView;
  /** These are all stacks of the cluster: what none of them claims of a shared one is not needed any more. */
  readonly whole: boolean;
  readonly signal: AbortSignal;
}

export interface StackPlans {
  /** In the order of the input. */
  readonly stacks: readonly StackPlan[];
  readonly shared: readonly SharedPlan[];
}

/** What keeps one stack from being planned is in its result, and hurts no other. */
export async function planStacks(stacks: readonly StackToPlan[], o: PlanStacksOptions): Promise<StackPlans> {
  const drafts = await Promise.all(stacks.map((each) => draftOf(each, o)));
  const good = drafts.filter((draft): draft is Draft => draft.ok);
  const shared = claimed(good);
  const looks = [...good, ...shared].map(({ provider, ref }) => ({ provider, ref }));
  const seen = await lookAt(looks, o);
  const whole = o.whole && good.length === drafts.length;
  const sharedPlans = shared.map((each) => planShared(each, seen, whole));
  return {
    shared: sharedPlans,
    stacks: drafts.map((draft) => (draft.ok ? planOne(draft, seen, sharedPlans) : draft)),
  };
}

export interface Draft extends StackToPlan {
  readonly ok: true;
  readonly ref: StackRef;
  readonly claims: readonly Claim[];
  readonly desired: Desired;
}

async function draftOf(
  given: StackToPlan,
  { view, signal }: PlanStacksOptions,
): Promise<Draft | { readonly ok: false; readonly message: string }> {
  const { stack, provider, live } = given;
  const ref = refOf(given);
  if (live.length === 0) return { ...given, ok: true, ref, claims: [], desired: NOTHING };
  try {
    const facts = await view.facts(provider, stack, signal);
    const claims = provider.claims?.(stack, facts) ?? [];
    return { ...given, ok: true, ref, claims, desired: provider.desire(stack, facts) };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, message: messageOf(error) };
  }
}

const NOTHING: Desired = { resources: [], problems: new Map() };

function planOne(draft: Draft, seen: Seen, shared: readonly SharedPlan[]): StackPlan {
  const { provider, live, leaving, stack } = draft;
  const look = seen(provider, draft.ref);
  if (!look.ok) return look;
  const { observed } = look;
  const problems = shared.flatMap((each) =>
    each.provider === provider && each.result.ok ? (each.result.problems.get(stackName(stack)) ?? []) : [],
  );
  if (live.length > 0 && live.every(({ member }) => member.lb.spec.release === true)) {
    const handedBack = planRelease(observed, provider.rules);
    const desired = { ...NOTHING, problems: draft.desired.problems };
    return { ok: true, desired, observed, plan: EMPTY, handedBack, settled: false, problems };
  }
  const hash = hashOf(draft.desired, draft.claims);
  const settled =
    live.length > 0 && leaving.length === 0 && live.every(({ lb }) => lb.status?.appliedHash === hash);
  const desired = withShared(draft.desired, provider, shared);
  try {
    const planned = plan(desired.resources, observed, provider.rules, policyOf(draft, settled));
    return { ok: true, desired, observed, plan: planned, handedBack: [], settled, problems };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

const EMPTY: Plan = { id: "", operations: [], held: [], refused: [] };

/** What of a shared stack does not exist yet stays a reference: it will be known when the plan is carried out. */
function withShared(desired: Desired, provider: GraphProvider, shared: readonly SharedPlan[]): Desired {
  const known = (stack: string, id: string) => {
    const of = shared.find((each) => each.provider === provider && each.key === stack);
    return of?.result.ok === true
      ? of.result.observed.find((resource) => resource.ours && resource.id === id)
      : undefined;
  };
  const resources = desired.resources.map((resource) => ({
    ...resource,
    fields: resolveShared(resource.fields, known, sharedReference) as Fields,
  }));
  return { ...desired, resources };
}

function policyOf({ stack, live, acknowledged }: StackToPlan, settled: boolean): PlanPolicy {
  const { replacement, drift, deletion } = stack.cls.spec.policy;
  return {
    replacement,
    drift,
    deletion: live.length === 0 ? deletion : "Delete",
    acknowledged,
    recorded: new Set(live.flatMap(({ lb }) => lb.status?.resources?.map(({ id }) => id) ?? [])),
    unchanged: () => settled,
  };
}
