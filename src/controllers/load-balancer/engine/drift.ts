/** Differences in the cloud that nobody asked for, where the class wants them reported and not repaired. Pure. */
import type { LoadBalancer, LoadBalancerStatus } from "../../../api/load-balancer.ts";
import { canonical } from "../../../core/plan/json.ts";
import type { Json, Plan } from "../../../core/plan/types.ts";
import type { Problem } from "../../../providers/provider.ts";

type Drift = NonNullable<LoadBalancerStatus["drift"]>;

const mostFields = 64;
const longestText = 256;
const mostNamed = 3;

/** What concerns this member; undefined where nothing does. */
export function driftOf({ held }: Plan, lb: LoadBalancer): Drift | undefined {
  const uid = lb.metadata.uid ?? "";
  const drift: Drift = [];
  for (const { operation, waitsFor } of held) {
    if (waitsFor !== "Drift") continue;
    if (operation.members.length > 0 && !operation.members.includes(uid)) continue;
    const { kind } = operation;
    const id = operation.do === "create" ? operation.id : operation.cloudId;
    if (operation.do === "create") drift.push({ kind, id, field: "exists", wanted: "true", found: "false" });
    else {
      for (const { field, from, to } of operation.changes)
        drift.push({ kind, id, field, wanted: text(to), found: text(from) });
    }
  }
  return drift.length === 0 ? undefined : drift.slice(0, mostFields);
}

export function driftProblem(drift: Drift): Problem {
  const named = drift
    .slice(0, mostNamed)
    .map(
      ({ kind, id, field, wanted, found }) =>
        `${field} of ${kind} "${id}" is ${found} and should be ${wanted}`,
    );
  const more = drift.length - named.length;
  const tail = more > 0 ? `; and ${more} more, see fairlead drift` : "";
  return { kind: "degraded", reason: "Drifted", message: `${named.join("; ")}${tail}` };
}

function text(value: Json | undefined): string {
  const whole = value === undefined ? "not there" : typeof value === "string" ? value : canonical(value);
  return whole.length <= longestText ? whole : `${whole.slice(0, longestText - 1)}…`;
}
