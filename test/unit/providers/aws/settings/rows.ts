/** What each annotation comes to: a row for every entry of the table. */

export interface Row {
  /** The key without `service.beta.kubernetes.io/`, or whole; with what stands for a variable part. */
  readonly key: string;
  /** Values, and what of the spec they decide: `settings`, or a field by its name. */
  readonly good: readonly (readonly [value: string, spec: Readonly<Record<string, unknown>>])[];
  /** Values that are refused, and words of the message. */
  readonly bad: readonly (readonly [value: string, ...words: string[]])[];
  /** Values that are taken with a warning, and words of it. */
  readonly noted?: readonly (readonly [value: string, ...words: string[]])[];
}

const settings = (value: Record<string, unknown>) => ({ settings: value });
const check = (value: Record<string, unknown>) => settings({ healthCheck: value });

const CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-1234";
const SERVER_CERTIFICATE = "arn:aws-cn:iam::123456789012:server-certificate/web/shop";
const TARGET_GROUP =
  "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/other/0123456789abcdef";

const booleans = (name: string): Row["good"] => [
  ...["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, settings({ [name]: true })] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, settings({ [name]: false })] as const),
];
const NO_BOOLEANS: Row["bad"] = ["FalSe", "yes", "on", ""].map(
  (text) => [text, "wanted: true or false"] as const,
);
const classic = (suffix: string, ...words: string[]): Row => ({
  key: `aws-load-balancer-${suffix}`,
  good: [],
  bad: [],
  noted: [["60", "has no effect", ...words]],
});

export const ROWS: readonly Row[] = [
  {
    key: "aws-load-balancer-type",
    good: [
      ["nlb-ip", settings({ targetType: "ip" })],
      ["external", {}],
      ["nlb", {}],
      ["", {}],
    ],
    bad: [],
    noted: [["clb", "has no effect with that value", "Network Load Balancer"]],
  },
  {
    key: "aws-load-balancer-nlb-target-type",
    good: [
      ["ip", settings({ targetType: "ip" })],
      [" instance ", settings({ targetType: "instance" })],
      ["Instance", settings({ targetType: "instance" })],
    ],
    bad: [
      ["nlb", "wanted: instance or ip"],
      ["IP", "wanted: instance or ip (in small letters)"],
    ],
  },
  {
    key: "aws-load-balancer-scheme",
    good: [
      ["internal", { scheme: "internal" }],
      ["internet-facing", { scheme: "external" }],
    ],
    bad: [
      ["external", "wanted: internal or internet-facing"],
      ["constructor", "wanted: internal or internet-facing"],
    ],
  },
  {
    key: "aws-load-balancer-internal",
    good: [
      ["true", { scheme: "internal" }],
      ["T", { scheme: "internal" }],
      ["false", { scheme: "external" }],
      ["0", { scheme: "external" }],
      ["", { scheme: "internal" }],
    ],
    bad: [
      ["0.0.0.0/0", "wanted: true or false", "legacyInternalValues"],
      ["no", "wanted: true or false"],
    ],
  },
  {
    key: "aws-load-balancer-name",
    good: [["front-door", settings({ name: "front-door" })]],
    bad: [
      ["internal-web", "without '-' at the ends or internal- at the beginning"],
      ["-web", "1 to 32"],
      ["web-", "1 to 32"],
      ["a_b", "letters, digits"],
      ["x".repeat(33), "1 to 32"],
      ["", "1 to 32"],
    ],
  },
  {
    key: "load-balancer-source-ranges",
    good: [
      ["10.0.0.0/8, 192.0.2.0/24", { sourceRanges: ["10.0.0.0/8", "192.0.2.0/24"] }],
      ["", {}],
    ],
    bad: [
      ["10.0.0.0/33", '"10.0.0.0/33" is none', "CIDRs"],
      ["office", "CIDRs"],
    ],
  },
  {
    key: "aws-load-balancer-additional-resource-tags",
    good: [
      ["team=shop,cost center=a=b", settings({ tags: { team: "shop", "cost center": "a=b" } })],
      ["empty=,a=1", settings({ tags: { empty: "", a: "1" } })],
      ["constructor=acme", settings({ tags: { constructor: "acme" } })],
      ["", {}],
    ],
    bad: [
      ["team", '"team" is not key=value'],
      ["=shop", "is not key=value"],
      ["a=1,a=2", "a is there twice"],
      ["constructor=1,constructor=2", "constructor is there twice"],
      ["a=1,__proto__=2", "__proto__ can't be a key here"],
      ["aws:x=1", "tags that begin with aws: say who owns a resource"],
      ["fairlead.io/cluster=1", "tags that begin with fairlead.io/"],
      ["Elbv2.k8s.aws/cluster=1", "tags that begin with elbv2.k8s.aws/"],
      ["a=1\\,2", "a must be at most 256 letters"],
      [Array.from({ length: 41 }, (_, index) => `k${index}=v`).join(), "at most 40 tags"],
    ],
  },
  {
    key: "aws-load-balancer-minimum-load-balancer-capacity",
    good: [
      ["CapacityUnits=5500", settings({ capacityUnits: 5500 })],
      ["CapacityUnits=0", settings({ capacityUnits: 0 })],
    ],
    bad: [
      ["5500", "wanted: CapacityUnits with a number"],
      ["Units=1", "wanted: CapacityUnits with a number"],
      ["CapacityUnits=1,More=2", "wanted: CapacityUnits with a number"],
      ["CapacityUnits=-1", "must be at least 0"],
    ],
  },
  {
    key: "fairlead.io/aws-drain-before-delete",
    good: [["300", settings({ drainBeforeDeleteSeconds: 300 })]],
    bad: [
      ["3601", "must be at most 3600", "from 0 to 3600"],
      ["5m", "whole number of seconds"],
    ],
  },
  {
    key: "aws-load-balancer-ip-address-type",
    good: [
      ["ipv4", settings({ ipAddressType: "ipv4" })],
      ["dualstack", settings({ ipAddressType: "dualstack" })],
    ],
    bad: [["ipv6", "wanted: ipv4 or dualstack"]],
  },
  {
    key: "aws-load-balancer-subnets",
    good: [
      ["subnet-0a1b, public-b ,", settings({ subnets: ["subnet-0a1b", "public-b"] })],
      ["", {}],
    ],
    bad: [
      ["subnet-0A", '"subnet-0A" must be an id that begins with subnet-'],
      ["a,a", "must not have the same entry twice"],
    ],
  },
  {
    key: "aws-load-balancer-eip-allocations",
    good: [["eipalloc-01,eipalloc-02", settings({ eipAllocations: ["eipalloc-01", "eipalloc-02"] })]],
    bad: [["198.51.100.7", '"198.51.100.7" must be an id that begins with eipalloc-']],
  },
  {
    key: "aws-load-balancer-private-ipv4-addresses",
    good: [["10.0.1.9,10.0.2.9", settings({ privateIPv4Addresses: ["10.0.1.9", "10.0.2.9"] })]],
    bad: [
      ["10.0.1.256", '"10.0.1.256" must be an IPv4 address'],
      ["2001:db8::1", "must be an IPv4 address"],
    ],
  },
  {
    key: "aws-load-balancer-ipv6-addresses",
    good: [["2001:DB8:0::1", settings({ ipv6Addresses: ["2001:db8::1"] })]],
    bad: [["10.0.1.9", "must be an IPv6 address"]],
  },
  {
    key: "aws-load-balancer-enable-prefix-for-ipv6-source-nat",
    good: [
      ["on", settings({ sourceNat: "on" })],
      ["off", settings({ sourceNat: "off" })],
    ],
    bad: [["true", "wanted: on or off"]],
  },
  {
    key: "aws-load-balancer-source-nat-ipv6-prefixes",
    good: [],
    bad: [
      ["2001:db8::/64", '"2001:db8::/64" must be auto_assigned or an IPv6 prefix with length 80'],
      ["auto_assigned,2001:db8:1:2:3::/80", "needs sourceNat on"],
    ],
  },
  {
    key: "aws-load-balancer-security-groups",
    good: [["sg-0a1b,edge", settings({ securityGroups: ["sg-0a1b", "edge"] })]],
    bad: [["sg-xyz", '"sg-xyz" must be an id that begins with sg-']],
  },
  {
    key: "aws-load-balancer-manage-backend-security-group-rules",
    good: booleans("manageBackendSecurityGroupRules"),
    bad: NO_BOOLEANS,
  },
  {
    key: "aws-load-balancer-disable-nlb-sg",
    good: booleans("disableSecurityGroups"),
    bad: NO_BOOLEANS,
  },
  {
    key: "aws-load-balancer-inbound-sg-rules-on-private-link-traffic",
    good: [
      ["on", settings({ enforceInboundOnPrivateLink: "on" })],
      ["off", settings({ enforceInboundOnPrivateLink: "off" })],
    ],
    bad: [["false", "wanted: on or off"]],
  },
  {
    key: "aws-load-balancer-security-group-prefix-lists",
    good: [["pl-0a,pl-0b", settings({ prefixLists: ["pl-0a", "pl-0b"] })]],
    bad: [["office", "must be an id that begins with pl-"]],
  },
  {
    key: "aws-load-balancer-enable-icmp-for-path-mtu-discovery",
    good: [
      ["on", settings({ icmpPathMtu: true })],
      ["off", settings({ icmpPathMtu: false })],
    ],
    bad: [["true", "wanted: on or off"]],
  },
  {
    key: "aws-load-balancer-ssl-cert",
    good: [
      [`${CERTIFICATE},${SERVER_CERTIFICATE}`, settings({ certificates: [CERTIFICATE, SERVER_CERTIFICATE] })],
    ],
    bad: [["shop.example.com", "must be the ARN of a certificate in ACM or IAM"]],
  },
  {
    key: "aws-load-balancer-ssl-ports",
    good: [
      ["https,8443", settings({ tlsPorts: ["https", "8443"] })],
      ["*", {}],
    ],
    bad: [
      ["https,*", '"*" must be the name or the number of a port'],
      ["65536", "must be the name or the number of a port"],
    ],
  },
  {
    key: "aws-load-balancer-ssl-negotiation-policy",
    good: [["ELBSecurityPolicy-2016-08", settings({ tlsPolicy: "ELBSecurityPolicy-2016-08" })]],
    bad: [["TLSv1.2", "must be the name of a security policy of ELB"]],
  },
  {
    key: "aws-load-balancer-backend-protocol",
    good: [
      ["ssl", settings({ backendProtocol: "ssl" })],
      ["TCP", settings({ backendProtocol: "tcp" })],
    ],
    bad: [
      ["https", "speaks no HTTP", "ssl for https"],
      ["HTTP", "tcp is for http"],
      ["udp", "wanted: ssl or tcp"],
    ],
  },
  {
    key: "aws-load-balancer-alpn-policy",
    good: [["HTTP2Preferred", settings({ alpnPolicy: "HTTP2Preferred" })]],
    bad: [["h2", "wanted: None, HTTP1Only, HTTP2Only, HTTP2Optional or HTTP2Preferred"]],
  },
  {
    key: "aws-load-balancer-enable-tcp-udp-listener",
    good: booleans("mergeTcpUdp"),
    bad: NO_BOOLEANS,
  },
  {
    key: "aws-load-balancer-quic-enabled-ports",
    good: [["443,quic", settings({ quicPorts: ["443", "quic"] })]],
    bad: [["0", "must be the name or the number of a port"]],
  },
  {
    key: "aws-load-balancer-quic-enabled-containers",
    good: [],
    bad: [["web", "it is for pods", "wanted: the annotation taken off"]],
  },
  {
    key: "aws-load-balancer-listener-attributes.TCP-80",
    good: [
      [
        "tcp.idle_timeout.seconds=400",
        settings({ listenerAttributes: { "TCP-80": { "tcp.idle_timeout.seconds": "400" } } }),
      ],
    ],
    bad: [
      ["tcp.idle_timeout.seconds=59", "whole number from 60 to 6000"],
      ["tcp.idle_timeout.second=60", "did you mean tcp.idle_timeout.seconds?"],
    ],
  },
  {
    key: "actions.TLS-443",
    good: [
      [
        `{"type":"forward","forwardConfig":{"baseServiceWeight":90,"targetGroups":[{"targetGroupARN":"${TARGET_GROUP}","weight":10}]}}`,
        settings({
          actions: {
            "TLS-443": {
              baseWeight: 90,
              targetGroups: [{ arn: TARGET_GROUP, weight: 10 }],
              sticky: false,
            },
          },
        }),
      ],
    ],
    bad: [
      ["{", "it is no JSON"],
      ['{"type":"redirect"}', 'wanted: {"type":"forward"'],
      [
        '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"blue","servicePort":80}]}}',
        "serviceName can't be used",
        "targetGroupARN",
      ],
      [
        `{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"${TARGET_GROUP}","weight":1000}]}}`,
        "targetGroups[0].weight must be at most 999",
      ],
      [
        '{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"arn:x"}]}}',
        "must be the ARN of a target group",
      ],
      [
        `{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"${TARGET_GROUP}"}],"targetGroupStickinessConfig":{"enabled":true}}}`,
        "no stickiness between target groups of TLS listeners",
      ],
    ],
  },
  {
    key: "aws-load-balancer-target-group-attributes",
    good: [
      [
        "deregistration_delay.timeout_seconds=0,stickiness.enabled=true",
        settings({
          targetGroupAttributes: {
            "deregistration_delay.timeout_seconds": "0",
            "stickiness.enabled": "true",
          },
        }),
      ],
    ],
    bad: [
      ["deregistration_delay.timeout_seconds=3601", "whole number from 0 to 3600"],
      ["preserve_client_ip.enabled=yes", "preserve_client_ip.enabled must be true or false"],
      ["stickiness.type=lb_cookie", "must be source_ip"],
      ["slow_start.duration_seconds=30", "is no attribute that a Network Load Balancer has here"],
    ],
  },
  {
    key: "aws-load-balancer-target-group-attributes.443",
    good: [
      [
        "deregistration_delay.timeout_seconds=5,stickiness.enabled=",
        settings({
          targetGroupAttributesByPort: { "443": { "deregistration_delay.timeout_seconds": "5" } },
        }),
      ],
    ],
    bad: [["stickiness.enabled=1", "must be true or false"]],
  },
  {
    key: "aws-load-balancer-proxy-protocol",
    good: [["*", settings({ proxyProtocol: true })]],
    bad: [
      ["true", "wanted: *"],
      ["80", "wanted: *"],
    ],
  },
  {
    key: "aws-load-balancer-proxy-protocol-per-target-group",
    good: [["80, 443", settings({ proxyProtocolPorts: [80, 443] })]],
    bad: [
      ["http", "wanted: numbers of ports"],
      ["70000", "must be at most 65535"],
    ],
  },
  {
    key: "aws-load-balancer-healthcheck-protocol",
    good: [
      ["http", check({ protocol: "HTTP" })],
      ["Https", check({ protocol: "HTTPS" })],
    ],
    bad: [["udp", "wanted: tcp, http or https"]],
  },
  {
    key: "aws-load-balancer-healthcheck-port",
    good: [
      ["traffic-port", check({ port: "traffic-port" })],
      ["10256", check({ port: "10256" })],
      ["health", check({ port: "health" })],
    ],
    bad: [["70000", "wanted: traffic-port, a port number"]],
  },
  {
    key: "aws-load-balancer-healthcheck-path",
    good: [["/ready?full=1", check({ path: "/ready?full=1" })]],
    bad: [
      ["ready", "begins with /"],
      ["/a b", "begins with /"],
    ],
  },
  {
    key: "aws-load-balancer-healthcheck-interval",
    good: [["5", check({ intervalSeconds: 5 })]],
    bad: [
      ["4", "must be at least 5", "from 5 to 300"],
      ["301", "must be at most 300"],
      ["10s", "whole number of seconds"],
    ],
  },
  {
    key: "aws-load-balancer-healthcheck-timeout",
    good: [["2", check({ timeoutSeconds: 2 })]],
    bad: [
      ["1", "must be at least 2"],
      ["121", "must be at most 120"],
      ["11", "must be at most the interval, which is 10 by default"],
    ],
  },
  {
    key: "aws-load-balancer-healthcheck-healthy-threshold",
    good: [["2", check({ healthyThreshold: 2 })]],
    bad: [
      ["1", "must be at least 2"],
      ["11", "must be at most 10"],
    ],
  },
  {
    key: "aws-load-balancer-healthcheck-unhealthy-threshold",
    good: [["10", check({ unhealthyThreshold: 10 })]],
    bad: [
      ["1", "must be at least 2"],
      ["11", "must be at most 10"],
    ],
  },
  {
    key: "aws-load-balancer-healthcheck-success-codes",
    good: [["200,302-308", check({ successCodes: "200,302-308" })]],
    bad: [
      ["199", "HTTP codes from 200 to 599"],
      ["399-200", "HTTP codes from 200 to 599"],
      ["2xx", "HTTP codes from 200 to 599"],
    ],
  },
  {
    key: "aws-load-balancer-target-node-labels",
    good: [
      [
        "tier=edge,node.kubernetes.io/x=",
        settings({ nodeLabels: { tier: "edge", "node.kubernetes.io/x": "" } }),
      ],
    ],
    bad: [
      ["tier", "is not key=value"],
      ["a b=c", "must be a label key"],
      ["tier=-x", "must be a label value"],
    ],
  },
  {
    key: "aws-load-balancer-multi-cluster-target-group",
    good: [["false", {}]],
    bad: [
      ["true", "has its target groups for itself", "wanted: false"],
      ["maybe", "wanted: true or false"],
    ],
  },
  {
    key: "aws-load-balancer-attributes",
    good: [
      [
        "deletion_protection.enabled=true,access_logs.s3.enabled=true,access_logs.s3.bucket=logs,access_logs.s3.prefix=a\\,b",
        settings({
          attributes: {
            "deletion_protection.enabled": "true",
            "access_logs.s3.enabled": "true",
            "access_logs.s3.bucket": "logs",
            "access_logs.s3.prefix": "a,b",
          },
        }),
      ],
    ],
    bad: [
      ["deletion_protection.enable=true", "did you mean deletion_protection.enabled?"],
      ["deletion_protection.enabled=yes", "deletion_protection.enabled must be true or false"],
      ["dns_record.client_routing_policy=zonal", "availability_zone_affinity"],
      ["secondary_ips.auto_assigned.per_subnet=8", "whole number from 0 to 7"],
      ["access_logs.s3.enabled=true", "needs access_logs.s3.bucket"],
    ],
  },
  {
    key: "aws-load-balancer-access-log-enabled",
    good: [["false", settings({ accessLogs: { enabled: false } })]],
    bad: [...NO_BOOLEANS, ["true", "needs access_logs.s3.bucket", "access-log-s3-bucket-name"]],
  },
  {
    key: "aws-load-balancer-access-log-s3-bucket-name",
    good: [["shop.logs", settings({ accessLogs: { bucket: "shop.logs" } })]],
    bad: [["Shop_Logs", "must be the name of an S3 bucket"]],
  },
  {
    key: "aws-load-balancer-access-log-s3-bucket-prefix",
    good: [["web/a", settings({ accessLogs: { prefix: "web/a" } })]],
    bad: [["x".repeat(513), "at most 512 characters"]],
  },
  {
    key: "aws-load-balancer-cross-zone-load-balancing-enabled",
    good: booleans("crossZone"),
    bad: NO_BOOLEANS,
  },
  classic("access-log-emit-interval", "every 5 minutes"),
  classic("connection-draining-enabled", "deregistration_delay.timeout_seconds"),
  classic("connection-draining-timeout", "deregistration_delay.timeout_seconds"),
  classic("connection-idle-timeout", "listener-attributes.TCP-<port>"),
  classic("extra-security-groups", "aws-load-balancer-security-groups"),
];
