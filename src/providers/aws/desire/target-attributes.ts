/** The attributes of one target group: what AWS has by itself, then what settings say. */
import type { Problem } from "../../provider.ts";
import { type Attributes, targetGroupDefaults } from "../model/attributes.ts";
import { usesProxyProtocol } from "./health-check.ts";
import type { Listens } from "./listens.ts";
import { degraded, pending } from "./problems.ts";
import type { View } from "./view.ts";

const preserve = "preserve_client_ip.enabled";
const stickiness = "stickiness.enabled";
const cut = "target_health_state.unhealthy.connection_termination.enabled";
const drain = "target_health_state.unhealthy.draining_interval_seconds";

export function targetAttributes(view: View, listens: Listens): Attributes {
  const { settings, spec, targetType } = view;
  const affinity = spec.sessionAffinity === "ClientIP" && knowsStickiness(listens);
  return {
    ...targetGroupDefaults(listens.targetProtocol, targetType),
    ...(affinity ? { [stickiness]: "true" } : {}),
    ...settings.targetGroupAttributes,
    ...settings.targetGroupAttributesByPort[String(listens.port)],
    "proxy_protocol_v2.enabled": String(usesProxyProtocol(view, listens)),
  };
}

export function wrongTargetAttributes(view: View, listens: Listens): Problem[] {
  const attributes = targetAttributes(view, listens);
  const where = `targetGroupAttributes of port ${listens.port}`;
  const problems: Problem[] = [];
  if (isDatagram(listens) && attributes[preserve] === "false") {
    problems.push(
      pending(
        "Unsupported",
        `${where}: ${preserve} can't be false with ${listens.targetProtocol}; take it off`,
      ),
    );
  }
  if (isDatagram(listens) && attributes[cut] === "true")
    problems.push(
      pending("Unsupported", `${where}: ${cut} can't be true with ${listens.targetProtocol}; take it off`),
    );
  if (attributes[cut] === "true" && attributes[drain] !== "0")
    problems.push(pending("InvalidSettings", `${where}: ${drain} needs ${cut}=false`));
  if (attributes[stickiness] === "true" && !knowsStickiness(listens))
    problems.push(pending("Unsupported", `${where}: ${stickiness} can't be true with TLS; take it off`));
  if (view.spec.sessionAffinity === "ClientIP" && !knowsStickiness(listens)) {
    problems.push(
      degraded(
        "Unsupported",
        `sessionAffinity: ClientIP has no effect on port ${listens.port}, for it is TLS`,
      ),
    );
  }
  return problems;
}

/** Targets see the client's address, so that security groups of targets without a group in front have to let the client in. */
export function preservesClient(view: View, listens: Listens): boolean {
  return targetAttributes(view, listens)[preserve] === "true";
}

function isDatagram({ targetProtocol }: Listens): boolean {
  return targetProtocol !== "TCP" && targetProtocol !== "TLS";
}

/** "Sticky sessions" in the User Guide for Network Load Balancers: not with TLS listeners and TLS target groups. */
function knowsStickiness({ protocol }: Listens): boolean {
  return protocol !== "TLS";
}
