/** `spec.settings` of a LoadBalancer on AWS: what annotations give, or what is written by hand. */
import * as z from "zod";
import { attributeMap } from "./attribute-map.ts";
import { LISTENER_ATTRIBUTES, LOAD_BALANCER_ATTRIBUTES, TARGET_GROUP_ATTRIBUTES } from "./attributes.ts";
import { forward } from "./forward.ts";
import { healthCheck } from "./health-check.ts";
import * as value from "./values.ts";

/** Keys by which AWS, Fairlead, the AWS Load Balancer Controller and the cloud controller know what is whose. */
const RESERVED_TAGS = [
  "aws:",
  "fairlead.io/",
  "elbv2.k8s.aws/",
  "service.k8s.aws/",
  "ingress.k8s.aws/",
  "kubernetes.io/service-name",
];

export const accessLogs = z.strictObject({
  enabled: z.boolean().optional().describe("true wins over `attributes`; false says nothing."),
  bucket: value
    .text(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of an S3 bucket")
    .optional()
    .describe("The S3 bucket. Only with `enabled: true`."),
  prefix: z.string().max(512).optional().describe("Where in the bucket. Only with `enabled: true`."),
});

/** The fields as they may be written. */
export const awsServiceSettings = z.strictObject({
  targetType: z
    .enum(["instance", "ip"])
    .optional()
    .describe(
      "What is registered: nodes, at the node port (instance), or pods (ip). Default: that of the class.",
    ),
  name: value
    .text(
      /^(?!internal-)(?!-)[A-Za-z0-9-]{1,32}(?<!-)$/,
      "1 to 32 letters, digits and '-', without '-' at the ends or internal- at the beginning",
    )
    .optional()
    .describe(
      "The name of the load balancer. Counts when it is made. Default: one made of the LoadBalancer's identity.",
    ),
  ipAddressType: z
    .enum(["ipv4", "dualstack"])
    .optional()
    .describe("Default: dualstack where the Service has both IP families or IPv6 alone, else ipv4."),
  subnets: value
    .listOf(value.idOrName("subnet"), 32)
    .optional()
    .describe(
      "Ids, or values of the tag `Name`, one per zone. Default: those of the class, else found by tags.",
    ),
  eipAllocations: value
    .listOf(value.idOf("eipalloc"), 32)
    .optional()
    .describe("Elastic IPs of an external load balancer, one per subnet in the order of `subnets`."),
  privateIPv4Addresses: value
    .listOf(value.addressOf("IPv4"), 32)
    .optional()
    .describe("Addresses of an internal load balancer, one within each subnet."),
  ipv6Addresses: value
    .listOf(value.addressOf("IPv6"), 32)
    .optional()
    .describe("Addresses of a dual-stack load balancer, one within each subnet."),
  sourceNat: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "Whether connections to targets have source addresses out of an IPv6 prefix: needed for UDP over IPv6.",
    ),
  sourceNatPrefixes: z
    .array(
      z
        .string()
        .max(64)
        .refine(
          (prefix) => prefix === "auto_assigned" || (prefix.endsWith("/80") && isIPv6Prefix(prefix)),
          "must be auto_assigned or an IPv6 prefix with length 80",
        ),
    )
    .min(1)
    .max(32)
    .optional()
    .describe(
      "`auto_assigned` or an IPv6 /80, one per subnet in the order of `subnets`. Only with `sourceNat: on`.",
    ),
  attributes: attributeMap(LOAD_BALANCER_ATTRIBUTES)
    .default({})
    .describe("Load balancer attributes: see below."),
  accessLogs: accessLogs.optional().describe("Access logs in S3, as the older annotations name them."),
  crossZone: z
    .boolean()
    .optional()
    .describe(
      "Whether nodes of the load balancer send traffic to targets of all zones. Wins over `attributes`.",
    ),
  capacityUnits: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe("Load balancer capacity units to reserve; 0 gives the reservation up. Default: 0."),
  securityGroups: value
    .listOf(value.idOrName("sg"), 16)
    .optional()
    .describe("Ids, or values of the tag `Name`: instead of the security group that Fairlead makes."),
  manageBackendSecurityGroupRules: z
    .boolean()
    .optional()
    .describe(
      "Whether Fairlead opens the security groups of the targets. Default: `manageNodeSecurityGroupRules` of the class; false with `securityGroups`.",
    ),
  disableSecurityGroups: z
    .boolean()
    .default(false)
    .describe("Whether the load balancer has no security group at all. AWS can't change that later."),
  enforceInboundOnPrivateLink: z
    .enum(["on", "off"])
    .optional()
    .describe("Whether security groups are asked about traffic by PrivateLink. Default: on."),
  prefixLists: value
    .listOf(value.idOf("pl"), 16)
    .optional()
    .describe("Prefix lists that are let in, beside `spec.sourceRanges` or instead of everybody."),
  icmpPathMtu: z
    .boolean()
    .default(false)
    .describe("Whether the ICMP messages of path MTU discovery are let in."),
  certificates: value
    .listOf(value.certificateArn, 100)
    .optional()
    .describe(
      "ARNs (ACM or IAM): the ports listen with TLS. The first is the default, the others go by SNI.",
    ),
  tlsPorts: value
    .listOf(value.servicePort, 50)
    .optional()
    .describe(
      "Names or numbers of the ports that listen with TLS. Default with `certificates`: all TCP ports.",
    ),
  tlsPolicy: value
    .text(/^ELBSecurityPolicy-[A-Za-z0-9-]{1,100}$/, "the name of a security policy of ELB")
    .optional()
    .describe("The security policy of TLS listeners. Default: that of the class."),
  backendProtocol: z
    .enum(["ssl", "tcp"])
    .optional()
    .describe("What TLS listeners speak to targets: TLS (ssl) or TCP (tcp). Default: tcp."),
  alpnPolicy: z
    .enum(["None", "HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred"])
    .default("None")
    .describe("Which protocol TLS listeners agree on with clients."),
  mergeTcpUdp: z
    .boolean()
    .default(false)
    .describe("Whether a TCP and a UDP port of one number become one listener. Without it they are refused."),
  quicPorts: value
    .listOf(value.servicePort, 50)
    .optional()
    .describe("Names or numbers of the UDP ports that listen for QUIC. For ip targets only."),
  listenerAttributes: z
    .record(
      value.text(/^(TCP|TCP_UDP|TCP_QUIC)-[1-9][0-9]{0,4}$/, "a listener that speaks TCP, such as TCP-80"),
      attributeMap(LISTENER_ATTRIBUTES),
    )
    .default({})
    .describe("By listener, such as `TCP-80`: listener attributes, see below."),
  actions: z
    .record(value.text(value.LISTENER_KEY, "a listener such as TCP-80"), forward)
    .default({})
    .describe("By listener, such as `TCP-80`: traffic is shared with other target groups by weight."),
  targetGroupAttributes: attributeMap(TARGET_GROUP_ATTRIBUTES)
    .default({})
    .describe("Target group attributes of all ports: see below."),
  targetGroupAttributesByPort: z
    .record(
      z.string().refine(value.isPort, "must be the number of a port of the Service"),
      attributeMap(TARGET_GROUP_ATTRIBUTES),
    )
    .default({})
    .describe("By number of the Service's port: win, key by key, over `targetGroupAttributes`."),
  proxyProtocol: z
    .boolean()
    .default(false)
    .describe("Whether connections to all targets begin with a PROXY protocol v2 header."),
  proxyProtocolPorts: value.portNumbers
    .optional()
    .describe("Numbers of the Service's ports whose targets get that header; the others get none."),
  healthCheck: healthCheck.default({}).describe("How targets are checked."),
  nodeLabels: z
    .record(
      value.text(/^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, "a label key"),
      value.text(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/, "a label value"),
    )
    .default({})
    .describe("Labels that nodes must have to be registered. For instance targets only."),
  tags: value
    .tagsWithout(RESERVED_TAGS)
    .default({})
    .describe("Tags of what is made in AWS, at most 40. Those of the class win."),
  drainBeforeDeleteSeconds: z
    .int()
    .min(0)
    .max(3600)
    .optional()
    .describe(
      "Before the load balancer goes, its targets are deregistered and connections get that long to end; 0 to 3600. Default: that of the class.",
    ),
});

type Written = z.output<typeof awsServiceSettings>;

/** What a LoadBalancer asks of AWS, complete but for what class, Service or network decide (these are optional). */
export type AwsSettings = Omit<Written, "accessLogs" | "crossZone">;

/**
 * Reads settings that `checkSettings` found good. Throws a TypeError for others. In `attributes` the older ways to say the same are in
 * already: `accessLogs` with `enabled: true` and `crossZone` win there, as they do in the AWS Load Balancer Controller.
 */
export function readSettings(settings: Readonly<Record<string, unknown>> | undefined): AwsSettings {
  const result = awsServiceSettings.safeParse(settings ?? {});
  if (!result.success) throw new TypeError("These settings were not checked", { cause: result.error });
  const { accessLogs, crossZone, ...read } = result.data;
  const logs =
    accessLogs?.enabled === true
      ? {
          "access_logs.s3.enabled": "true",
          ...(accessLogs.bucket === undefined ? {} : { "access_logs.s3.bucket": accessLogs.bucket }),
          ...(accessLogs.prefix === undefined ? {} : { "access_logs.s3.prefix": accessLogs.prefix }),
        }
      : {};
  const zones = crossZone === undefined ? {} : { "load_balancing.cross_zone.enabled": String(crossZone) };
  return { ...read, attributes: { ...read.attributes, ...logs, ...zones } };
}

function isIPv6Prefix(prefix: string): boolean {
  return prefix.includes(":") && value.cidr.safeParse(prefix).success;
}
