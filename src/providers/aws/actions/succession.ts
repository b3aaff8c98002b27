/** A load balancer whose place another one takes serves until AWS has that one ready, which takes minutes. */
import type { OperationContext } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import type { DeleteOperation } from "../../../core/plan/types.ts";
import type { Tags } from "../model/marks.ts";
import { kinds } from "../model/resources.ts";
import { listLoadBalancers, readTags } from "../observe/listing.ts";
import { isSameMark, type Writer } from "./writes.ts";

const againMs = 10_000;
const working = new Set(["active", "active_impaired"]);

/** By plan and load balancer: what is not ready yet. */
const asked = new WeakMap<object, Map<string, Promise<string | undefined>>>();

/**
 * Asked before anything goes that it serves with, once for a plan.
 *
 * @throws CloudError "retry" if the plan deletes this load balancer for another one that is not ready
 */
export async function requireSuccessor(
  writer: Writer,
  loadBalancer: string,
  { plan }: Pick<OperationContext, "plan">,
): Promise<void> {
  const going = plan?.find(
    (operation): operation is DeleteOperation =>
      operation.do === "delete" &&
      operation.kind === kinds.loadBalancer &&
      operation.cloudId === loadBalancer,
  );
  if (plan === undefined || going === undefined || !going.replaced) return;
  const answers = asked.get(plan) ?? new Map<string, Promise<string | undefined>>();
  asked.set(plan, answers);
  const answer = answers.get(loadBalancer) ?? unready(writer, going);
  answers.set(loadBalancer, answer);
  const successor = await answer;
  if (successor === undefined) return;
  throw new CloudError(
    "retry",
    `Waiting for AWS to have ${successor} ready before ${loadBalancer} goes, whose place it takes`,
    { retryAfterMs: againMs },
  );
}

/** One that is marked as the old one is, and does not work yet. */
async function unready(
  { aws, context }: Writer,
  { cloudId, observed }: DeleteOperation,
): Promise<string | undefined> {
  const all = await listLoadBalancers(aws, context.signal);
  const waiting = all.flatMap(({ LoadBalancerArn: arn = "", State }) =>
    arn === cloudId || working.has(State?.Code ?? "active") ? [] : [arn],
  );
  if (waiting.length === 0) return undefined;
  const tags = await readTags(aws, waiting, context.signal);
  return waiting.find((arn) => isSameMark(tags.get(arn) ?? {}, observed.tags as Tags));
}
