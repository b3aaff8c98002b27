/**
 * The attributes of load balancers, target groups and listeners that NLBs have, with what AWS takes. Sources: LoadBalancerAttribute,
 * TargetGroupAttribute and ListenerAttribute in the API reference of Elastic Load Balancing (version 2015-12-01).
 */

export interface Attribute {
  readonly key: string;
  /** What AWS sets by itself, and where that is so if it depends; `model/attributes.ts` has the values. */
  readonly defaultText: string;
  /** As it follows "must be". */
  readonly wanted: string;
  readonly accepts: (value: string) => boolean;
  readonly description: string;
}

type Value = Pick<Attribute, "wanted" | "accepts">;

function oneOf(...values: readonly string[]): Value {
  const listed = `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
  return {
    wanted: values.length === 1 ? (values[0] ?? "") : listed,
    accepts: (value) => values.includes(value),
  };
}

function whole(min: number, max: number, also?: string): Value {
  return {
    wanted: `${also === undefined ? "" : `${also} or `}a whole number from ${min} to ${max}`,
    accepts: (value) =>
      value === also || (/^(0|[1-9][0-9]{0,8})$/.test(value) && Number(value) >= min && Number(value) <= max),
  };
}

const BOOLEAN = oneOf("true", "false");

function attribute(key: string, defaultText: string, value: Value, description: string): Attribute {
  return { key, defaultText, ...value, description };
}

export const LOAD_BALANCER_ATTRIBUTES: readonly Attribute[] = [
  attribute(
    "deletion_protection.enabled",
    "false",
    BOOLEAN,
    "AWS deletes the load balancer for nobody. Fairlead never takes it off by itself: a deletion waits until somebody has taken it off.",
  ),
  attribute(
    "load_balancing.cross_zone.enabled",
    "false",
    BOOLEAN,
    "Each zone's addresses lead to the targets of all zones.",
  ),
  attribute(
    "access_logs.s3.enabled",
    "false",
    BOOLEAN,
    "Logs of TLS connections are written to S3. Needs the bucket.",
  ),
  attribute(
    "access_logs.s3.bucket",
    "",
    {
      wanted: "the name of an S3 bucket",
      accepts: (value) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value),
    },
    "The bucket for the logs, in the same region.",
  ),
  attribute(
    "access_logs.s3.prefix",
    "",
    { wanted: "at most 512 characters", accepts: (value) => value.length <= 512 },
    "Where in the bucket.",
  ),
  attribute(
    "ipv6.deny_all_igw_traffic",
    "true if internal, else false",
    BOOLEAN,
    "Nothing comes in through an internet gateway by IPv6.",
  ),
  attribute("zonal_shift.config.enabled", "false", BOOLEAN, "Traffic can be shifted away from a zone."),
  attribute(
    "dns_record.client_routing_policy",
    "any_availability_zone",
    oneOf("any_availability_zone", "partial_availability_zone_affinity", "availability_zone_affinity"),
    "Which zone's addresses clients within AWS are given: all, 85 % their own, or their own.",
  ),
  attribute(
    "secondary_ips.auto_assigned.per_subnet",
    "0",
    whole(0, 7),
    "More addresses in each subnet, for more connections to few targets. AWS never makes it less.",
  ),
];

export const TARGET_GROUP_ATTRIBUTES: readonly Attribute[] = [
  attribute(
    "deregistration_delay.timeout_seconds",
    "300",
    whole(0, 3600),
    "For so long, connections of a target that was deregistered go on.",
  ),
  attribute(
    "deregistration_delay.connection_termination.enabled",
    "true for UDP and TCP_UDP, else false",
    BOOLEAN,
    "What is left after the delay is cut.",
  ),
  attribute(
    "preserve_client_ip.enabled",
    "false for ip targets with TCP or TLS, else true",
    BOOLEAN,
    "Targets see the client's address. Can't be false for UDP, TCP_UDP, QUIC and TCP_QUIC.",
  ),
  attribute(
    "proxy_protocol_v2.enabled",
    "false",
    BOOLEAN,
    "Connections to targets begin with a PROXY protocol v2 header.",
  ),
  attribute(
    "proxy_protocol_v2.client_to_server.header_placement",
    "on_first_ack_with_payload",
    oneOf("on_first_ack_with_payload", "on_first_ack"),
    "When that header is sent.",
  ),
  attribute("stickiness.enabled", "false", BOOLEAN, "Connections of one client go to one target."),
  attribute("stickiness.type", "source_ip", oneOf("source_ip"), "How a client is known."),
  attribute(
    "load_balancing.cross_zone.enabled",
    "use_load_balancer_configuration",
    oneOf("true", "false", "use_load_balancer_configuration"),
    "As the attribute of the load balancer, for this port.",
  ),
  attribute(
    "target_group_health.dns_failover.minimum_healthy_targets.count",
    "1",
    whole(1, 1000, "off"),
    "With fewer healthy targets a zone is taken out of DNS.",
  ),
  attribute(
    "target_group_health.dns_failover.minimum_healthy_targets.percentage",
    "off",
    whole(1, 100, "off"),
    "The same as a share.",
  ),
  attribute(
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
    "1",
    whole(1, 1000),
    "With fewer healthy targets all are used, the unhealthy ones too.",
  ),
  attribute(
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
    "off",
    whole(1, 100, "off"),
    "The same as a share.",
  ),
  attribute(
    "target_health_state.unhealthy.connection_termination.enabled",
    "true for TCP and TLS, else false",
    BOOLEAN,
    "Connections to a target are cut when it becomes unhealthy. Can't be true for UDP and TCP_UDP.",
  ),
  attribute(
    "target_health_state.unhealthy.draining_interval_seconds",
    "0",
    whole(0, 360_000),
    "For so long, connections of an unhealthy target go on. Only where they are not cut.",
  ),
];

export const LISTENER_ATTRIBUTES: readonly Attribute[] = [
  attribute(
    "tcp.idle_timeout.seconds",
    "350",
    whole(60, 6000),
    "Connections without traffic for so long are forgotten.",
  ),
];
