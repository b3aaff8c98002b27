/** Works on one stack of a provider with a resource graph, and tells in the status of its members what came of it. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { CloudError } from "../../core/plan/cloud-error.ts";
import type { GraphProvider, Problem, Stack } from "../../providers/provider.ts";
import type { ReconcileResult } from "../../runtime/controller.ts";
import { retryAfterOf, TerminalError } from "../../runtime/errors.ts";
import type { KnownClass } from "../classes.ts";
import { writeOwnStatus } from "../own-status.ts";
import { acknowledgements } from "./acknowledgements.ts";
import { type MemberOutcome, recordedMemberOutcome } from "./engine/member-outcome.ts";
import type { StackReport } from "./engine/stack-engine.ts";
import { asQueueError, mostHopeful, problemOf } from "./failure.ts";
import { isBegun, isHeld, type Judgement } from "./judge.ts";
import { keyOfLoadBalancer, memberOf } from "./members.ts";
import { standsInLine } from "./serve-one.ts";
import { dropFinalizer, type LoadBalancerDependencies, NOTHING } from "./serving.ts";
import { type Leaving, type Sorted, sortMembers } from "./sort-members.ts";
import { stackOf } from "./stack-input.ts";
import type { StackMember } from "./stack-member.ts";
import { outcomeOfMove, type Role, statusWithout } from "./stack-move.ts";
import { writeKey } from "./stacks.ts";
import { writeStatus } from "./status.ts";

export interface StackInput {
  readonly cls: KnownClass;
  readonly provider: GraphProvider;
  readonly stack: string;
  /** `namespace/name`. */
  readonly members: readonly string[];
  readonly signal: AbortSignal;
}

/** Whatever it waits for brings it back; this is for what never comes. */
const PUT_OFF_MS = 5_000;

/** Members that are refused or on their way out are left out of what is desired, so the plan takes back what served them. */
export async function reconcileStack(
  deps: LoadBalancerDependencies,
  input: StackInput,
): Promise<ReconcileResult> {
  const { cls, stack: key, signal } = input;
  await deps.backends.ready(input.provider, signal);
  const sorted = await sortMembers(deps, input);
  if (sorted === undefined) return { requeueAfterMs: PUT_OFF_MS };
  for (const { lb, judgement } of sorted.refused) {
    if (judgement.serve === "elsewhere") continue;
    const outcome = judgement.serve === "keep" ? recordedMemberOutcome(lb) : NOTHING;
    const refusal = "refusal" in judgement ? judgement.refusal : undefined;
    if (judgement.serve === "no" && !standsInLine(judgement))
      deps.wake(deps.room.leave(keyOfLoadBalancer(lb)));
    await writeStatus(deps, { lb, outcome, refusal, previousInForce: false, signal });
  }
  let report: StackReport;
  try {
    const engine = deps.engines.of(input.provider);
    if (input.members.length === 0 && engine.forget({ key, cls: cls.object })) return;
    // Without an accepted class nothing is known of where to look: everything stays as it is.
    if (cls.force.state !== "accepted") {
      // One for which nothing was ever made has nothing to lose.
      for (const { lb } of sorted.leaving) if (!isBegun(lb)) await dropFinalizer(deps, lb, signal);
      return;
    }
    const { provider } = input;
    const whole = stackOf(deps, { key, cls, provider, members: sorted.live });
    const queueKey = writeKey({ of: "many", className: cls.name, stack: key });
    const gated = await deps.gates?.admit(queueKey, { provider, stack: whole }, signal);
    report = await engine.work(
      {
        stack: gated?.stack ?? whole,
        needsObserved: gated?.needsObserved,
        live: sorted.live,
        leaving: sorted.leaving.map(({ lb }) => lb),
        was: sorted.live.length > 0 ? undefined : stackBefore(deps, input, sorted.leaving),
        acknowledged: sorted.live.flatMap(({ lb }) => acknowledgements(deps.informers, lb)),
        unsettle: () => unsettle(deps, sorted.live, signal),
      },
      signal,
    );
    deps.gates?.worked(queueKey, report.observed);
  } catch (error) {
    signal.throwIfAborted();
    await tellAll(deps, sorted, error, signal);
    throw asQueueError(error);
  }
  return record(deps, input, sorted, report);
}

function stackBefore(
  deps: LoadBalancerDependencies,
  { cls, stack: key, provider }: StackInput,
  leaving: readonly Leaving[],
): Stack | undefined {
  // One for which nothing was begun has left nothing that is worth asking for.
  if (!leaving.some(({ lb }) => isBegun(lb))) return undefined;
  const members = leaving.map(({ lb }) => ({ lb, member: memberOf(lb, lb.spec, cls, deps.informers) }));
  return stackOf(deps, { key, cls, provider, members });
}

/** What was recorded as applied in full is not true any more from the first write on; a crash must not make it look so. */
async function unsettle(
  { client, informers }: LoadBalancerDependencies,
  live: readonly StackMember[],
  signal: AbortSignal,
): Promise<void> {
  for (const { lb, role } of live) {
    if (lb.status?.appliedHash === undefined || role === "arriving") continue;
    const { appliedHash: _hash, ...status } = lb.status;
    const object = informers.loadBalancers.get(keyOfLoadBalancer(lb)) ?? lb;
    await writeOwnStatus({ client, informer: informers.loadBalancers, object, status, signal });
  }
}

async function record(
  deps: LoadBalancerDependencies,
  { stack, signal }: StackInput,
  { live, leaving }: Sorted,
  report: StackReport,
): Promise<ReconcileResult> {
  const failures: unknown[] = [...report.failures];
  for (const { object, member, judgement, move, role } of live) {
    const outcome = report.outcomes.get(member.key);
    // Where it is to be served, its status is written.
    if (outcome === undefined || role === "departing") continue;
    const problems = move.waits === undefined ? outcome.problems : [...outcome.problems, move.waits];
    const here = { ...outcome, problems, stack };
    await recordOne(deps, object, judgement, outcomeOfMove(object, here, move), signal);
    // Where it was, the rest is taken apart.
    if (role === "arriving" && outcome.addresses.length > 0) deps.wake([member.key]);
  }
  for (const { lb, role } of leaving) {
    const left = report.left.get(keyOfLoadBalancer(lb));
    if (left === undefined) {
      await leave(deps, lb, { stack, role, signal });
    } else {
      if (lb.metadata.deletionTimestamp !== undefined) await tellLeaving(deps, lb, left, signal);
      const { confirmAfterMs: retryAfterMs } = report;
      if (failures.length === 0) failures.push(new CloudError("retry", left.message, { retryAfterMs }));
    }
  }
  const error = failures.length === 0 ? undefined : asQueueError(mostHopeful(failures));
  const isLate = (retryAfterOf(error) ?? 0) > report.againAfterMs;
  if (error !== undefined && !isLate && !(error instanceof TerminalError)) throw error;
  // What only an edit or time can cure is no reason to stop looking after the rest.
  if (error !== undefined) deps.logger.warn("The cloud rejects a part of a stack", { stack, error });
  return Number.isFinite(report.againAfterMs) ? { requeueAfterMs: report.againAfterMs } : undefined;
}

/** Nothing of it is left in this stack: it may go once that is so everywhere. */
async function leave(
  deps: LoadBalancerDependencies,
  lb: LoadBalancer,
  { stack, role, signal }: { readonly stack: string; readonly role: Role; readonly signal: AbortSignal },
): Promise<void> {
  const key = keyOfLoadBalancer(lb);
  if (role === "departing" || role === "former") {
    const object = deps.informers.loadBalancers.get(key) ?? lb;
    const { client, informers } = deps;
    const status = statusWithout(stack, object);
    await writeOwnStatus({ client, informer: informers.loadBalancers, object, status, signal });
    deps.wake([key]);
    return;
  }
  const elsewhere = role === "arriving" || (lb.status?.formerStacks ?? []).length > 0;
  if (elsewhere) return;
  deps.wake(deps.room.leave(key));
  await dropFinalizer(deps, lb, signal);
}

/** The cloud could not be asked, or the provider could not say what it wants. */
async function tellAll(
  deps: LoadBalancerDependencies,
  { live, leaving }: Sorted,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  for (const { object, judgement, role } of live) {
    if (role === "departing") continue;
    const problems = [problemOf(error, isHeld(object))];
    await recordOne(deps, object, judgement, { ...recordedMemberOutcome(object), problems }, signal);
  }
  for (const { lb } of leaving) {
    if (lb.metadata.deletionTimestamp === undefined) continue;
    await tellLeaving(deps, lb, problemOf(error, isHeld(lb)), signal);
  }
}

/** Its finalizer stays, and its condition says what holds it up. */
async function tellLeaving(
  deps: LoadBalancerDependencies,
  lb: LoadBalancer,
  problem: Problem,
  signal: AbortSignal,
): Promise<void> {
  const leaving = `It can't be deleted yet: ${problem.message}`;
  const problems = [{ ...problem, message: leaving }];
  const outcome = { ...recordedMemberOutcome(lb), problems };
  await writeStatus(deps, { lb, outcome, refusal: undefined, previousInForce: false, leaving, signal });
}

async function recordOne(
  deps: LoadBalancerDependencies,
  lb: LoadBalancer,
  judgement: Judgement & { serve: "yes" },
  outcome: MemberOutcome,
  signal: AbortSignal,
): Promise<void> {
  const { refusal, previousInForce } = judgement;
  // The status may have been written since the work began.
  const now = deps.informers.loadBalancers.get(keyOfLoadBalancer(lb));
  const current = now?.metadata.uid === lb.metadata.uid && now !== undefined ? now : lb;
  const same = current.metadata.generation === lb.metadata.generation;
  await writeStatus(deps, {
    lb: same
      ? current
      : { ...current, metadata: { ...current.metadata, generation: lb.metadata.generation }, spec: lb.spec },
    outcome,
    refusal,
    previousInForce,
    signal,
  });
}
