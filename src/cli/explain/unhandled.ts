/** Edits that no controller has handled yet: what status says is of before them. Decides by the controllers' own code. Pure. */

import type { Service } from "../../api/kubernetes.ts";
import type { LoadBalancer } from "../../api/load-balancer.ts";
import type { KnownClass } from "../../controllers/classes.ts";
import type { Informers } from "../../controllers/dependencies.ts";
import { desiredLoadBalancers } from "../../controllers/service/desired.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { mergeDiff } from "../../runtime/patch/merge-diff.ts";

/** What the load balancers of a Service should be by now, by name, as far as it can be told. */
export type Wanted = ReadonlyMap<string, LoadBalancer["spec"]>;

/**
 * `undefined` where it can't be told: what the user may not read of the cluster counts. `owned`: those of the Service, of its class, that are
 * not being deleted.
 */
export function wantedOf(
  service: Service,
  owned: readonly LoadBalancer[],
  cls: KnownClass | undefined,
  informers: Informers,
): Wanted | undefined {
  if (cls === undefined || cls.force.state === "external") return undefined;
  // Rules select by labels of namespaces.
  if (informers.namespaces.get(service.metadata.namespace ?? "") === undefined) return undefined;
  const desired = desiredLoadBalancers(
    { service, className: cls.name, cls, owned, warnings: aboutRivals(owned) },
    informers,
  );
  return new Map(desired.map(({ name, spec }) => [name, spec]));
}

/** Told by the controller, which has seen who writes the status of the Service: no edit brings or takes it. */
function aboutRivals(owned: readonly LoadBalancer[]): Finding[] {
  const told = owned.flatMap(({ spec }) => spec.warnings ?? []);
  return told.filter(({ reason }) => reason === "ForeignStatusWriter").slice(0, 1) as Finding[];
}

/** What was edited since a controller has last looked at it; `undefined`: nothing. */
export function unhandledEdit(lb: LoadBalancer, wanted: Wanted | undefined): string | undefined {
  const { metadata, spec, status } = lb;
  if (metadata.deletionTimestamp !== undefined) return undefined;
  if (wanted !== undefined) {
    const next = wanted.get(metadata.name ?? "");
    if (next === undefined) return "its Service does not ask for it any more";
    const fields = Object.keys((mergeDiff(spec, next) as object | undefined) ?? {});
    if (fields.length > 0) return `its Service says something else by now of ${fields.join(", ")}`;
  }
  const { generation = 0 } = metadata;
  const seen = status?.observedGeneration;
  if (seen === undefined || seen >= generation) return undefined;
  return `its spec is of generation ${generation}, and what is told of it here is of generation ${seen}`;
}
