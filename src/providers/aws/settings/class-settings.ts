/** `spec.settings` of a LoadBalancerClass of the provider aws. */
import * as z from "zod";
import type { Finding } from "../../../core/translate/annotations.ts";
import { schemaFindings } from "./describe.ts";
import * as value from "./values.ts";

const subnets = value.listOf(value.idOrName("subnet"), 32);
const ranges = value.listOf(value.cidr, 64);

const endpoint = z
  .string()
  .max(2048)
  .refine(
    isEndpoint,
    "must be the URL of an endpoint: https:// or http://, without user, query and fragment",
  );

/** The values of the annotation aws-load-balancer-type that ask for a Network Load Balancer. */
const CLAIM_TYPES = ["external", "nlb-ip", "nlb"] as const;

export const awsClassSettings = z.strictObject({
  region: value
    .text(/^[a-z]{2,6}(-[a-z]{2,16}){1,3}-[0-9]{1,2}$/, "the name of a region such as eu-central-1")
    .describe("The region, such as `eu-central-1`. Immutable."),
  vpc: value
    .idOf("vpc")
    .optional()
    .describe("The id of the VPC. Default: that of the cluster's nodes. Immutable."),
  clusterName: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[A-Za-z0-9._-]+$/, "must be the name of a cluster: letters, digits, '.', '_' and '-'")
    .optional()
    .describe(
      "The cluster's name in the tags `kubernetes.io/cluster/<name>` of subnets and security groups: subnets that have such tags of other clusters only are left out.",
    ),
  endpoints: z
    .strictObject({
      elbv2: endpoint.optional().describe("Elastic Load Balancing."),
      ec2: endpoint.optional().describe("EC2."),
    })
    .default({})
    .describe(
      "URLs instead of those of AWS, for private clouds and tests. Default: `AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2`, `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`, else those of the region. Immutable.",
    ),
  targetType: z
    .enum(["instance", "ip"])
    .default("instance")
    .describe("What is registered where a Service does not say: nodes (instance) or pods (ip)."),
  subnets: z
    .strictObject({
      internal: subnets.optional().describe("For internal load balancers."),
      external: subnets.optional().describe("For external load balancers."),
    })
    .default({})
    .describe(
      "Subnets (ids, or values of the tag `Name`) where a Service names none. Default: found by tags.",
    ),
  sourceRanges: z
    .strictObject({
      internal: ranges.optional().describe("For internal load balancers. Default: the ranges of the VPC."),
      external: ranges
        .optional()
        .describe("For external load balancers. Default: everybody, `0.0.0.0/0` and `::/0`."),
    })
    .default({})
    .describe("The clients that are let in where a Service names none."),
  tlsPolicy: value
    .text(/^ELBSecurityPolicy-[A-Za-z0-9-]{1,100}$/, "the name of a security policy of ELB")
    .default("ELBSecurityPolicy-TLS13-1-2-2021-06")
    .describe("The security policy of TLS listeners where a Service names none."),
  tags: value
    .tagsWithout(["aws:", "fairlead.io/"])
    .default({})
    .describe("Tags of all that is made in AWS, at most 40. They win over those of a Service."),
  externalManagedTags: z
    .array(z.string().min(1).max(128))
    .max(64)
    .default([])
    .describe(
      "Keys of tags that somebody else puts on the resources: they are left alone, and a Service that sets one is refused.",
    ),
  manageNodeSecurityGroupRules: z
    .boolean()
    .default(true)
    .describe("Whether Fairlead opens the security groups of nodes and pods to its load balancers."),
  nodeSecurityGroups: value
    .listOf(value.idOf("sg"), 5)
    .optional()
    .describe(
      "The security groups to open. Default: the only one of each node, or the one that is tagged `kubernetes.io/cluster/<name>`.",
    ),
  nodeSecurityGroupRuleLimit: z
    .int()
    .min(2)
    .max(1000)
    .default(50)
    .describe(
      "How many rules Fairlead may have in one such group. Above that, neighbouring node ports (30000 to 32767) are joined; other ports never.",
    ),
  claimTypes: value
    .listOf(z.enum(CLAIM_TYPES), CLAIM_TYPES.length)
    .optional()
    .describe(
      "Services without `spec.loadBalancerClass` that have one of these values in `service.beta.kubernetes.io/aws-load-balancer-type` are claimed. Stop whoever served them first. Default: none.",
    ),
  legacyInternalValues: z
    .enum(["Strict", "Lenient"])
    .default("Strict")
    .describe(
      "What a value of `service.beta.kubernetes.io/aws-load-balancer-internal` that is no boolean, such as `0.0.0.0/0`, means: the Service is refused (Strict, as the AWS Load Balancer Controller has it), or it is internal, with a warning (Lenient, as the cloud controller had it).",
    ),
  drainBeforeDeleteSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(0)
    .describe(
      "Before a load balancer goes, its targets are deregistered and connections get that long to end; 0 to 3600.",
    ),
});

/** What a class says, with the defaults filled in. */
export type AwsClassSettings = z.output<typeof awsClassSettings>;

/** What decides where the load balancers of a class are: it may not change once the class was accepted. */
export const IMMUTABLE_SETTINGS: readonly string[] = ["region", "vpc", "endpoints"];

/** Findings about `spec.settings` of a class; empty where they are good. */
export function checkClass(settings: Readonly<Record<string, unknown>>): readonly Finding[] {
  return schemaFindings(awsClassSettings, settings);
}

/** Reads settings that `checkClass` found good. Throws a TypeError for others. */
export function readClassSettings(settings: Readonly<Record<string, unknown>> | undefined): AwsClassSettings {
  const result = awsClassSettings.safeParse(settings ?? {});
  if (!result.success) throw new TypeError("These settings were not checked", { cause: result.error });
  return result.data;
}

function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return false;
  return url.username === "" && url.password === "" && url.search === "" && url.hash === "";
}
