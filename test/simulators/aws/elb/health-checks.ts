/** The health checks of target groups of Network Load Balancers: CreateTargetGroup, ModifyTargetGroup. */
import type { HealthCheck } from "../state.ts";
import { badConfiguration, invalid } from "../wire/aws-error.ts";
import { type Fields, fieldsOf, textOf } from "../wire/query.ts";
import type { Shape } from "../wire/xml.ts";
import { numberIn, oneOf } from "./find.ts";
import { protocols } from "./protocols.ts";

/** What a request makes of a health check, or of none. */
export function healthCheckIn(request: Fields, before?: HealthCheck): HealthCheck {
  if (textOf(request, "HealthCheckEnabled") === "false")
    throw badConfiguration("Health checks can't be disabled for target groups of type instance or ip");
  const protocol = protocolIn(request) ?? before?.protocol ?? "TCP";
  const kept = before?.protocol === protocol ? before : undefined;
  const overHttp = protocol !== "TCP" ? httpIn(request, kept) : refuseHttp(request);
  const check = {
    protocol,
    port: portIn(request) ?? before?.port ?? "traffic-port",
    ...overHttp,
    intervalSeconds: numberIn(request, "HealthCheckIntervalSeconds", 5, 300) ?? before?.intervalSeconds ?? 30,
    // Network Load Balancers User Guide, "Health checks": 6 seconds for HTTP, 10 seconds for TCP and HTTPS.
    timeoutSeconds:
      numberIn(request, "HealthCheckTimeoutSeconds", 2, 120) ??
      before?.timeoutSeconds ??
      (protocol === "HTTP" ? 6 : 10),
    healthyThreshold: numberIn(request, "HealthyThresholdCount", 2, 10) ?? before?.healthyThreshold ?? 5,
    unhealthyThreshold:
      numberIn(request, "UnhealthyThresholdCount", 2, 10) ?? before?.unhealthyThreshold ?? 2,
  };
  if (check.timeoutSeconds > check.intervalSeconds)
    throw invalid(
      `Health check timeout '${check.timeoutSeconds}' must be smaller than or equal to the interval '${check.intervalSeconds}'`,
    );
  return check;
}

/** "The GENEVE, TLS, UDP, TCP_UDP, QUIC, and TCP_QUIC protocols are not supported for health checks." */
function protocolIn(request: Fields): string | undefined {
  const asked = oneOf(request, "HealthCheckProtocol", [...protocols, "HTTP", "HTTPS", "GENEVE"]);
  if (asked !== undefined && !["TCP", "HTTP", "HTTPS"].includes(asked))
    throw invalid(`Health check protocol '${asked}' must be one of [TCP, HTTP, HTTPS]`);
  return asked;
}

function portIn(request: Fields): string | undefined {
  return textOf(request, "HealthCheckPort") === "traffic-port"
    ? "traffic-port"
    : numberIn(request, "HealthCheckPort", 1, 65535)?.toString();
}

function httpIn(
  request: Fields,
  kept: HealthCheck | undefined,
): Pick<Required<HealthCheck>, "path" | "codes"> {
  const path = textOf(request, "HealthCheckPath") ?? kept?.path ?? "/";
  if (!path.startsWith("/") || path.length > 1024)
    throw invalid(`Health check path '${path}' must begin with a '/'`);
  const codes = textOf(fieldsOf(request, "Matcher"), "HttpCode") ?? kept?.codes ?? "200-399";
  // Matcher: "For Network Load Balancers … the range is 200-599."
  const isRight = codes.split(",").every((part) => /^[2-5]\d\d(-[2-5]\d\d)?$/.test(part));
  if (!isRight) throw invalid(`Health check matcher HTTP code '${codes}' must be within '200-599' inclusive`);
  return { path, codes };
}

function refuseHttp(request: Fields): object {
  if (textOf(request, "HealthCheckPath") !== undefined)
    throw badConfiguration("A health check path can't be specified for health checks over TCP");
  if (textOf(fieldsOf(request, "Matcher"), "HttpCode") !== undefined)
    throw badConfiguration("A matcher can't be specified for health checks over TCP");
  return {};
}

/** As it stands in an answer. */
export function shownHealthCheck(check: HealthCheck): Readonly<Record<string, Shape>> {
  return {
    HealthCheckProtocol: check.protocol,
    HealthCheckPort: check.port,
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: check.intervalSeconds,
    HealthCheckTimeoutSeconds: check.timeoutSeconds,
    HealthyThresholdCount: check.healthyThreshold,
    UnhealthyThresholdCount: check.unhealthyThreshold,
    HealthCheckPath: check.path,
    Matcher: check.codes === undefined ? undefined : { HttpCode: check.codes },
  };
}
