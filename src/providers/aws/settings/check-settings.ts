/** What is wrong with the settings of one load balancer, before anything is asked of AWS. Pure; knows neither scheme nor network. */
import { quote } from "../../../core/quote.ts";
import type { Finding } from "../../../core/translate/annotations.ts";
import { type AwsClassSettings, checkClass, readClassSettings } from "./class-settings.ts";
import { finding, schemaFindings } from "./describe.ts";
import { type AwsSettings, awsServiceSettings, readSettings } from "./service-settings.ts";

type Rule = (settings: AwsSettings) => string | undefined | false;

const DEFAULT_INTERVAL_SECONDS = 10;

/** In the order in which they are told. Each names the fields, and the annotations where users know them by those. */
const RULES: readonly Rule[] = [
  perSubnet("eipAllocations", "aws-load-balancer-eip-allocations"),
  perSubnet("privateIPv4Addresses", "aws-load-balancer-private-ipv4-addresses"),
  perSubnet("ipv6Addresses", "aws-load-balancer-ipv6-addresses"),
  perSubnet("sourceNatPrefixes", "aws-load-balancer-source-nat-ipv6-prefixes"),
  ({ eipAllocations, privateIPv4Addresses }) =>
    eipAllocations !== undefined &&
    privateIPv4Addresses !== undefined &&
    "eipAllocations and privateIPv4Addresses: can't both be set, for one is for external load balancers and the other for internal ones; remove one (aws-load-balancer-eip-allocations or aws-load-balancer-private-ipv4-addresses)",
  ({ ipv6Addresses, ipAddressType }) =>
    ipv6Addresses !== undefined && ipAddressType === "ipv4" && needsDualStack("ipv6Addresses"),
  ({ sourceNat, ipAddressType }) =>
    sourceNat === "on" && ipAddressType === "ipv4" && needsDualStack("sourceNat"),
  ({ sourceNat, sourceNatPrefixes }) =>
    sourceNat === "off" &&
    sourceNatPrefixes !== undefined &&
    "sourceNatPrefixes: needs sourceNat on (aws-load-balancer-enable-prefix-for-ipv6-source-nat)",
  ({ disableSecurityGroups, securityGroups }) =>
    disableSecurityGroups &&
    securityGroups !== undefined &&
    "disableSecurityGroups and securityGroups: can't both be set; remove one (aws-load-balancer-disable-nlb-sg or aws-load-balancer-security-groups)",
  ({ disableSecurityGroups, enforceInboundOnPrivateLink }) =>
    disableSecurityGroups &&
    enforceInboundOnPrivateLink !== undefined &&
    "enforceInboundOnPrivateLink: needs security groups, and disableSecurityGroups takes them away; remove one (aws-load-balancer-inbound-sg-rules-on-private-link-traffic or aws-load-balancer-disable-nlb-sg)",
  ({ disableSecurityGroups, prefixLists }) =>
    disableSecurityGroups &&
    prefixLists !== undefined &&
    "prefixLists: needs a security group, and disableSecurityGroups takes it away; remove one (aws-load-balancer-security-group-prefix-lists or aws-load-balancer-disable-nlb-sg)",
  ({ quicPorts, targetType }) =>
    quicPorts !== undefined &&
    targetType === "instance" &&
    "quicPorts: needs targetType ip (aws-load-balancer-nlb-target-type), for AWS has QUIC for ip targets only",
  ({ healthCheck: { intervalSeconds, timeoutSeconds } }) =>
    timeoutSeconds !== undefined &&
    timeoutSeconds > (intervalSeconds ?? DEFAULT_INTERVAL_SECONDS) &&
    `healthCheck.timeoutSeconds: found ${timeoutSeconds}, must be at most the interval, which is ${intervalSeconds ?? `${DEFAULT_INTERVAL_SECONDS} by default`} (aws-load-balancer-healthcheck-interval)`,
  ({ attributes }) =>
    attributes["access_logs.s3.enabled"] === "true" &&
    (attributes["access_logs.s3.bucket"] ?? "") === "" &&
    "attributes[access_logs.s3.enabled]: needs access_logs.s3.bucket too (aws-load-balancer-attributes), or accessLogs.bucket (aws-load-balancer-access-log-s3-bucket-name)",
  ({ actions }) => {
    const listener = Object.keys(actions).find(
      (key) => key.startsWith("TLS-") && actions[key]?.sticky === true,
    );
    return (
      listener !== undefined &&
      `actions[${listener}].sticky: must be false, for AWS has no stickiness between target groups of TLS listeners`
    );
  },
];

/** Findings about `spec.settings`; empty where they are good. What depends on scheme, ports or network is asked elsewhere. */
export function checkSettings(
  settings: Readonly<Record<string, unknown>>,
  cls?: Readonly<Record<string, unknown>>,
): readonly Finding[] {
  const findings = schemaFindings(awsServiceSettings, settings);
  if (findings.length > 0) return findings;
  const read = readSettings(settings);
  const among = RULES.flatMap((rule) => {
    const problem = rule(read);
    return problem === undefined || problem === false ? [] : [finding(`spec.settings.${problem}`)];
  });
  const isClassGood = cls !== undefined && checkClass(cls).length === 0;
  return isClassGood ? [...among, ...checkAgainstClass(read, readClassSettings(cls))] : among;
}

/** What the class does not let a load balancer set. */
export function checkAgainstClass(settings: AwsSettings, cls: AwsClassSettings): readonly Finding[] {
  const taken = Object.keys(settings.tags).filter((key) => cls.externalManagedTags.includes(key));
  return taken.map((key) =>
    finding(
      `spec.settings.tags[${key}]: the class leaves the tag ${quote(key)} to somebody else (externalManagedTags); remove it (aws-load-balancer-additional-resource-tags)`,
    ),
  );
}

function perSubnet(
  field: "eipAllocations" | "privateIPv4Addresses" | "ipv6Addresses" | "sourceNatPrefixes",
  annotation: string,
): Rule {
  return ({ subnets, [field]: list }) =>
    list !== undefined &&
    subnets !== undefined &&
    list.length !== subnets.length &&
    `${field}: has ${list.length} of ${subnets.length} entries, one for each subnet; give one for each, or change subnets (${annotation}, aws-load-balancer-subnets)`;
}

function needsDualStack(field: string): string {
  return `${field}: needs ipAddressType dualstack (aws-load-balancer-ip-address-type)`;
}
