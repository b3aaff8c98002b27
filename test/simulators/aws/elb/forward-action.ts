/** The default action of a listener: which target groups it forwards to, and whether it may. */
import { isDeepStrictEqual } from "node:util";
import type { ForwardAction, LoadBalancer, TargetGroup, World } from "../state.ts";
import { AwsError, badConfiguration, invalid } from "../wire/aws-error.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../wire/query.ts";
import type { Shape } from "../wire/xml.ts";
import { numberIn, targetGroupAt } from "./find.ts";
import { checkFamily } from "./ip-families.ts";
import { mayForward } from "./protocols.ts";
import { loadBalancersOf } from "./target-groups.ts";

/** Reads `DefaultActions`. @throws unless it is one forward action to target groups that can take the listener's traffic */
export function forwardActionIn(
  world: World,
  request: Fields,
  listener: { readonly loadBalancer: LoadBalancer; readonly protocol: string },
): ForwardAction {
  const action = actionIn(request);
  checkGroups(world, action, listener);
  return action;
}

function actionIn(request: Fields): ForwardAction {
  const [action, ...more] = listOf(request, "DefaultActions");
  if (action === undefined || more.length > 0) throw invalid("Exactly one default action must be specified");
  // Network Load Balancers User Guide, "Listeners": forward is the only kind of action.
  if (textOf(action, "Type") !== "forward")
    throw new AwsError(
      "InvalidLoadBalancerAction",
      `Action type '${textOf(action, "Type")}' must be 'forward'`,
    );
  const forward = fieldsOf(action, "ForwardConfig");
  const single = textOf(action, "TargetGroupArn");
  const groups = listOf(forward, "TargetGroups").map((entry) => ({
    arn: textOf(entry, "TargetGroupArn") ?? "",
    weight: numberIn(entry as Fields, "Weight", 0, 999)?.toString(),
  }));
  const stickiness = fieldsOf(forward, "TargetGroupStickinessConfig");
  if (groups.length === 0) {
    if (single === undefined) throw invalid("A target group ARN must be specified");
    return { groups: [{ arn: single, weight: undefined }], stickiness };
  }
  // Action: "If you specify both ForwardConfig and TargetGroupArn, you can specify only one target group using ForwardConfig
  // and it must be the same target group specified in TargetGroupArn."
  if (
    single !== undefined &&
    !isDeepStrictEqual(
      [single],
      groups.map(({ arn }) => arn),
    )
  )
    throw invalid("TargetGroupArn and ForwardConfig name different target groups");
  if (groups.length > 1 && groups.some(({ weight }) => weight === undefined))
    throw invalid("A weight must be specified for each of several target groups");
  return { groups, stickiness };
}

/** The "Errors" of CreateListener and ModifyListener. */
function checkGroups(
  world: World,
  { groups }: ForwardAction,
  { loadBalancer, protocol }: { readonly loadBalancer: LoadBalancer; readonly protocol: string },
): void {
  const most = world.behaviour().limits.targetGroupsPerAction;
  if (groups.length > most)
    throw new AwsError(
      "TooManyUniqueTargetGroupsPerLoadBalancer",
      `An action can forward to at most ${most} target groups`,
    );
  for (const { arn } of groups) checkGroup(world, targetGroupAt(world, arn), loadBalancer, protocol);
}

function checkGroup(world: World, group: TargetGroup, loadBalancer: LoadBalancer, protocol: string): void {
  if (!mayForward(protocol, group.protocol))
    throw new AwsError(
      "IncompatibleProtocols",
      `A listener of protocol ${protocol} can't forward to target group '${group.arn}' of protocol ${group.protocol}`,
    );
  if (group.vpc !== loadBalancer.vpc)
    throw badConfiguration(
      `Target group '${group.arn}' is not in the VPC ${loadBalancer.vpc} of the load balancer`,
    );
  checkFamily(group, protocol, loadBalancer);
  if (loadBalancersOf(world, group).some((other) => other !== loadBalancer.arn))
    throw new AwsError(
      "TargetGroupAssociationLimit",
      `The following target groups cannot be associated with more than one load balancer: ${group.arn}`,
    );
}

/** As DescribeListeners shows it: `ForwardConfig` always, `TargetGroupArn` where there is one group. */
export function shownAction({ groups, stickiness }: ForwardAction): Shape {
  const [first, ...more] = groups;
  const isWeighted = more.length > 0;
  return {
    Type: "forward",
    TargetGroupArn: isWeighted ? undefined : first?.arn,
    ForwardConfig: {
      TargetGroups: groups.map(({ arn, weight }) => ({ TargetGroupArn: arn, Weight: weight ?? "1" })),
      TargetGroupStickinessConfig: {
        Enabled: textOf(stickiness, "Enabled") ?? "false",
        DurationSeconds: textOf(stickiness, "DurationSeconds"),
      },
    },
  };
}
