/**
 * The resources behind a load balancer on AWS: for each kind the type of its fields, spelt so that what is desired and what is
 * observed compare equal. Lists have the order of `canonicalRules`, `canonicalTargets` and `sortedBy`; what is absent from a cloud's
 * answer is spelt as the type says (null, "off", []), never left out, so that a value which is no longer wanted is seen to differ.
 */
import { compareText } from "../../../core/compare-text.ts";
import { canonical } from "../../../core/plan/json.ts";
import type { Fields, Json } from "../../../core/plan/types.ts";
import type { Attributes, TargetProtocol } from "./attributes.ts";
import type { Tags } from "./marks.ts";

export const kinds = {
  loadBalancer: "load-balancer",
  securityGroup: "security-group",
  targetGroup: "target-group",
  targets: "targets",
  listener: "listener",
  backendGroup: "backend-security-group",
  nodeRule: "node-rule",
} as const;

/** Where a cloud id will be: a text in what is observed and in what an operation brings, `reference(…)` in what is desired. */
export type CloudId = Json;

export type Scheme = "internal" | "internet-facing";

/**
 * Kind "load-balancer", id "load-balancer". Cloud id: the ARN.
 *
 * `zones` and `pins` describe the same subnets. `zones` differs when zones are added or removed, when a prefix for source NAT is another, or
 * when an IPv6 address is asked for where there was none: SetSubnets. `pins` differs when a zone that stays would get another subnet or
 * another address, which AWS refuses: a replacement. SetSubnets takes for each zone of `zones` the subnet and addresses that `pins` of the
 * operation has (there it is what was observed), and those of `zones` where `pins` has none.
 */
export type LoadBalancerFields = {
  readonly type: "network";
  /** Only where users ask for one; used by `loadBalancerName` when creating, not compared. */
  readonly name?: string;
  readonly scheme: Scheme;
  readonly vpc: string;
  readonly ipAddressType: "ipv4" | "dualstack";
  /** Sorted by zone. */
  readonly zones: readonly ZoneFields[];
  /**
   * By zone name; observed: of every zone, with what DescribeLoadBalancers shows in `LoadBalancerAddresses`, but for those that show none while
   * AWS is provisioning.
   */
  readonly pins: Readonly<Record<string, PinFields>>;
  /** Whether any group is on it: that can't be changed. */
  readonly hasSecurityGroups: boolean;
  /** In any order; empty without. */
  readonly securityGroups: readonly CloudId[];
  /** `EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic`; null without security groups. AWS: "on" where nothing was set. */
  readonly privateLinkRules: "on" | "off" | null;
  /** `EnablePrefixForIpv6SourceNat`; "off" where the cloud says nothing. */
  readonly sourceNat: "on" | "off";
  /** Desired: those we set or that users may have set. Observed: all. */
  readonly attributes: Attributes;
  /** Capacity units reserved; 0: none. */
  readonly minimumCapacity: number;
  /** Desired: marks and what users add. Observed: all. */
  readonly tags: Tags;
};

export type ZoneFields = PinFields & {
  readonly zone: string;
  readonly subnet: string;
  /**
   * Desired only. "if-there": its subnets are nearly full, so it is kept where it is and never added: neither a creation nor SetSubnets brings
   * it where it is not observed. "at-creation": the list counts for a creation; what is there stays as it is. Absent: always wanted.
   */
  readonly only?: "if-there" | "at-creation";
  /** `SourceNatIpv6Prefix`: "auto_assigned" or a /80; absent: not asked for. Observed: as the cloud shows it. */
  readonly sourceNatPrefix?: string;
};

/** Absent where nothing is asked for and any will do; observed: `subnet` always, addresses where the cloud shows them. */
export type PinFields = {
  readonly subnet?: string;
  readonly allocationId?: string;
  readonly privateIPv4?: string;
  /** Canonical text (RFC 5952). */
  readonly ipv6?: string;
};

/** What an observed load balancer has besides its fields: results and `poll` read it. */
export type LoadBalancerState = {
  /** As AWS spells it. */
  readonly dnsName: string;
  readonly canonicalHostedZoneId: string;
  readonly state: "provisioning" | "active" | "active_impaired" | "failed";
  /** `State.Reason`, where there is one. */
  readonly stateReason?: string;
  /** Sorted by zone; static addresses only. `ip`: of the Elastic IP. */
  readonly zoneAddresses: readonly (PinFields & { readonly zone: string; readonly ip?: string })[];
};

/**
 * Kind "security-group", id `security-group/<scheme>`: the managed one in front. Cloud id: "sg-…". Its name is `nameOf`. Egress is left as it
 * is. One for each scheme, so that who may come to a load balancer that waits for its replacement stays as it is.
 */
export type SecurityGroupFields = {
  /** At creation only. */
  readonly description: string;
  readonly vpc: string;
  /** In the order of `canonicalRules`. */
  readonly ingress: readonly Rule[];
  readonly tags: Tags;
};

/** One `IpPermission` with one source. */
export type Rule = {
  /** "tcp", "udp", "icmp", "icmpv6"; observed also others, as AWS spells them ("-1"). */
  readonly protocol: string;
  /** First port, or ICMP type; -1 where the cloud shows none. */
  readonly from: number;
  /** Last port, or ICMP code; -1 where the cloud shows none. */
  readonly to: number;
  readonly source: RuleSource;
  /** Not compared. */
  readonly description?: string;
};

/** `cidr` as AWS writes it: host bits cleared, with prefix length, IPv6 in lower case (`canonicalCidr`). */
export type RuleSource =
  | { readonly cidr: string }
  | { readonly prefixList: string }
  | { readonly group: CloudId };

/**
 * Kind "target-group", id `target-group/<port>` or, where a port has two, `target-group/<port>-<protocol>`. Cloud id: the ARN. Its name is
 * `nameOf`. Observed `dependsOn` has "load-balancer" where it is attached to it.
 */
export type TargetGroupFields = {
  readonly protocol: TargetProtocol;
  /** At creation only: every target has its own port. */
  readonly port: number;
  readonly targetType: "instance" | "ip";
  readonly vpc: string;
  readonly ipAddressType: "ipv4" | "ipv6";
  /** ARN, also in the tag `fairlead.io/load-balancer`, which is where it is observed; "" where that tag is missing. */
  readonly loadBalancer: CloudId;
  readonly healthCheck: HealthCheckFields;
  /** Desired: those we know. Observed: all. */
  readonly attributes: Attributes;
  /** Without the tag `fairlead.io/load-balancer`, which is made of the field. */
  readonly tags: Tags;
};

export type HealthCheckFields = {
  readonly protocol: "TCP" | "HTTP" | "HTTPS";
  /** A number as text, or "traffic-port". */
  readonly port: string;
  /** null for TCP. */
  readonly path: string | null;
  /** `Matcher.HttpCode`; null for TCP. */
  readonly matcher: string | null;
  /** Seconds. */
  readonly interval: number;
  /** Seconds. */
  readonly timeout: number;
  readonly healthy: number;
  readonly unhealthy: number;
};

/** Kind "targets", id `targets/<as its target group>`: who is registered. Cloud id: the ARN of the target group with "#targets". */
export type TargetsFields = {
  readonly targetGroup: CloudId;
  /** In the order of `canonicalTargets`. Observed: without those that drain. */
  readonly targets: readonly Target[];
};

export type Target = {
  /** Instance id, or address in canonical text. */
  readonly id: string;
  readonly port: number;
  /** Only of addresses outside the VPC; observed: another zone than "all" is left out. */
  readonly zone?: "all";
  /** `QuicServerId`, of QUIC and TCP_QUIC only. */
  readonly quicServerId?: string;
};

/** Kind "listener", id `listener/<port>`. Cloud id: the ARN. Observed `dependsOn`: "load-balancer", and what it forwards to. */
export type ListenerFields = {
  readonly loadBalancer: CloudId;
  readonly port: number;
  readonly protocol: TargetProtocol;
  readonly forward: {
    /** In any order. `weight` is null where there is one only, whatever the cloud shows. */
    readonly targetGroups: readonly { readonly arn: CloudId; readonly weight: number | null }[];
    /** false where there is one target group only. */
    readonly stickiness: boolean;
  };
  /** ARN of the default certificate; null without TLS. */
  readonly certificate: string | null;
  /** ARNs of the others, without the default one; sorted. */
  readonly moreCertificates: readonly string[];
  /** null without TLS. */
  readonly sslPolicy: string | null;
  /** null: none ("None" of the API too). */
  readonly alpn: string | null;
  /** Desired: those we know. Observed: all. */
  readonly attributes: Attributes;
  /**
   * Before the listener is deleted, the targets of that target group (ours, one of `forward`) are deregistered and connections get that
   * long to end. null: not so. Observed in the tag `fairlead.io/drain-seconds`.
   */
  readonly drain: { readonly seconds: number; readonly targetGroup: CloudId } | null;
  /** With the tag `fairlead.io/drain-seconds`, made of `drain`. */
  readonly tags: Tags;
};

/** Kind "backend-security-group", id "backend-security-group", of the stack `networkKey(…)`: on every load balancer, let in by the nodes. */
export type BackendGroupFields = {
  /** At creation only. */
  readonly description: string;
  readonly vpc: string;
  readonly tags: Tags;
};

/**
 * Kind "node-rule": one ingress rule of a security group of nodes or pods, which is somebody else's; `document` is that group's id.
 * Id: `node-rule/<group>/<protocol>/<from>-<to>`, and `/<cidr>` where it does not let in the backend group. Cloud id: "sgr-…".
 * Ours is what has our description; nothing else in the group is touched.
 */
export type NodeRuleFields = {
  readonly group: string;
  readonly protocol: "tcp" | "udp";
  readonly from: number;
  readonly to: number;
  readonly source: { readonly cidr: string } | { readonly group: CloudId };
  /** `nodeRuleMark(clusterUid)`. */
  readonly description: string;
};

/** What a stack needs of `networkKey(region, vpc)`. */
export type NetworkClaim = {
  readonly region: string;
  readonly vpc: string;
  /** Users' tags for the backend group. */
  readonly tags: Tags;
  /** Security groups of nodes or pods, sorted. */
  readonly groups: readonly string[];
  /** What is let in, for traffic and health checks. */
  readonly open: readonly {
    readonly ports: readonly { readonly protocol: "tcp" | "udp"; readonly port: number }[];
    /** From where, for a load balancer without security group. Absent: from the backend group. */
    readonly cidrs?: readonly string[];
  }[];
  /** How many rules a group may get from us. */
  readonly ruleLimit: number;
};

/** Key of the stack that all load balancers of a VPC share. */
export function networkKey(region: string, vpc: string): string {
  return `network ${region} ${vpc}`;
}

/** The description of a node rule: within what EC2 allows there. */
export function nodeRuleMark(clusterUid: string): string {
  return `fairlead.io/cluster=${clusterUid}`;
}

/** What a rule is, whatever its description. */
export function ruleKey({ protocol, from, to, source }: Rule): string {
  return canonical([protocol, from, to, source]);
}

/** Each rule once, in a fixed order. */
export function canonicalRules(rules: readonly Rule[]): Rule[] {
  return sortedBy([...new Map(rules.map((rule) => [ruleKey(rule), rule])).values()], ruleKey);
}

/** What a target is to RegisterTargets and DeregisterTargets. */
export function targetKey({ id, port, quicServerId }: Target): string {
  return canonical([id, port, quicServerId ?? ""]);
}

/** Each target once, in a fixed order. */
export function canonicalTargets(targets: readonly Target[]): Target[] {
  return sortedBy([...new Map(targets.map((target) => [targetKey(target), target])).values()], targetKey);
}

export function sortedBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items.toSorted((a, b) => compareText(key(a), key(b)));
}

/** The typed fields as what the planner knows: it has no optional properties, so absent ones are left out. */
export function asFields<T extends object>(fields: T): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
