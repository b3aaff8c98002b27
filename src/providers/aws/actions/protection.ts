/** What keeps a load balancer from being deleted: it stays whole then, and nobody here takes that away. */
import type { OperationContext } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import { kinds } from "../model/resources.ts";
import { listListeners, unlessGone } from "../observe/listing.ts";
import type { Writer } from "./writes.ts";

const attribute = "deletion_protection.enabled";
const againMs = 60_000;

export async function isProtected({ aws, context }: Writer, loadBalancer: string): Promise<boolean> {
  const answer = await unlessGone(
    aws.read("DescribeLoadBalancerAttributes", { LoadBalancerArn: loadBalancer }, context),
  );
  return answer?.Attributes?.some(({ Key, Value }) => Key === attribute && Value === "true") === true;
}

export function protectedError({ context }: Writer, cause?: unknown): CloudError {
  const how = `switch ${attribute} off in AWS, and it is deleted within minutes`;
  const message = `Cannot delete ${context.on}: deletion protection is on, and whatever set it, it is not overridden. To have it deleted, ${how}`;
  return new CloudError("conflict", message, { cause, retryAfterMs: againMs });
}

const asked = new WeakMap<object, Map<string, Promise<CloudError | undefined>>>();

/**
 * AWS refuses to delete the load balancer only, and that comes last: asked before anything that it serves with goes, once for a plan. What
 * others listen on there with would go with it.
 *
 * @throws CloudError "conflict" if the plan deletes this load balancer, and it is protected or others have listeners on it
 */
export async function requireDeletable(
  writer: Writer,
  loadBalancer: string,
  { plan }: Pick<OperationContext, "plan">,
): Promise<void> {
  const isGoing = plan?.some(
    (operation) =>
      operation.do === "delete" &&
      operation.kind === kinds.loadBalancer &&
      operation.cloudId === loadBalancer,
  );
  if (plan === undefined || isGoing !== true) return;
  const answers = asked.get(plan) ?? new Map<string, Promise<CloudError | undefined>>();
  asked.set(plan, answers);
  const answer = answers.get(loadBalancer) ?? obstacleTo(writer, loadBalancer, plan);
  answers.set(loadBalancer, answer);
  const obstacle = await answer;
  if (obstacle !== undefined) throw obstacle;
}

async function obstacleTo(
  writer: Writer,
  loadBalancer: string,
  plan: NonNullable<OperationContext["plan"]>,
): Promise<CloudError | undefined> {
  const [isOn, listeners = []] = await Promise.all([
    isProtected(writer, loadBalancer),
    listListeners(writer.aws, loadBalancer, writer.context.signal),
  ]);
  if (isOn) return protectedError(writer);
  const going = new Set(plan.flatMap((operation) => (operation.do === "delete" ? operation.cloudId : [])));
  const others = listeners.flatMap(({ ListenerArn: arn = "", Port }) =>
    going.has(arn) ? [] : `listener/${Port} (${arn})`,
  );
  if (others.length === 0) return undefined;
  const message = `Cannot delete load balancer ${loadBalancer}: it is used by ${others.join(", ")}, which does not carry our mark: what others made they have to remove`;
  return new CloudError("conflict", message);
}
