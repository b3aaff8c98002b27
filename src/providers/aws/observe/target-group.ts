/** A target group of AWS and who is registered in it, in the spelling of the model. Pure. */
import type { TargetGroup, TargetHealthDescription } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Attributes, TargetProtocol } from "../model/attributes.ts";
import { markKeys, type Tags } from "../model/marks.ts";
import {
  canonicalTargets,
  type HealthCheckFields,
  type Target,
  type TargetGroupFields,
  type TargetsFields,
} from "../model/resources.ts";
import { canonicalAddress } from "./load-balancer.ts";

export function targetGroupFields(
  group: TargetGroup,
  seen: { readonly attributes: Attributes; readonly tags: Tags },
): TargetGroupFields {
  const { [markKeys.loadBalancer]: marked, ...tags } = seen.tags;
  return {
    // Adoption refuses what is of another protocol.
    protocol: (group.Protocol ?? "TCP") as TargetProtocol,
    port: group.Port ?? 0,
    targetType: group.TargetType === "ip" ? "ip" : "instance",
    vpc: group.VpcId ?? "",
    ipAddressType: group.IpAddressType === "ipv6" ? "ipv6" : "ipv4",
    // One that was taken over has no such tag, and is attached.
    loadBalancer: marked ?? group.LoadBalancerArns?.[0] ?? "",
    healthCheck: healthCheckOf(group),
    attributes: seen.attributes,
    tags,
  };
}

function healthCheckOf(group: TargetGroup): HealthCheckFields {
  const { HealthCheckProtocol: protocol } = group;
  const isHttp = protocol === "HTTP" || protocol === "HTTPS";
  return {
    protocol: isHttp ? protocol : "TCP",
    port: group.HealthCheckPort ?? "traffic-port",
    path: isHttp ? (group.HealthCheckPath ?? "/") : null,
    matcher: isHttp ? (group.Matcher?.HttpCode ?? "200-399") : null,
    interval: group.HealthCheckIntervalSeconds ?? 30,
    timeout: group.HealthCheckTimeoutSeconds ?? 10,
    healthy: group.HealthyThresholdCount ?? 5,
    unhealthy: group.UnhealthyThresholdCount ?? 2,
  };
}

/** Those that drain are on their way out: one that is wanted again is registered again. */
export function targetsFields(
  targetGroup: string,
  registered: readonly TargetHealthDescription[],
): TargetsFields {
  const staying = registered.filter(({ TargetHealth }) => TargetHealth?.State !== "draining");
  return {
    targetGroup,
    targets: canonicalTargets(staying.map(targetOf)),
  };
}

function targetOf({ Target: target }: TargetHealthDescription): Target {
  const { Id = "", Port = 0, AvailabilityZone, QuicServerId } = target ?? {};
  return {
    id: Id.startsWith("i-") ? Id : canonicalAddress(Id),
    port: Port,
    ...(AvailabilityZone === "all" ? { zone: "all" } : {}),
    ...(QuicServerId === undefined || QuicServerId === "" ? {} : { quicServerId: QuicServerId }),
  };
}

/** The cloud id of who is registered in a target group. */
export function targetsId(targetGroup: string): string {
  return `${targetGroup}#targets`;
}
