import { expect, test } from "@jest/globals";
import { isThrottled, toCloudError } from "../../../../src/providers/aws/errors.ts";
import type { AwsOperation } from "../../../../src/providers/aws/sdk.ts";

function thrown(
  name: string,
  message = "words of AWS",
  status = 400,
  headers: Record<string, string> = {},
): Error {
  return Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { headers },
  });
}

function classified(error: unknown, operation: AwsOperation = "CreateLoadBalancer") {
  return toCloudError(error, { operation, service: "elasticloadbalancing", on: 'load balancer "fl-web"' });
}

test.each([
  ["ThrottlingException", "retry"],
  ["Throttling", "retry"],
  ["RequestLimitExceeded", "retry"],
  ["PriorRequestNotCompleteException", "retry"],
  ["ResourceInUseException", "retry"],
  ["DependencyViolation", "retry"],
  ["DuplicateListenerException", "conflict"],
  ["InvalidPermission.NotFound", "conflict"],
  ["TooManyLoadBalancersException", "quota"],
  ["TooManyLoadBalancers", "quota"],
  ["RulesPerSecurityGroupLimitExceeded", "quota"],
  ["AccessDenied", "permission"],
  ["UnauthorizedOperation", "permission"],
  ["ExpiredToken", "permission"],
  ["CredentialsProviderError", "permission"],
  ["SubnetNotFoundException", "missing"],
  ["CertificateNotFoundException", "missing"],
  ["AllocationIdNotFoundException", "missing"],
  ["InvalidConfigurationRequestException", "invalid"],
  ["ValidationError", "invalid"],
  ["OperationNotPermittedException", "invalid"],
])("%s counts as %s", (name, expected) => {
  expect(classified(thrown(name)).class).toBe(expected);
});

test("what is not found is gone when it is changed, and not yet known when it has just been created", () => {
  expect(classified(thrown("LoadBalancerNotFoundException"), "SetSubnets").class).toBe("gone");
  expect(classified(thrown("LoadBalancerNotFoundException"), "CreateListener").class).toBe("retry");
  expect(classified(thrown("TargetGroupNotFoundException"), "RegisterTargets").class).toBe("retry");
});

test("a subnet without free addresses is a matter of quota, another bad subnet is not", () => {
  expect(
    classified(thrown("InvalidSubnetException", "Not enough IP space available in subnet-1")).class,
  ).toBe("quota");
  expect(classified(thrown("InvalidSubnetException", "VPC vpc-1 has no internet gateway")).class).toBe(
    "invalid",
  );
});

test("an account that may not have load balancers yet lacks a permission", () => {
  const words =
    "This AWS account currently does not support creating load balancers. For more information, please contact AWS Support.";
  expect(classified(thrown("OperationNotPermittedException", words)).class).toBe("permission");
});

test("an address that is still in use comes free", () => {
  const words = "The private IPv4 address 10.0.1.7 is already in use";
  expect(classified(thrown("InvalidConfigurationRequestException", words)).class).toBe("retry");
});

test("trouble of the network and of AWS is tried again", () => {
  expect(classified(new Error("read ECONNRESET")).class).toBe("retry");
  expect(classified(thrown("Whatever", "oops", 503)).class).toBe("retry");
});

test("an answer that nobody foresaw is tried again slowly", () => {
  const error = classified(thrown("BrandNewProblem"));
  expect(error.class).toBe("retry");
  expect(error.retryAfterMs).toBeGreaterThanOrEqual(60_000);
});

test("Retry-After is passed on", () => {
  const error = classified(thrown("ServiceUnavailable", "later", 503, { "retry-after": "7" }));
  expect(error.retryAfterMs).toBe(7000);
});

test("the message says what was tried on what, AWS's words, and which permission is missing", () => {
  const words =
    "You are not authorized. Encoded authorization failure message: AAAAbbbb0000-_ccc (request 1)";
  expect(classified(thrown("UnauthorizedOperation", words, 403)).message).toBe(
    'CreateLoadBalancer for load balancer "fl-web" failed: UnauthorizedOperation: You are not authorized. (request 1);' +
      " the credentials in use have to be valid and to allow elasticloadbalancing:CreateLoadBalancer",
  );
});

test("only being too fast counts as throttled", () => {
  expect(isThrottled(thrown("ThrottlingException"))).toBe(true);
  expect(isThrottled(thrown("RequestLimitExceeded", "slow down", 503))).toBe(true);
  expect(isThrottled(thrown("ServiceUnavailable", "down", 503))).toBe(false);
});
