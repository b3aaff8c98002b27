/** Reading and changing attributes: unknown keys and bad values are refused, and then nothing is changed. */
import type { ElbOperation, World } from "../state.ts";
import { AwsError, badConfiguration, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, textOf } from "../wire/query.ts";
import type { Shape } from "../wire/xml.ts";
import { type Checks, listenerChecks, loadBalancerChecks, targetGroupChecks } from "./attribute-tables.ts";
import { listenerAt, loadBalancerAt, targetGroupAt } from "./find.ts";
import { isUdpLike } from "./protocols.ts";

interface Kind {
  readonly title: string;
  readonly checks: Checks;
  readonly find: (world: World, request: Fields) => Attributed;
}

interface Attributed {
  readonly attributes: Map<string, string>;
  readonly protocol?: string;
}

const loadBalancers: Kind = {
  title: "Load balancer",
  checks: loadBalancerChecks,
  find: (world, request) => loadBalancerAt(world, textOf(request, "LoadBalancerArn")),
};
const targetGroups: Kind = {
  title: "Target group",
  checks: targetGroupChecks,
  find: (world, request) => targetGroupAt(world, textOf(request, "TargetGroupArn")),
};
const listeners: Kind = {
  title: "Listener",
  checks: listenerChecks,
  find: (world, request) => listenerAt(world, textOf(request, "ListenerArn")),
};

export const describeLoadBalancerAttributes = describing(loadBalancers);
export const describeTargetGroupAttributes = describing(targetGroups);
export const describeListenerAttributes = describing(listeners);
export const modifyLoadBalancerAttributes = modifying(loadBalancers);
export const modifyTargetGroupAttributes = modifying(targetGroups);
export const modifyListenerAttributes = modifying(listeners);

function describing(kind: Kind): ElbOperation {
  return async (world, request) => ({ Attributes: listed(kind.find(world, request).attributes) });
}

function modifying(kind: Kind): ElbOperation {
  return async (world, request) => {
    const found = kind.find(world, request);
    const next = new Map(found.attributes);
    for (const entry of listOf(request, "Attributes")) {
      const key = textOf(entry, "Key") ?? "";
      const value = textOf(entry, "Value") ?? "";
      if (!(key in kind.checks)) throw invalid(`${kind.title} attribute key '${key}' is not recognized`);
      if (!found.attributes.has(key))
        throw badConfiguration(
          `${kind.title} attribute '${key}' is not supported with protocol ${found.protocol}`,
        );
      const wrong = kind.checks[key]?.(value);
      if (wrong !== undefined) throw invalid(`'${key}' value '${value}' ${wrong}`);
      checkChange(key, value, found);
      next.set(key, value);
    }
    checkTogether(next);
    for (const [key, value] of next) found.attributes.set(key, value);
    return { Attributes: listed(found.attributes) };
  };
}

function checkChange(key: string, value: string, found: Attributed): void {
  const udp = found.protocol !== undefined && isUdpLike(found.protocol);
  // TargetGroupAttribute: "Client IP preservation can't be disabled for UDP and TCP_UDP target groups."
  if (udp && key === "preserve_client_ip.enabled" && value === "false")
    throw badConfiguration(`Client IP preservation can't be disabled for ${found.protocol} target groups`);
  // TargetGroupAttribute: "This attribute can't be enabled for UDP and TCP_UDP target groups."
  if (udp && key === "target_health_state.unhealthy.connection_termination.enabled" && value === "true")
    throw badConfiguration(`'${key}' can't be enabled for ${found.protocol} target groups`);
  // LoadBalancerAttribute: "After you set this value, you can't decrease it."
  if (key === "secondary_ips.auto_assigned.per_subnet" && Number(value) < Number(found.attributes.get(key)))
    throw new AwsError("InvalidConfigurationRequest", `'${key}' can't be decreased`);
}

function checkTogether(next: ReadonlyMap<string, string>): void {
  // LoadBalancerAttribute: "This attribute is required if access logs are enabled."
  if (next.get("access_logs.s3.enabled") === "true" && next.get("access_logs.s3.bucket") === "")
    throw badConfiguration("The value of 'access_logs.s3.bucket' cannot be empty");
  // TargetGroupAttribute: "can only be configured when … connection_termination.enabled is false".
  if (
    next.get("target_health_state.unhealthy.connection_termination.enabled") === "true" &&
    next.get("target_health_state.unhealthy.draining_interval_seconds") !== "0"
  )
    throw badConfiguration(
      "'target_health_state.unhealthy.draining_interval_seconds' needs 'target_health_state.unhealthy.connection_termination.enabled' to be false",
    );
}

function listed(attributes: ReadonlyMap<string, string>): readonly Shape[] {
  return [...attributes].map(([Key, Value]) => ({ Key, Value }));
}
