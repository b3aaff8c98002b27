/** Annotations for attributes of the load balancer, the older ones too, and those that only Classic Load Balancers had. */
import { type AwsAnnotation, IN_PLACE, NLB_PREFIX, setting, withoutEffect } from "../entry.ts";
import { accessLogs, awsServiceSettings } from "../service-settings.ts";
import { asBoolean, asMap, asText, BOOLEAN_WANTED } from "../texts.ts";

const { shape } = awsServiceSettings;
const insteadUse = `${NLB_PREFIX}attributes`;
const ONLY_ENABLED = "Only with aws-load-balancer-access-log-enabled: true.";

export const ATTRIBUTES: readonly AwsAnnotation[] = [
  setting(insteadUse, "settings.attributes", [asMap, shape.attributes], {
    value: "key=value, comma separated, with keys of load balancer attributes",
    maxLength: 4096,
    description: "Attributes of the load balancer. Keys that a Network Load Balancer has not are refused.",
    default: "as AWS has them",
    onChange:
      "changed in place; taken off, the default holds again, but for `secondary_ips.auto_assigned.per_subnet`, which AWS never makes less",
    differs: "The AWS Load Balancer Controller leaves attributes as they are when they are taken off.",
  }),
  setting(
    `${NLB_PREFIX}access-log-enabled`,
    "settings.accessLogs.enabled",
    [asBoolean, accessLogs.shape.enabled],
    {
      value: BOOLEAN_WANTED,
      description:
        "true turns access logs on, and wins over aws-load-balancer-attributes. false says nothing.",
      default: "as aws-load-balancer-attributes says",
      onChange: IN_PLACE,
      differs: "The cloud controller turns logs off where nothing is said.",
      insteadUse,
    },
  ),
  setting(
    `${NLB_PREFIX}access-log-s3-bucket-name`,
    "settings.accessLogs.bucket",
    [asText, accessLogs.shape.bucket],
    {
      value: "the name of an S3 bucket: 3 to 63 lower-case letters, digits, '.' and '-'",
      description: `The bucket for access logs. ${ONLY_ENABLED}`,
      default: "as aws-load-balancer-attributes says",
      onChange: IN_PLACE,
      insteadUse,
    },
  ),
  setting(
    `${NLB_PREFIX}access-log-s3-bucket-prefix`,
    "settings.accessLogs.prefix",
    [asText, accessLogs.shape.prefix],
    {
      value: "at most 512 characters",
      description: `Where in the bucket. ${ONLY_ENABLED}`,
      default: "as aws-load-balancer-attributes says",
      onChange: IN_PLACE,
      insteadUse,
    },
  ),
  setting(
    `${NLB_PREFIX}cross-zone-load-balancing-enabled`,
    "settings.crossZone",
    [asBoolean, shape.crossZone],
    {
      value: BOOLEAN_WANTED,
      description:
        "Whether each zone's addresses lead to the targets of all zones. Wins over aws-load-balancer-attributes.",
      default: "as aws-load-balancer-attributes says, else false",
      onChange: IN_PLACE,
      differs: "The AWS Load Balancer Controller leaves it as it is when the annotation is taken off.",
      insteadUse,
    },
  ),
  withoutEffect(
    `${NLB_PREFIX}access-log-emit-interval`,
    "a Network Load Balancer writes its logs every 5 minutes; take it off",
    "How often logs were written.",
  ),
  withoutEffect(
    `${NLB_PREFIX}connection-draining-enabled`,
    `use deregistration_delay.timeout_seconds in ${NLB_PREFIX}target-group-attributes`,
    "Whether connections of a target that goes were allowed to end.",
  ),
  withoutEffect(
    `${NLB_PREFIX}connection-draining-timeout`,
    `use deregistration_delay.timeout_seconds in ${NLB_PREFIX}target-group-attributes`,
    "For how long.",
  ),
  withoutEffect(
    `${NLB_PREFIX}connection-idle-timeout`,
    `use tcp.idle_timeout.seconds in ${NLB_PREFIX}listener-attributes.TCP-<port>`,
    "When connections without traffic were closed.",
  ),
  withoutEffect(
    `${NLB_PREFIX}extra-security-groups`,
    `use ${NLB_PREFIX}security-groups`,
    "More security groups beside the one that was made.",
  ),
];
