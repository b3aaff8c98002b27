/** Serves the LoadBalancers of the classes whose provider runs here, and says in their status what came of it. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import { finalizer } from "../../api/names.ts";
import { BARE_METAL } from "../../providers/bare-metal/index.ts";
import type { Outcome, Problem } from "../../providers/provider.ts";
import type { ReconcileContext, ReconcileResult } from "../../runtime/controller.ts";
import { isStillWanted } from "../wanted.ts";
import { asQueueError, problemOf } from "./failure.ts";
import { isHeld } from "./judge.ts";
import { secure } from "./secure.ts";
import { judgeHere, serveOne } from "./serve-one.ts";
import { dropFinalizer, type LoadBalancerDependencies, recordedOutcome } from "./serving.ts";
import { reconcileStack } from "./stack.ts";
import { readKey } from "./stacks.ts";
import { writeStatus } from "./status.ts";

export function createLoadBalancerReconciler(
  deps: LoadBalancerDependencies,
): (key: string, context: ReconcileContext) => Promise<ReconcileResult> {
  const { informers, classes, stacks, room } = deps;

  return async (queueKey, { signal }) => {
    const key = readKey(queueKey);
    if (key.of === "many") {
      const cls = classes.get(key.className);
      if (cls?.provider?.form !== "graph") return;
      return reconcileStack(deps, {
        cls,
        provider: cls.provider,
        stack: key.stack,
        members: stacks.members(queueKey),
        signal,
      });
    }
    const lb = informers.loadBalancers.get(key.member);
    if (deps.outlived.delete(key.member)) await release(key.member, signal);
    if (lb === undefined) {
      if (!deps.kept.has(key.member)) await release(key.member, signal);
      return;
    }
    return lb.metadata.deletionTimestamp === undefined ? serve(lb, signal) : leave(key.member, lb, signal);
  };

  async function serve(lb: LoadBalancer, signal: AbortSignal): Promise<ReconcileResult> {
    const secured = await securedIfServed(lb, signal);
    if (secured === undefined) return;
    const served = await serveOne(deps, secured, signal);
    if (served.do === "leave") return;
    deps.wake(served.freed);
    const outcome = await announced(secured, served.outcome, signal);
    const { refusal, previousInForce, failure } = served;
    await writeStatus(deps, { lb: secured, outcome, refusal, previousInForce, signal });
    if (failure !== undefined) throw asQueueError(failure.error);
    return outcome.retryAfterMs === undefined ? undefined : { requeueAfterMs: outcome.retryAfterMs };
  }

  /** The outcome with what is amiss with the announcement of its addresses. */
  async function announced(lb: LoadBalancer, outcome: Outcome, signal: AbortSignal): Promise<Outcome> {
    const isBareMetal = classes.get(lb.spec.className)?.provider?.name === BARE_METAL;
    const look = isBareMetal ? await deps.announcements?.look(lb, outcome.addresses, signal) : undefined;
    if (look === undefined) return outcome;
    const { problems, retryAfterMs = Number.POSITIVE_INFINITY } = look;
    const againMs = Math.min(outcome.retryAfterMs ?? Number.POSITIVE_INFINITY, retryAfterMs);
    return {
      ...outcome,
      problems: [...outcome.problems, ...problems],
      ...(Number.isFinite(againMs) ? { retryAfterMs: againMs } : {}),
    };
  }

  /** `undefined`: nothing may be begun for it yet. */
  async function securedIfServed(lb: LoadBalancer, signal: AbortSignal): Promise<LoadBalancer | undefined> {
    const cls = classes.get(lb.spec.className);
    const isDirect = cls?.provider?.form === "direct" && cls.provider.externalResources;
    if (!isDirect || judgeHere(deps, lb, cls).serve !== "yes") return lb;
    const secured = await secure(deps, lb, signal);
    return secured.is === "secured" ? secured.lb : undefined;
  }

  /** It is going: what it had is given up first, then the finalizer. */
  async function leave(member: string, lb: LoadBalancer, signal: AbortSignal): Promise<ReconcileResult> {
    const cls = classes.get(lb.spec.className);
    // Members of a stack leave under the stack's key.
    if (cls?.provider?.form === "graph") return;
    const isOurs = lb.metadata.finalizers?.includes(finalizer) === true;
    if (cls?.provider === undefined && isOurs) return tellStuck(lb, NO_CLASS, signal);
    try {
      // Deleted by force, it will be made anew: addresses that need no cleaning up are kept for it.
      if (isOurs || !isStillWanted(lb, informers, classes)) await release(member, signal);
    } catch (error) {
      signal.throwIfAborted();
      await tellStuck(lb, problemOf(error, isHeld(lb)), signal);
      throw asQueueError(error);
    }
    await dropFinalizer(deps, lb, signal);
  }

  async function release(member: string, signal: AbortSignal): Promise<void> {
    for (const provider of deps.direct) await provider.release(member, signal);
    deps.wake(room.leave(member));
  }

  async function tellStuck(
    lb: LoadBalancer,
    problem: Pick<Problem, "reason" | "message">,
    signal: AbortSignal,
  ): Promise<void> {
    const kind = isHeld(lb) ? "degraded" : "pending";
    const leaving = `It can't be deleted yet: ${problem.message}`;
    const outcome = { ...recordedOutcome(lb), problems: [{ ...problem, kind, message: leaving } as const] };
    await writeStatus(deps, { lb, outcome, refusal: undefined, previousInForce: false, leaving, signal });
  }
}

const NO_CLASS = {
  reason: "ClassNotFound",
  message:
    "its LoadBalancerClass is gone, or has a provider that does not run here, so what was made for it outside the cluster can't be found; create the class again, or remove the finalizer and clean up by hand",
} as const;
