/** The conformance suite's faults in the words of AWS. */
import type { CloudFault } from "../../../src/testing/index.ts";
import type { AwsCall, Fault } from "../../simulators/aws/index.ts";

/** "Errors" of each operation in the API References of Elastic Load Balancing and EC2. */
const quotas: Readonly<Record<string, string>> = {
  CreateLoadBalancer: "TooManyLoadBalancers",
  CreateTargetGroup: "TooManyTargetGroups",
  CreateListener: "TooManyListeners",
  RegisterTargets: "TooManyTargets",
  CreateSecurityGroup: "SecurityGroupLimitExceeded",
  AuthorizeSecurityGroupIngress: "RulesPerSecurityGroupLimitExceeded",
};

/** "Common Errors" of both APIs. */
const common = {
  elasticloadbalancing: {
    throttled: { code: "Throttling" },
    quota: { code: "TooManyTags" },
    permission: { code: "AccessDenied", status: 403 },
    invalid: { code: "ValidationError" },
  },
  ec2: {
    throttled: { code: "RequestLimitExceeded", status: 503 },
    quota: { code: "ResourceLimitExceeded" },
    permission: { code: "UnauthorizedOperation", status: 403 },
    invalid: { code: "InvalidParameterValue" },
  },
} as const satisfies Record<string, Record<Exclude<CloudFault, "cut">, Fault>>;

export function faultOf({ service, operation }: AwsCall, fault: CloudFault): Fault {
  if (fault === "cut") return "cut";
  const code = fault === "quota" ? quotas[operation] : undefined;
  if (code !== undefined) return { code };
  return common[service === "ec2" ? "ec2" : "elasticloadbalancing"][fault];
}
