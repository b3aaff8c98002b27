/**
 * Attributes that users can set and what AWS has without them, so that one that is no longer asked for goes back to that.
 * Source: API_LoadBalancerAttribute, API_TargetGroupAttribute and API_ListenerAttribute of Elastic Load Balancing, version 2015-12-01.
 */

export type Attributes = Readonly<Record<string, string>>;

export type TargetProtocol = "TCP" | "TLS" | "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC";

/** Where it is "true", AWS deletes the load balancer for nobody. */
export const deletionProtection = "deletion_protection.enabled";

/** What a new NLB has. Left out: the bucket of access logs, which counts with logs only, and secondary addresses, whose number never goes down. */
export function loadBalancerDefaults(scheme: "internal" | "internet-facing"): Attributes {
  return {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.prefix": "",
    [deletionProtection]: "false",
    "dns_record.client_routing_policy": "any_availability_zone",
    "ipv6.deny_all_igw_traffic": scheme === "internal" ? "true" : "false",
    "load_balancing.cross_zone.enabled": "false",
    "zonal_shift.config.enabled": "false",
  };
}

/** What a new target group has. */
export function targetGroupDefaults(protocol: TargetProtocol, targetType: "instance" | "ip"): Attributes {
  const stream = protocol === "TCP" || protocol === "TLS";
  return {
    "deregistration_delay.connection_termination.enabled": stream ? "false" : "true",
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "preserve_client_ip.enabled": stream && targetType === "ip" ? "false" : "true",
    "proxy_protocol_v2.client_to_server.header_placement": "on_first_ack_with_payload",
    "proxy_protocol_v2.enabled": "false",
    "stickiness.enabled": "false",
    "stickiness.type": "source_ip",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
    "target_health_state.unhealthy.connection_termination.enabled": stream ? "true" : "false",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
  };
}

/** What a new listener has. Only those for TCP have attributes. */
export function listenerDefaults(protocol: string): Attributes {
  return protocol === "TCP" ? { "tcp.idle_timeout.seconds": "350" } : {};
}

const anyDefault: ReadonlyMap<string, ReadonlySet<string>> = collect([
  loadBalancerDefaults("internal"),
  loadBalancerDefaults("internet-facing"),
  ...(["TCP", "UDP"] as const).flatMap((protocol) =>
    (["instance", "ip"] as const).map((type) => targetGroupDefaults(protocol, type)),
  ),
  listenerDefaults("TCP"),
]);

/** Attributes to send: those that differ from what is there; `observed` of a creation are the defaults. What the cloud does not show is taken to be at its default. */
export function attributesToSet(desired: Attributes, observed: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(desired).filter(([key, value]) => {
      const there = observed[key];
      return there === undefined ? anyDefault.get(key)?.has(value) !== true : there !== value;
    }),
  );
}

function collect(tables: readonly Attributes[]): Map<string, Set<string>> {
  const all = new Map<string, Set<string>>();
  for (const [key, value] of tables.flatMap((table) => Object.entries(table))) {
    all.set(key, (all.get(key) ?? new Set()).add(value));
  }
  return all;
}
