/** The LoadBalancers that a Service should have. Pure: writes nothing. */
import type { Service } from "../../api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../api/load-balancer.ts";
import { apiVersion, finalizer, labels } from "../../api/names.ts";
import { checkAbility } from "../../core/ability.ts";
import { checkEdit } from "../../core/policy.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { type DesiredLoadBalancer, translate } from "../../core/translate/translate.ts";
import type { KnownClass } from "../classes.ts";
import type { Informers } from "../dependencies.ts";
import { claimNote } from "./decide.ts";

export interface DesireInput {
  readonly service: Service;
  readonly className: string;
  readonly cls: KnownClass | undefined;
  /** Those of this Service (by UID) and class that live. */
  readonly owned: readonly LoadBalancer[];
  /** What was noticed about the Service besides its annotations. */
  readonly warnings: readonly Finding[];
}

/** One for each frontend, checked against the class; what can't be accepted is refused within its spec. */
export function desiredLoadBalancers(
  input: DesireInput,
  informers: Pick<Informers, "namespaces">,
): DesiredLoadBalancer[] {
  const { service, className, cls, owned } = input;
  // What was translated by a class that is missing now stays: its defaults are not known any more.
  if (cls === undefined && owned.length > 0) return owned.map(unchanged);
  const provider = cls?.provider;
  const spec = cls === undefined || cls.force.state === "refused" ? undefined : cls.force.spec;
  const namespace = service.metadata.namespace ?? "";
  const namespaceLabels = informers.namespaces.get(namespace)?.metadata.labels;
  const translated = translate({
    service,
    className,
    cls: spec,
    annotations: provider?.annotations ?? [],
    existing: owned,
    checkSettings: (settings) => provider?.checkSettings(settings, spec?.settings) ?? [],
    checkAbility: (next) => (provider === undefined ? undefined : checkAbility(next, provider)),
    checkEdit: (next, previous) =>
      spec === undefined
        ? undefined
        : checkEdit({ metadata: service.metadata, spec: next }, previous, spec, {
            className,
            namespaceLabels,
          }),
  });
  if (input.warnings.length === 0) return translated;
  return translated.map((each) => ({
    ...each,
    spec: {
      ...each.spec,
      warnings: [...(each.spec.warnings ?? []), ...input.warnings.map((warning) => ({ ...warning }))],
    },
  }));
}

function unchanged(lb: LoadBalancer): DesiredLoadBalancer {
  const { [labels.serviceName]: _service, [labels.frontend]: _frontend, ...rest } = lb.metadata.labels ?? {};
  return { name: lb.metadata.name ?? "", labels: rest, spec: lb.spec };
}

/** The object as it is created, without what the API server adds. */
export function newObject(
  desired: DesiredLoadBalancer,
  { service, cls }: Pick<DesireInput, "service" | "cls">,
): LoadBalancer {
  const { name = "", namespace, uid = "" } = service.metadata;
  const external = cls?.provider?.externalResources === true;
  return {
    apiVersion,
    kind: loadBalancers.kind,
    metadata: {
      name: desired.name,
      namespace,
      annotations: claimNote(service),
      labels: { ...desired.labels, [labels.serviceName]: name, [labels.frontend]: desired.spec.frontend },
      ...(external ? { finalizers: [finalizer] } : {}),
      ownerReferences: [{ apiVersion: "v1", kind: "Service", name, uid, controller: true }],
    },
    spec: desired.spec,
  };
}

/** The name to take where somebody else's object has the wanted one; `undefined` where that is taken as well. */
export function otherName(taken: string, service: Service): string | undefined {
  const suffix = (service.metadata.uid ?? "").slice(0, 8);
  return suffix === "" || taken.endsWith(suffix) ? undefined : `${taken}-${suffix}`;
}
