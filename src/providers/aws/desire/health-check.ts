/** How the targets of one listener are checked: as the traffic policy of the Service needs it, or as settings say. */
import type { HealthCheckFields } from "../model/resources.ts";
import type { Listens } from "./listens.ts";
import { type Decided, decided, pending, undecided } from "./problems.ts";
import type { View } from "./view.ts";

/** Nodes without endpoints fail the check that kube-proxy answers at `healthCheckNodePort`. */
function isNodeLocal({ spec, targetType }: View): boolean {
  return (
    targetType === "instance" &&
    spec.externalTrafficPolicy === "Local" &&
    spec.healthCheckNodePort !== undefined
  );
}

export function healthCheckOf(view: View, listens: Listens): Decided<HealthCheckFields> {
  const { settings, spec } = view;
  const asked = settings.healthCheck;
  const isLocal = isNodeLocal(view);
  const protocol = asked.protocol ?? (isLocal ? "HTTP" : "TCP");
  const isHttp = protocol !== "TCP";
  const interval = asked.intervalSeconds ?? 10;
  const timeout = asked.timeoutSeconds ?? Math.min(isLocal ? 6 : 10, interval);
  if (timeout > interval) {
    return undecided(
      pending(
        "InvalidSettings",
        `healthCheck: the timeout of ${timeout} s is longer than the interval of ${interval} s; make it shorter`,
      ),
    );
  }
  const port = portOf(view, asked.port ?? (isLocal ? String(spec.healthCheckNodePort) : "traffic-port"));
  if (!port.ok) return port;
  if (
    usesProxyProtocol(view, listens) &&
    isHttp &&
    isLocal &&
    port.value === String(spec.healthCheckNodePort)
  ) {
    return undecided(
      pending(
        "Unsupported",
        `port ${listens.port}: health checks would begin with a PROXY protocol header, which kube-proxy does not understand at healthCheckNodePort; use ip targets, externalTrafficPolicy: Cluster, or no proxy protocol`,
      ),
    );
  }
  return decided({
    protocol,
    port: port.value,
    path: isHttp ? (asked.path ?? (isLocal ? "/healthz" : "/")) : null,
    matcher: isHttp ? (asked.successCodes ?? "200-399") : null,
    interval,
    timeout,
    healthy: asked.healthyThreshold ?? (isLocal ? 2 : 3),
    unhealthy: asked.unhealthyThreshold ?? (isLocal ? 2 : 3),
  });
}

/** A number and "traffic-port" stand for themselves; a name is that of a port of the Service. */
function portOf({ spec, targetType }: View, asked: string): Decided<string> {
  if (asked === "traffic-port" || /^[0-9]+$/.test(asked)) return decided(asked);
  const port = spec.ports.find(({ name }) => name === asked);
  if (port === undefined) {
    const known = spec.ports.flatMap(({ name }) => name ?? []).join(", ");
    const has = known === "" ? "its ports have no names" : `it has ${known}`;
    return undecided(pending("InvalidSettings", `healthCheck: the Service has no port "${asked}"; ${has}`));
  }
  if (targetType === "instance") return decided(String(port.nodePort));
  const target = port.targetPort ?? port.port;
  if (typeof target === "number") return decided(String(target));
  return undecided(
    pending(
      "Unsupported",
      `healthCheck: port "${asked}" leads to the targetPort "${target}", which may be another number for each pod; write the number`,
    ),
  );
}

/** `*` wins, then the list of ports, then the attributes. */
export function usesProxyProtocol({ settings }: View, { port }: Pick<Listens, "port">): boolean {
  if (settings.proxyProtocol) return true;
  if (settings.proxyProtocolPorts !== undefined) return settings.proxyProtocolPorts.includes(port);
  const key = "proxy_protocol_v2.enabled";
  const own = settings.targetGroupAttributesByPort[String(port)]?.[key];
  return (own ?? settings.targetGroupAttributes[key]) === "true";
}
