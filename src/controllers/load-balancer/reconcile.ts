/** Serves the LoadBalancers of the classes whose provider runs here, and says in their status what came of it. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { Outcome } from "../../providers/provider.ts";
import type { ReconcileContext, ReconcileResult } from "../../runtime/controller.ts";
import { asQueueError, problemOf } from "./failure.ts";
import { isHeld, type Judgement, judge } from "./judge.ts";
import { memberOf } from "./members.ts";
import { dropFinalizer, type LoadBalancerDependencies, NOTHING, recordedOutcome } from "./serving.ts";
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
    if (lb === undefined || lb.metadata.deletionTimestamp !== undefined) return leave(key.member, lb, signal);
    return serve(key.member, lb, signal);
  };

  async function serve(member: string, lb: LoadBalancer, signal: AbortSignal): Promise<ReconcileResult> {
    const cls = classes.get(lb.spec.className);
    const provider = cls?.provider;
    // A member of a stack is worked on under the stack's key.
    if (provider?.form === "graph") return;
    const judgement = judge(lb, cls, {
      namespaceLabels: informers.namespaces.get(lb.metadata.namespace ?? "")?.metadata.labels,
      room: () =>
        cls?.force.state === "accepted" ? room.enter(cls.name, member, cls.force.spec) : { free: true },
    });
    switch (judgement.serve) {
      case "elsewhere":
        return;
      case "keep":
        return record(lb, recordedOutcome(lb), judgement, signal);
      case "no":
        await provider?.release(member, signal);
        deps.wake(room.leave(member));
        return record(lb, NOTHING, judgement, signal);
      case "yes": {
        if (cls === undefined || provider === undefined) return;
        try {
          return await record(
            lb,
            await provider.ensure(memberOf(lb, judgement.spec, cls, informers), signal),
            judgement,
            signal,
          );
        } catch (error) {
          signal.throwIfAborted();
          await record(
            lb,
            { ...recordedOutcome(lb), problems: [problemOf(error, isHeld(lb))] },
            judgement,
            signal,
          );
          throw asQueueError(error);
        }
      }
      default:
        return judgement satisfies never;
    }
  }

  /** It is going or gone: what it had is given up first, then the finalizer. */
  async function leave(member: string, lb: LoadBalancer | undefined, signal: AbortSignal): Promise<void> {
    for (const provider of deps.direct) await provider.release(member, signal);
    deps.wake(room.leave(member));
    if (lb !== undefined) await dropFinalizer(deps, lb, signal);
  }

  async function record(
    lb: LoadBalancer,
    outcome: Outcome,
    judgement: Judgement,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const refusal = "refusal" in judgement ? judgement.refusal : undefined;
    const previousInForce = judgement.serve === "yes" && judgement.previousInForce;
    await writeStatus(deps, { lb, outcome, refusal, previousInForce, signal });
    return outcome.retryAfterMs === undefined ? undefined : { requeueAfterMs: outcome.retryAfterMs };
  }
}
