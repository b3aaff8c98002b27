/** Which spec of a LoadBalancerClass is in force: the present one, or the one accepted before a bad edit (law 5). Pure. */
import type { LoadBalancerClass, LoadBalancerClassSpec } from "../api/load-balancer-class.ts";
import { canonical } from "./plan/json.ts";
import type { Json } from "./plan/types.ts";
import { quote } from "./quote.ts";
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
  readonly immutableSettings?: readonly string[] | undefined;
}

export function classInForce(cls: LoadBalancerClass, provider: ProviderCheck | undefined): ClassInForce {
  if (provider === undefined) return withoutProvider(cls);
  const before = cls.status?.acceptedSpec as LoadBalancerClassSpec | undefined;
  const findings = [
    ...provider.checkClass(cls.spec.settings ?? {}),
    ...immutableChanges(cls.spec, before, provider.immutableSettings ?? []),
  ];
  const [first] = findings;
  if (first === undefined) return { state: "accepted", spec: cls.spec, refusal: undefined };
  const refusal: Finding = {
    reason: first.reason,
    message: findings
      .map((finding) => finding.message)
      .join("; ")
      .slice(0, 1024),
  };
  return before === undefined ? { state: "refused", refusal } : { state: "accepted", spec: before, refusal };
}

/** What says where a class's load balancers are can't change once it was accepted: what stands there would be out of reach (law 11). */
function immutableChanges(
  { settings = {} }: LoadBalancerClassSpec,
  before: LoadBalancerClassSpec | undefined,
  keys: readonly string[],
): Finding[] {
  if (before === undefined) return [];
  return keys.flatMap((key): Finding[] => {
    const was = before.settings?.[key] as Json | undefined;
    const is = settings[key] as Json | undefined;
    if (shown(was) === shown(is)) return [];
    return [
      {
        reason: "InvalidSettings",
        message: `spec.settings.${key}: cannot change from ${shown(was)} to ${shown(is)} once the class was accepted; set it back, and create another class for the other ${key}`,
      },
    ];
  });
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "(not set)";
  return typeof value === "string" ? quote(value) : canonical(value);
}

/** Names without a domain are Fairlead's own; these exist, so another Fairlead may serve them. */
const OWN_PROVIDERS: readonly string[] = ["bare-metal", "aws"];

function withoutProvider({ spec }: LoadBalancerClass): ClassInForce {
  if (spec.provider.includes("/") || OWN_PROVIDERS.includes(spec.provider))
    return { state: "external", spec };
  const message = `Fairlead has no provider ${JSON.stringify(spec.provider)}, only ${OWN_PROVIDERS.join(", ")}; a provider of your own has a domain in its name, such as example.com/lab`;
  return { state: "refused", refusal: { reason: "UnknownProvider", message } };
}
