/** Annotations about target groups, their targets and health checks. */
import type * as z from "zod";
import { attributeMap } from "../attribute-map.ts";
import { TARGET_GROUP_ATTRIBUTES } from "../attributes.ts";
import { type AwsAnnotation, IN_PLACE, NLB_PREFIX, setting } from "../entry.ts";
import { healthCheck } from "../health-check.ts";
import { awsServiceSettings } from "../service-settings.ts";
import {
  asMap,
  asNumber,
  asNumbers,
  asText,
  asWord,
  BOOLEAN_WANTED,
  parseBoolean,
  type ReadText,
  refused,
} from "../texts.ts";

const { shape } = awsServiceSettings;

const LEFT = "The AWS Load Balancer Controller leaves attributes as they are when they are taken off.";

/** An empty value says that the port has nothing of its own. */
const asOwnAttributes: ReadText = (text) => {
  const map = asMap(text);
  if (!map.ok || map.value === undefined) return map;
  const own = Object.entries(map.value as Record<string, string>).filter(([, value]) => value !== "");
  return { ok: true, value: Object.fromEntries(own) };
};

type Check = keyof typeof healthCheck.shape;

function check(
  suffix: string,
  field: Check,
  read: ReadText,
  value: string,
  description: string,
  standard: string,
  differs?: string,
): AwsAnnotation {
  return setting(
    `${NLB_PREFIX}healthcheck-${suffix}`,
    `settings.healthCheck.${field}`,
    [read, healthCheck.shape[field] as z.ZodType],
    {
      value,
      description,
      default: standard,
      onChange: IN_PLACE,
      ...(differs === undefined ? {} : { differs }),
    },
  );
}

const HEALTH_CHECKS: readonly AwsAnnotation[] = [
  check(
    "protocol",
    "protocol",
    asWord("TCP", "HTTP", "HTTPS"),
    "tcp, http or https, in any case",
    "How targets are checked.",
    "TCP; HTTP for instance targets with policy Local",
  ),
  check(
    "port",
    "port",
    asText,
    "traffic-port, a port number, or the name of a port of the Service",
    "Where targets are checked. The name of a port is its node port for instance targets, and its target port for ip targets.",
    "traffic-port; `spec.healthCheckNodePort` for instance targets with policy Local",
  ),
  check(
    "path",
    "path",
    asText,
    "a path of at most 1024 characters that begins with /",
    "For HTTP and HTTPS; without effect for TCP, and a condition says so.",
    "/; /healthz with policy Local",
  ),
  check(
    "interval",
    "intervalSeconds",
    asNumber,
    "a whole number of seconds from 5 to 300",
    "The time between two checks of a target.",
    "10",
    "The cloud controller has 30 with policy Cluster.",
  ),
  check(
    "timeout",
    "timeoutSeconds",
    asNumber,
    "a whole number of seconds from 2 to 120",
    "Without answer for so long, a check has failed. Not more than the interval.",
    "10, or the interval if that is less; 6 with policy Local",
    "The AWS Load Balancer Controller leaves it to AWS to refuse a timeout that is longer than the interval.",
  ),
  check(
    "healthy-threshold",
    "healthyThreshold",
    asNumber,
    "a whole number from 2 to 10",
    "That many good checks in a row make a target healthy.",
    "3; 2 with policy Local",
  ),
  check(
    "unhealthy-threshold",
    "unhealthyThreshold",
    asNumber,
    "a whole number from 2 to 10",
    "That many failed checks in a row make a target unhealthy.",
    "3; 2 with policy Local",
  ),
  check(
    "success-codes",
    "successCodes",
    asText,
    "HTTP codes from 200 to 599 such as 200, 200,302 or 200-399",
    "For HTTP and HTTPS; without effect for TCP, and a condition says so.",
    "200-399",
  ),
];

export const TARGETS: readonly AwsAnnotation[] = [
  setting(
    `${NLB_PREFIX}target-group-attributes`,
    "settings.targetGroupAttributes",
    [asMap, shape.targetGroupAttributes],
    {
      value: "key=value, comma separated, with keys of target group attributes",
      maxLength: 4096,
      description: "Attributes of the target groups of all ports.",
      default: "as AWS has them",
      onChange: IN_PLACE,
      differs: `${LEFT} The cloud controller knows \`preserve_client_ip.enabled\` and \`proxy_protocol_v2.enabled\` only.`,
    },
  ),
  setting(
    `${NLB_PREFIX}target-group-attributes`,
    "settings.targetGroupAttributesByPort",
    [asOwnAttributes, attributeMap(TARGET_GROUP_ATTRIBUTES)],
    {
      variable: {
        name: "port",
        pattern: /^[1-9][0-9]{0,4}$/,
        wanted: "the number of a port of the Service",
      },
      value: "key=value, comma separated, with keys of target group attributes",
      maxLength: 4096,
      description:
        "Attributes of the target group of one port. They win over those of all ports; an empty value says nothing.",
      default: "those of all ports",
      onChange: IN_PLACE,
      differs: LEFT,
    },
  ),
  setting(
    `${NLB_PREFIX}proxy-protocol`,
    "settings.proxyProtocol",
    [(text) => (text.trim() === "*" ? { ok: true, value: true } : { ok: false }), shape.proxyProtocol],
    {
      value: "*",
      description:
        "Connections to all targets begin with a PROXY protocol v2 header. Wins over the next one and over attributes.",
      default: "no header",
      onChange: IN_PLACE,
    },
  ),
  setting(
    `${NLB_PREFIX}proxy-protocol-per-target-group`,
    "settings.proxyProtocolPorts",
    [asNumbers, shape.proxyProtocolPorts],
    {
      value: "numbers of ports of the Service, comma separated",
      description:
        "Connections to the targets of these ports begin with a PROXY protocol v2 header, those of other ports do not. Wins over attributes.",
      default: "as the attributes say",
      onChange: IN_PLACE,
    },
  ),
  ...HEALTH_CHECKS,
  setting(`${NLB_PREFIX}target-node-labels`, "settings.nodeLabels", [asMap, shape.nodeLabels], {
    value: "key=value, comma separated",
    description: "Only nodes with these labels are registered. For instance targets only.",
    default: "all nodes that may take traffic",
    onChange: IN_PLACE,
  }),
  {
    key: `${NLB_PREFIX}multi-cluster-target-group`,
    sets: "none",
    value: "false",
    parse: (text) => {
      const value = parseBoolean(text);
      if (value === false) return { ok: true, value: undefined };
      if (value === undefined) return refused(BOOLEAN_WANTED);
      return refused(
        "false",
        "Fairlead has its target groups for itself; share traffic between clusters by actions.<protocol-port> and weights",
      );
    },
    description:
      "`true` is refused: Fairlead deregisters every target that it does not know, and would have to keep a list of those of other clusters. Use `actions.<protocol-port>` to share traffic with the target groups of another cluster.",
    default: "false",
    onChange: "refused",
    differs: "The AWS Load Balancer Controller keeps such a list in a ConfigMap.",
  },
];
