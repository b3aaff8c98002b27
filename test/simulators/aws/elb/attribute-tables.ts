/** The attributes of Network Load Balancers and what belongs to them: LoadBalancerAttribute, TargetGroupAttribute, ListenerAttribute. */
import { isUdpLike } from "./protocols.ts";

/** Tells what is wrong with a value, or nothing. */
export type Check = (value: string) => string | undefined;
export type Checks = Readonly<Record<string, Check>>;

const isBoolean = among("true", "false");
const isText: Check = () => undefined;
const isCountOrOff = orOff(range(1, 1000));
const isShareOrOff = orOff(range(1, 100));

export const loadBalancerChecks: Checks = {
  "access_logs.s3.bucket": isText,
  "access_logs.s3.enabled": isBoolean,
  "access_logs.s3.prefix": isText,
  "deletion_protection.enabled": isBoolean,
  "dns_record.client_routing_policy": among(
    "any_availability_zone",
    "availability_zone_affinity",
    "partial_availability_zone_affinity",
  ),
  "ipv6.deny_all_igw_traffic": isBoolean,
  "load_balancing.cross_zone.enabled": isBoolean,
  "secondary_ips.auto_assigned.per_subnet": range(0, 7),
  "zonal_shift.config.enabled": isBoolean,
};

export function loadBalancerDefaults(scheme: string): Map<string, string> {
  return new Map([
    ["access_logs.s3.bucket", ""],
    ["access_logs.s3.enabled", "false"],
    ["access_logs.s3.prefix", ""],
    ["deletion_protection.enabled", "false"],
    ["dns_record.client_routing_policy", "any_availability_zone"],
    // "It is set to false for internet-facing load balancers and true for internal load balancers".
    ["ipv6.deny_all_igw_traffic", String(scheme === "internal")],
    ["load_balancing.cross_zone.enabled", "false"],
    ["secondary_ips.auto_assigned.per_subnet", "0"],
    ["zonal_shift.config.enabled", "false"],
  ]);
}

export const targetGroupChecks: Checks = {
  "deregistration_delay.connection_termination.enabled": isBoolean,
  "deregistration_delay.timeout_seconds": range(0, 3600),
  "load_balancing.cross_zone.enabled": among("true", "false", "use_load_balancer_configuration"),
  "preserve_client_ip.enabled": isBoolean,
  "proxy_protocol_v2.client_to_server.header_placement": among("on_first_ack", "on_first_ack_with_payload"),
  "proxy_protocol_v2.enabled": isBoolean,
  "stickiness.enabled": isBoolean,
  "stickiness.type": among("source_ip"),
  "target_group_health.dns_failover.minimum_healthy_targets.count": isCountOrOff,
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": isShareOrOff,
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": range(1, 1000),
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": isShareOrOff,
  "target_health_state.unhealthy.connection_termination.enabled": isBoolean,
  "target_health_state.unhealthy.draining_interval_seconds": range(0, 360_000),
};

export function targetGroupDefaults(group: {
  readonly protocol: string;
  readonly targetType: string;
}): Map<string, string> {
  const udp = isUdpLike(group.protocol);
  return new Map([
    // "For new UDP/TCP_UDP target groups the default is true. Otherwise, the default is false."
    ["deregistration_delay.connection_termination.enabled", String(udp)],
    ["deregistration_delay.timeout_seconds", "300"],
    ["load_balancing.cross_zone.enabled", "use_load_balancer_configuration"],
    // "The default is disabled if the target group type is IP address and the target group protocol is TCP or TLS."
    ["preserve_client_ip.enabled", String(udp || group.targetType !== "ip")],
    ["proxy_protocol_v2.client_to_server.header_placement", "on_first_ack_with_payload"],
    ["proxy_protocol_v2.enabled", "false"],
    ["stickiness.enabled", "false"],
    ["stickiness.type", "source_ip"],
    ["target_group_health.dns_failover.minimum_healthy_targets.count", "1"],
    ["target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"],
    ["target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"],
    ["target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"],
    // "The default is true. This attribute can't be enabled for UDP and TCP_UDP target groups."
    ["target_health_state.unhealthy.connection_termination.enabled", String(!udp)],
    ["target_health_state.unhealthy.draining_interval_seconds", "0"],
  ]);
}

export const listenerChecks: Checks = { "tcp.idle_timeout.seconds": range(60, 6000) };

/** Network Load Balancers User Guide, "Update the TCP idle timeout": for listeners of protocol TCP and no other. */
export function listenerDefaults(protocol: string): Map<string, string> {
  return new Map(protocol === "TCP" ? [["tcp.idle_timeout.seconds", "350"]] : []);
}

function among(...values: readonly string[]): Check {
  return (value) => (values.includes(value) ? undefined : `must be one of [${values.join(", ")}]`);
}

function range(least: number, most: number): Check {
  return (value) =>
    /^\d+$/.test(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `must be between ${least} and ${most} inclusive`;
}

function orOff(check: Check): Check {
  return (value) => (value === "off" ? undefined : check(value));
}
