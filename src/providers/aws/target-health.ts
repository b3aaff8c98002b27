/** How the targets of load balancers on AWS fare: see `GraphProvider.targetHealth`. */
import type { TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { GraphProvider, TargetHealth } from "../provider.ts";
import { awsFor, type Cloud, fieldsAs } from "./cloud.ts";
import { kinds, type TargetGroupFields } from "./model/resources.ts";
import { listTargets } from "./observe/listing.ts";
import { canonicalAddress } from "./observe/load-balancer.ts";

/** Beginning of the gates that the AWS Load Balancer Controller puts into pods; the name of its target group binding follows. */
export const AWS_READINESS_GATES = ["target-health.elbv2.k8s.aws/"];

/** One call for each target group of pods, whatever their number: API_DescribeTargetHealth has no pages. */
export function createTargetHealth(cloud: Cloud): NonNullable<GraphProvider["targetHealth"]> {
  return async ({ cls, observed }, signal) => {
    const aws = awsFor(cloud, cls);
    const groups = observed.filter(
      ({ kind, fields }) =>
        kind === kinds.targetGroup && fieldsAs<TargetGroupFields>(fields).targetType === "ip",
    );
    const answers = await Promise.all(groups.map(({ cloudId }) => listTargets(aws, cloudId, signal)));
    return answers.flatMap((targets) => (targets ?? []).map(healthOf));
  };
}

function healthOf({ Target: target, TargetHealth: health }: TargetHealthDescription): TargetHealth {
  return {
    address: canonicalAddress(target?.Id ?? ""),
    port: target?.Port ?? 0,
    state: stateOf(health?.State),
    ...(health?.Reason === undefined ? {} : { reason: health.Reason }),
    ...(health?.Description === undefined ? {} : { message: health.Description }),
  };
}

/** API_TargetHealth; "unhealthy.draining" is one of an unhealthy target whose connections are ended. */
function stateOf(state: string | undefined): TargetHealth["state"] {
  switch (state) {
    case "healthy":
    case "initial":
    case "draining":
    case "unused":
    case "unavailable":
      return state;
    default:
      return "unhealthy";
  }
}
