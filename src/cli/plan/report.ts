/** A plan as data to be printed. Pure. */

import type { Condition } from "../../api/meta.ts";
import type {
  ObjectsPlan,
  PlannedSharedStack,
  PlannedStack,
} from "../../controllers/offline/plan-objects.ts";
import type { Change, PlannedService } from "../../controllers/offline/plan-services.ts";
import type { Interpreted } from "../manifests/interpret.ts";
import { type LoadBalancerSummary, remedyOf, summaryOf } from "../output/load-balancer-row.ts";
import { type PoolSummary, poolSummary } from "../output/pool-row.ts";

export interface PlanProblem {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly kind: string;
  /** `namespace/name`, or `name`. */
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string | undefined;
}

export interface PlanReport {
  readonly loadBalancers: readonly (LoadBalancerSummary & {
    readonly change: Change;
    readonly scheme: string;
    readonly ports: readonly string[];
  })[];
  /** Services of type LoadBalancer that are not ours. */
  readonly leftAlone: readonly { readonly service: string; readonly why: string }[];
  readonly stacks: readonly PlannedStack[];
  /** Stacks that several of those share. */
  readonly shared: readonly PlannedSharedStack[];
  /** What the plan takes for granted. */
  readonly notes: readonly string[];
  readonly pools: readonly PoolSummary[];
  readonly problems: readonly PlanProblem[];
}

/** `read`: where the objects stand, if they are from files. */
export function reportOf(
  plan: ObjectsPlan,
  read: Interpreted | undefined,
  notes: readonly string[],
): PlanReport {
  const places = new Map(
    Object.values(read?.objects ?? {}).flatMap((objects) =>
      objects.map(({ place }) => [`${place.kind} ${pathOf(place)}`, place] as const),
    ),
  );
  const at = (kind: string, object: string) => {
    const place = places.get(`${kind} ${object}`);
    return place === undefined ? {} : { file: place.file, line: place.line };
  };
  const loadBalancers = plan.loadBalancers.map(({ lb, change }) => ({
    ...summaryOf(lb),
    change,
    scheme: lb.spec.scheme,
    ports: lb.spec.ports.map(({ port, protocol }) => `${port}/${protocol}`),
  }));
  const owners = [
    ...plan.classes.map((cls) => ({ kind: "LoadBalancerClass", object: cls })),
    ...plan.pools.map((pool) => ({ kind: "IPAddressPool", object: pool })),
  ];
  const problems: PlanProblem[] = [
    ...(read?.problems ?? []).map(({ file, line, kind = "object", field, message, ...place }) => ({
      file,
      line,
      kind,
      object: pathOf(place),
      reason: "InvalidManifest",
      message: field === "" ? message : `${field}: ${message}`,
    })),
    ...owners.flatMap(({ kind, object }) => {
      const name = object.metadata.name ?? "";
      return flaws(object.status?.conditions).map((flaw) => ({
        ...at(kind, name),
        kind,
        object: name,
        ...flaw,
      }));
    }),
    ...plan.services.flatMap(({ service, refusal }) => {
      if (refusal === undefined) return [];
      const object = pathOf(service.metadata);
      return [
        { ...at("Service", object), kind: "Service", object, ...refusal, remedy: remedyOf(refusal.reason) },
      ];
    }),
    ...loadBalancers.filter(isTrouble).map((lb) => {
      const object = `${lb.namespace}/${lb.name}`;
      const { reason, message, remedy } = lb;
      const place =
        lb.service === undefined
          ? at("LoadBalancer", object)
          : at("Service", `${lb.namespace}/${lb.service}`);
      return { ...place, kind: "LoadBalancer", object, reason, message, remedy };
    }),
    ...[...plan.stacks, ...plan.shared].flatMap(({ className, stack, result }) =>
      result.ok
        ? []
        : [{ kind: "stack", object: `${className}/${stack}`, reason: "NotPlanned", message: result.message }],
    ),
  ];
  return {
    loadBalancers,
    leftAlone: plan.services.flatMap(leftAlone),
    stacks: plan.stacks,
    shared: plan.shared,
    notes,
    pools: plan.pools.map(poolSummary),
    problems,
  };
}

function pathOf({
  namespace,
  name = "",
}: {
  namespace?: string | undefined;
  name?: string | undefined;
}): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function leftAlone({ service, decision }: PlannedService) {
  return service.spec.type === "LoadBalancer" && decision.do === "ignore"
    ? [{ service: pathOf(service.metadata), why: decision.why }]
    : [];
}

/** What waits for its resources to be made is no trouble, and what is left to another process is not known. */
function isTrouble({ state, reason, change }: LoadBalancerSummary & { readonly change: Change }): boolean {
  if (change === "delete" || reason === "Pending") return false;
  return state === "Refused" || state === "Waiting" || state === "Degraded";
}

function flaws(conditions: readonly Condition[] = []) {
  return conditions
    .filter(({ type, status }) =>
      type === "Accepted" ? status === "False" : type === "Degraded" && status === "True",
    )
    .map(({ reason, message }) => ({ reason, message, remedy: remedyOf(reason) }));
}
