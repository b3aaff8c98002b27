/** Who stands behind each listener of a member, and what is wrong with that. */
import type { Problem, Stack } from "../../provider.ts";
import type { AwsFacts } from "../model/facts.ts";
import type { Target } from "../model/resources.ts";
import type { Listens } from "./listens.ts";
import { nodeTargets } from "./node-targets.ts";
import { podTargets } from "./pod-targets.ts";
import type { Served } from "./ports-of-members.ts";
import { degraded } from "./problems.ts";
import { nameOf, type View } from "./view.ts";

export interface Backends {
  readonly targets: readonly Target[];
  readonly leftOut: readonly string[];
  readonly zones: ReadonlyMap<string, string>;
}

export function backendsOf(view: View, listens: Listens, stack: Stack, facts: AwsFacts): Backends {
  if (view.targetType === "instance") {
    const port = listens.from.nodePort as number;
    return nodeTargets(stack.nodes, view.settings.nodeLabels, port, facts);
  }
  const slices = stack.endpointSlices.get(nameOf(view)) ?? [];
  return { ...podTargets(view, listens, slices, facts), leftOut: [] };
}

export function backendProblems(served: Served, backends: ReadonlyMap<Listens, Backends>): Problem[] {
  const problems: Problem[] = [];
  const empty = served.listens.filter((each) => backends.get(each)?.targets.length === 0);
  if (empty.length > 0) {
    const ports = empty.map(({ port }) => port).join(", ");
    const what =
      served.view.targetType === "instance"
        ? "no node that is ready and not excluded can take traffic"
        : "no endpoint is ready";
    problems.push(degraded("NoBackends", `${what} for port ${ports}${leftOutOf(empty, backends)}`));
  }
  return problems;
}

const mostNamed = 2;

/** Where others take the traffic, a node outside EC2 or one that has just come or gone is no flaw. */
function leftOutOf(empty: readonly Listens[], backends: ReadonlyMap<Listens, Backends>): string {
  const all = [...new Set(empty.flatMap((each) => backends.get(each)?.leftOut ?? []))].sort();
  if (all.length === 0) return "";
  const more = all.length - mostNamed;
  const others = more > 0 ? [`${more} more ${more === 1 ? "node" : "nodes"} for such reasons`] : [];
  return `; left out: ${[...all.slice(0, mostNamed), ...others].join("; ")}`;
}

/** "Quotas for your Network Load Balancers" in the User Guide: the defaults, which AWS raises on request. */
const quotas = { group: 1000, zone: 500, balancer: 3000, crossZone: 500 } as const;

/** Told and not cut: AWS says itself where a target does not fit any more, and the quota may have been raised. */
export function quotaProblem(all: readonly Backends[], isCrossZone: boolean): Problem | undefined {
  const over = (count: number, quota: number, what: string): Problem | undefined =>
    count <= quota
      ? undefined
      : degraded(
          "QuotaExceeded",
          `${count} targets ${what}, where AWS allows ${quota} unless the quota was raised; have it raised, or register fewer nodes by the annotation service.beta.kubernetes.io/aws-load-balancer-target-node-labels`,
        );
  const largest = Math.max(0, ...all.map(({ targets }) => targets.length));
  const zones = new Map<string, number>();
  for (const { targets, zones: zoneOf } of all) {
    for (const { id } of targets) {
      const zone = zoneOf.get(id) ?? "";
      if (zone !== "") zones.set(zone, (zones.get(zone) ?? 0) + 1);
    }
  }
  const total = all.reduce((sum, { targets }) => sum + targets.length, 0);
  const fullest = Math.max(0, ...zones.values());
  return (
    over(largest, quotas.group, "in one target group") ??
    over(fullest, quotas.zone, "of one zone on one load balancer") ??
    (isCrossZone ? over(total, quotas.crossZone, "on one load balancer across zones") : undefined) ??
    over(total, quotas.balancer, "on one load balancer")
  );
}
