/** What of a LoadBalancer's spec comes straight from the Service, without any annotation. */
import type { Service } from "../../api/kubernetes.ts";
import type { LoadBalancerSpec } from "../../api/load-balancer.ts";

type FromService = Pick<
  LoadBalancerSpec,
  | "ports"
  | "ipFamilies"
  | "ipFamilyPolicy"
  | "externalTrafficPolicy"
  | "healthCheckNodePort"
  | "sourceRanges"
  | "sessionAffinity"
  | "sessionAffinityTimeoutSeconds"
>;

/** What the API server defaults `sessionAffinityConfig` to. */
const AFFINITY_TIMEOUT_SECONDS = 10_800;

/** The API server has defaulted what it can; offline manifests have not been there, so the same defaults are applied here. */
export function specFromService(service: Service): FromService {
  const spec = service.spec ?? {};
  const sourceRanges = (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).sort();
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_TIMEOUT_SECONDS;
  return {
    ports: (spec.ports ?? []).map((port) => ({
      ...(port.name === undefined ? {} : { name: port.name }),
      protocol: port.protocol ?? "TCP",
      port: port.port,
      ...(port.nodePort === undefined || port.nodePort === 0 ? {} : { nodePort: port.nodePort }),
      ...(port.targetPort === undefined ? {} : { targetPort: port.targetPort }),
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    })),
    ipFamilies: families(service),
    ipFamilyPolicy: spec.ipFamilyPolicy ?? "SingleStack",
    externalTrafficPolicy: spec.externalTrafficPolicy ?? "Cluster",
    ...(spec.healthCheckNodePort ? { healthCheckNodePort: spec.healthCheckNodePort } : {}),
    ...(sourceRanges.length > 0 ? { sourceRanges } : {}),
    ...(spec.sessionAffinity === "ClientIP"
      ? { sessionAffinity: "ClientIP" as const, sessionAffinityTimeoutSeconds: timeout }
      : {}),
  };
}

function families(service: Service): LoadBalancerSpec["ipFamilies"] {
  const given = service.spec?.ipFamilies;
  if (given !== undefined && given.length > 0) return [...given];
  return service.spec?.ipFamilyPolicy === "RequireDualStack" ||
    service.spec?.ipFamilyPolicy === "PreferDualStack"
    ? ["IPv4", "IPv6"]
    : ["IPv4"];
}

/**
 * What two Services must have in common to share an address, besides the key: nothing under the traffic policy Cluster;
 * the same selector under Local, for the node that announces the address must have endpoints of both. A Local Service without
 * selector shares with nobody.
 */
export function sharingBackend(service: Service): string {
  if (service.spec?.externalTrafficPolicy !== "Local") return "";
  const selector = Object.entries(service.spec?.selector ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (selector.length === 0) return `uid:${service.metadata.uid ?? ""}`;
  return selector.map(([key, value]) => `${key}=${value}`).join(",");
}
