/** What a Service with annotations becomes by a class of AWS, as the service controller translates it. */
import type { LoadBalancerSpec } from "../../../../../src/api/load-balancer.ts";
import { translate } from "../../../../../src/core/translate/translate.ts";
import { AWS_ANNOTATIONS } from "../../../../../src/providers/aws/settings/annotations.ts";
import { checkSettings } from "../../../../../src/providers/aws/settings/check-settings.ts";

export const PREFIX = "service.beta.kubernetes.io/";

/** Keys without a domain get the prefix of AWS. */
export function translated(
  annotations: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>> = {},
): LoadBalancerSpec {
  const named = Object.entries(annotations).map(([key, value]) => [
    key.includes("/") ? key : `${PREFIX}${key}`,
    value,
  ]);
  const [lb] = translate({
    service: {
      metadata: {
        name: "web",
        namespace: "shop",
        uid: "1",
        annotations: Object.fromEntries(named) as Record<string, string>,
      },
      spec: { type: "LoadBalancer", ports: [{ port: 80, nodePort: 30080 }] },
    },
    className: "nlb",
    cls: { defaults: { scheme: "internal" }, settings },
    annotations: [AWS_ANNOTATIONS],
    existing: [],
    checkSettings,
  });
  if (lb === undefined) throw new Error("A Service has at least one load balancer");
  return lb.spec;
}

/** The messages of all that was noticed. */
export function warnings(spec: LoadBalancerSpec): string[] {
  return (spec.warnings ?? []).map(({ message }) => message);
}
