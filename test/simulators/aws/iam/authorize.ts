/** Refuses what the policies of the caller do not allow, in the words of the service. */
import type { World } from "../state.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { AwsRequest } from "../wire/request.ts";
import { checksOf } from "./checks.ts";
import { isAllowed } from "./policy.ts";

/** @throws AwsError when the caller is one with policies, and they do not allow the call */
export async function authorize(world: World, request: AwsRequest): Promise<void> {
  const policies = world.policies[request.accessKey];
  if (policies === undefined) return;
  for (const check of await checksOf(world, request)) {
    if (isAllowed(policies, check)) continue;
    const { action, resource } = check;
    const message = `User: ${request.accessKey} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
    world.refused.push(message);
    throw new AwsError(request.service === "ec2" ? "UnauthorizedOperation" : "AccessDenied", message, 403);
  }
}
