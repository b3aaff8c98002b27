/** Settings that are right, and do nothing beside the others: the load balancer works, and a condition says what is idle. Pure. */
import type { Finding } from "../../../core/translate/annotations.ts";
import { finding } from "./describe.ts";
import type { AwsSettings } from "./service-settings.ts";

type Rule = readonly [fields: (settings: AwsSettings) => readonly (string | false)[], why: string];

const RULES: readonly Rule[] = [
  [
    (settings) =>
      settings.certificates !== undefined
        ? []
        : [
            settings.tlsPorts !== undefined && "tlsPorts (aws-load-balancer-ssl-ports)",
            settings.tlsPolicy !== undefined && "tlsPolicy (aws-load-balancer-ssl-negotiation-policy)",
            settings.backendProtocol === "ssl" && "backendProtocol (aws-load-balancer-backend-protocol)",
            settings.alpnPolicy !== "None" && "alpnPolicy (aws-load-balancer-alpn-policy)",
          ],
    "for no port listens with TLS; set certificates (aws-load-balancer-ssl-cert)",
  ],
  [
    ({ healthCheck: { protocol, path, successCodes } }) =>
      protocol !== "TCP"
        ? []
        : [
            path !== undefined && "healthCheck.path (aws-load-balancer-healthcheck-path)",
            successCodes !== undefined &&
              "healthCheck.successCodes (aws-load-balancer-healthcheck-success-codes)",
          ],
    "for the health check is TCP; set healthCheck.protocol (aws-load-balancer-healthcheck-protocol) to HTTP or HTTPS",
  ],
  [
    ({ securityGroups, prefixLists, icmpPathMtu }) =>
      securityGroups === undefined
        ? []
        : [
            prefixLists !== undefined && "prefixLists (aws-load-balancer-security-group-prefix-lists)",
            icmpPathMtu && "icmpPathMtu (aws-load-balancer-enable-icmp-for-path-mtu-discovery)",
          ],
    "for the rules of securityGroups (aws-load-balancer-security-groups) are not Fairlead's",
  ],
  [
    ({ targetType, nodeLabels }) => [
      targetType === "ip" &&
        Object.keys(nodeLabels).length > 0 &&
        "nodeLabels (aws-load-balancer-target-node-labels)",
    ],
    "for pods are registered and not nodes",
  ],
  [
    ({ proxyProtocol, proxyProtocolPorts }) => [
      proxyProtocol &&
        proxyProtocolPorts !== undefined &&
        "proxyProtocolPorts (aws-load-balancer-proxy-protocol-per-target-group)",
    ],
    "for proxyProtocol (aws-load-balancer-proxy-protocol) is for all ports",
  ],
];

/** Findings for the Degraded condition. */
export function settingsWithoutEffect(settings: AwsSettings): readonly Finding[] {
  return RULES.flatMap(([fields, why]) => {
    const idle = fields(settings).filter((field) => field !== false);
    if (idle.length === 0) return [];
    return [
      finding(`spec.settings: ${idle.join(", ")} ${idle.length === 1 ? "has" : "have"} no effect, ${why}`),
    ];
  });
}
