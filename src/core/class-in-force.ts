/** Which spec of a LoadBalancerClass is in force: the present one, or the one accepted before a bad edit (law 5). Pure. */
import type { LoadBalancerClass, LoadBalancerClassSpec } from "../api/load-balancer-class.ts";
import type { Finding } from "./translate/annotations.ts";

export type ClassInForce =
  /** Served: by `spec`, which is the object's unless `refusal` says why it is the one before. */
  | {
      readonly state: "accepted";
      readonly spec: LoadBalancerClassSpec;
      readonly refusal: Finding | undefined;
    }
  /** Never accepted as it is. */
  | { readonly state: "refused"; readonly refusal: Finding }
  /** No provider of that name runs here: whoever reconciles the LoadBalancers of this class is the provider. */
  | { readonly state: "external"; readonly spec: LoadBalancerClassSpec };

interface ProviderCheck {
  checkClass(settings: Readonly<Record<string, unknown>>): readonly Finding[];
}

export function classInForce(cls: LoadBalancerClass, provider: ProviderCheck | undefined): ClassInForce {
  if (provider === undefined) return withoutProvider(cls);
  const findings = provider.checkClass(cls.spec.settings ?? {});
  const [first] = findings;
  if (first === undefined) return { state: "accepted", spec: cls.spec, refusal: undefined };
  const refusal: Finding = {
    reason: first.reason,
    message: findings
      .map((finding) => finding.message)
      .join("; ")
      .slice(0, 1024),
  };
  const before = cls.status?.acceptedSpec as LoadBalancerClassSpec | undefined;
  return before === undefined ? { state: "refused", refusal } : { state: "accepted", spec: before, refusal };
}

/** Names without a domain are Fairlead's own; these exist, so another Fairlead may serve them. */
const OWN_PROVIDERS: readonly string[] = ["bare-metal"];

function withoutProvider({ spec }: LoadBalancerClass): ClassInForce {
  if (spec.provider.includes("/") || OWN_PROVIDERS.includes(spec.provider))
    return { state: "external", spec };
  const message = `Fairlead has no provider ${JSON.stringify(spec.provider)}, only ${OWN_PROVIDERS.join(", ")}; a provider of your own has a domain in its name, such as example.com/lab`;
  return { state: "refused", refusal: { reason: "UnknownProvider", message } };
}
