/** Deletion protection of load balancers: what is protected stays whole, and nobody here switches it off. */
import type { OperationContext } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import { kinds } from "../model/resources.ts";
import { unlessGone } from "../observe/listing.ts";
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

const asked = new WeakMap<object, Map<string, Promise<boolean>>>();

/**
 * AWS refuses to delete the load balancer only, and that comes last: asked before anything that it serves with goes, once for a plan.
 *
 * @throws CloudError "conflict" if the plan deletes this load balancer and AWS will refuse that
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
  const answers = asked.get(plan) ?? new Map<string, Promise<boolean>>();
  asked.set(plan, answers);
  const answer = answers.get(loadBalancer) ?? isProtected(writer, loadBalancer);
  answers.set(loadBalancer, answer);
  if (await answer) throw protectedError(writer);
}
