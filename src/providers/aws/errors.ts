/**
 * What an error of AWS means: the codes are from the pages of the Elastic Load Balancing and EC2 API References ("Common Errors", "Error codes"
 * and the pages of the operations). Pure.
 */
import { CloudError, type CloudErrorClass } from "../../core/plan/cloud-error.ts";
import type { AwsOperation } from "./sdk.ts";

export interface Attempt {
  readonly operation: AwsOperation;
  /** IAM's name of the API. */
  readonly service: "elasticloadbalancing" | "ec2";
  /** What it was tried on, as in: load balancer "fl-0a1b". */
  readonly on: string;
}

const classes: Readonly<Record<Exclude<CloudErrorClass, "gone">, readonly string[]>> = {
  retry: [
    "Throttling",
    "Throttled",
    "RequestThrottled",
    "RequestLimitExceeded",
    "TooManyRequests",
    "EC2Throttled",
    "PriorRequestNotComplete",
    "HealthUnavailable",
    "ResourceInUse",
    "DependencyViolation",
    "CapacityReservationPending",
    "InsufficientCapacity",
    // A target group is still tied to a load balancer for a while after that one was deleted.
    "TargetGroupAssociationLimit",
    "InternalError",
    "InternalFailure",
    "InternalServiceError",
    "ServiceUnavailable",
    "Unavailable",
    "RequestExpired",
    "RequestTimeTooSkewed",
  ],
  conflict: [
    "DuplicateListener",
    "DuplicateTargetGroupName",
    "InvalidPermission.Duplicate",
    "InvalidPermission.NotFound",
    "InvalidGroup.Duplicate",
  ],
  quota: [
    "TooManyLoadBalancers",
    "TooManyTargetGroups",
    "TooManyListeners",
    "TooManyTargets",
    "TooManyActions",
    "TooManyRegistrationsForTargetId",
    "TooManyCertificates",
    "TooManyUniqueTargetGroupsPerLoadBalancer",
    "TooManyTags",
    "TagLimitExceeded",
    "RulesPerSecurityGroupLimitExceeded",
    "SecurityGroupLimitExceeded",
    "SecurityGroupsPerInterfaceLimitExceeded",
    "CapacityUnitsLimitExceeded",
    "CapacityDecreaseRequestsLimitExceeded",
    "InsufficientFreeAddressesInSubnet",
    "ResourceLimitExceeded",
  ],
  permission: [
    "AccessDenied",
    "UnauthorizedOperation",
    "Unauthorized",
    "AuthFailure",
    "Blocked",
    "OptInRequired",
    "PendingVerification",
    "UnrecognizedClient",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "MissingAuthenticationToken",
    "IncompleteSignature",
    "InvalidSignature",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "NotAuthorized",
    "CredentialsProviderError",
    "TokenProviderError",
  ],
  missing: [
    "SubnetNotFound",
    "InvalidSubnetID.NotFound",
    "AllocationIdNotFound",
    "InvalidAllocationID.NotFound",
    "CertificateNotFound",
    "SSLPolicyNotFound",
    "InvalidSecurityGroup",
    "InvalidPrefixListID.NotFound",
    "InvalidPrefixListId.NotFound",
    "InvalidVpcID.NotFound",
    "InvalidInstanceID.NotFound",
  ],
  invalid: [
    "DuplicateLoadBalancerName",
    "InvalidScheme",
    "AvailabilityZoneNotSupported",
    "InvalidConfigurationRequest",
    "ALPNPolicyNotFound",
    "ALPNPolicyNotSupported",
    "UnsupportedProtocol",
    "IncompatibleProtocols",
    "InvalidLoadBalancerAction",
    "InvalidTarget",
    "InvalidPermission.Malformed",
    "InvalidParameterValue",
    "InvalidParameterCombination",
    "InvalidParameter",
    "MissingParameter",
    "ValidationError",
    "OperationNotPermitted",
    "CannotDelete",
    "UnsupportedOperation",
    "OperationNotSupported",
  ],
};

const classOfCode = new Map<string, CloudErrorClass>(
  Object.entries(classes).flatMap(([name, codes]) =>
    codes.map((code) => [code, name as CloudErrorClass] as const),
  ),
);

/** Our own resources; names of users are under `missing`. */
const ownNotFound = new Set([
  "LoadBalancerNotFound",
  "TargetGroupNotFound",
  "ListenerNotFound",
  "InvalidGroup.NotFound",
  "InvalidGroupId.NotFound",
  "InvalidSecurityGroupID.NotFound",
  "InvalidSecurityGroupId.NotFound",
]);

const throttled = new Set([
  "Throttling",
  "Throttled",
  "RequestThrottled",
  "RequestLimitExceeded",
  "TooManyRequests",
  "EC2Throttled",
]);

const unknownRetryMs = 5 * 60_000;
const longestWords = 600;
const sdkWrapper = "AWS SDK error wrapper for ";

/** The code on the wire: the SDK writes some with the ending "Exception" and some without. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  const { name, Code } = error as { name?: unknown; Code?: unknown };
  const code = typeof Code === "string" && Code !== "" ? Code : typeof name === "string" ? name : "";
  return code.endsWith("Exception") ? code.slice(0, -"Exception".length) : code;
}

/** Whether AWS says that requests come too fast: then it did nothing. */
export function isThrottled(error: unknown): boolean {
  return throttled.has(codeOf(error)) || statusOf(error) === 429;
}

/** Whether what was asked for by id is not there. */
export function isNotFound(error: unknown): boolean {
  return ownNotFound.has(codeOf(error));
}

/** Everything the SDK may throw, as what the executor and users understand. */
export function toCloudError(error: unknown, attempt: Attempt): CloudError {
  const code = codeOf(error);
  const errorClass = classOf(error, code, attempt.operation);
  const words = error instanceof Error ? error.message : String(error);
  const { operation, service, on } = attempt;
  const known = errorClass !== undefined;
  const means =
    errorClass === "permission"
      ? `; the credentials in use have to be valid and to allow ${service}:${operation}`
      : "";
  return new CloudError(
    errorClass ?? "retry",
    `${operation} for ${on} failed: ${told(code, words)}${means}`,
    {
      cause: error,
      retryAfterMs: retryAfterMs(error) ?? (known ? undefined : unknownRetryMs),
    },
  );
}

/** Undefined: an answer that nobody foresaw. It may pass, so it is tried again, but slowly. */
function classOf(error: unknown, code: string, operation: AwsOperation): CloudErrorClass | undefined {
  // No free addresses, or a subnet that this kind of load balancer can't use: both are told by this one code.
  if (code === "InvalidSubnet") return /free|available|enough/i.test(wordsOf(error)) ? "quota" : "invalid";
  if (code === "InvalidConfigurationRequest" || code === "OperationNotPermitted") {
    const words = wordsOf(error);
    // Static addresses are held by the network interfaces of what was deleted, for a while.
    if (/address\S*.*\b(?:in use|not available)/i.test(words)) return "retry";
    // Of a new account: AWS Support lifts that.
    if (/account.*does not support creating/i.test(words)) return "permission";
  }
  if (ownNotFound.has(code)) {
    // What has just been created is not known everywhere at once.
    return /^(?:Create|Add|Register|Authorize)/.test(operation) ? "retry" : "gone";
  }
  const known = classOfCode.get(code);
  if (known !== undefined) return known;
  const status = statusOf(error);
  if (status === undefined || status >= 500 || status === 429) return "retry";
  return status === 401 || status === 403 ? "permission" : undefined;
}

function told(code: string, words: string): string {
  // EC2 appends a text of thousands of letters that only `aws sts decode-authorization-message` can read.
  const readable = words.replace(/\s*Encoded authorization failure message: \S+/, "");
  const short = readable.length > longestWords ? `${readable.slice(0, longestWords)}…` : readable;
  // Where AWS did not answer, the SDK puts words of its own before what happened.
  if (short.startsWith(sdkWrapper)) return short.slice(sdkWrapper.length);
  return short.startsWith(code) ? short : `${code}: ${short}`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : "";
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}

/** RFC 9110, section 10.2.3; AWS sends seconds. */
function retryAfterMs(error: unknown): number | undefined {
  const headers = (error as { $response?: { headers?: Record<string, string> } } | null)?.$response?.headers;
  const seconds = Number(headers?.["retry-after"]);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
