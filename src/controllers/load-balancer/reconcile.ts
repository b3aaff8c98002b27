/** Serves the LoadBalancers of the classes whose provider runs here, and says in their status what came of it. */
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { ReconcileContext, ReconcileResult } from "../../runtime/controller.ts";
import { asQueueError } from "./failure.ts";
import { serveOne } from "./serve-one.ts";
import { dropFinalizer, type LoadBalancerDependencies } from "./serving.ts";
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
    return serve(lb, signal);
  };

  async function serve(lb: LoadBalancer, signal: AbortSignal): Promise<ReconcileResult> {
    const served = await serveOne(deps, lb, signal);
    if (served.do === "leave") return;
    deps.wake(served.freed);
    const { outcome, refusal, previousInForce, failure } = served;
    await writeStatus(deps, { lb, outcome, refusal, previousInForce, signal });
    if (failure !== undefined) throw asQueueError(failure.error);
    return outcome.retryAfterMs === undefined ? undefined : { requeueAfterMs: outcome.retryAfterMs };
  }

  /** It is going or gone: what it had is given up first, then the finalizer. */
  async function leave(member: string, lb: LoadBalancer | undefined, signal: AbortSignal): Promise<void> {
    for (const provider of deps.direct) await provider.release(member, signal);
    deps.wake(room.leave(member));
    if (lb !== undefined) await dropFinalizer(deps, lb, signal);
  }
}
