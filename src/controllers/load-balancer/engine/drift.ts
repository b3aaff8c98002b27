/** Differences in the cloud that nobody asked for, where the class wants them reported and not repaired. Pure. */
import type { LoadBalancer, LoadBalancerStatus } from "../../../api/load-balancer.ts";
import { type Difference, differencesIn } from "../../../core/plan/differences.ts";
import { canonical } from "../../../core/plan/json.ts";
import { withoutReferences } from "../../../core/plan/reference.ts";
import type { Json, Plan } from "../../../core/plan/types.ts";
import type { Problem } from "../../../providers/provider.ts";

type Drift = NonNullable<LoadBalancerStatus["drift"]>;

const mostFields = 64;
const longestText = 256;
const mostNamed = 3;

/** What concerns this member; undefined where nothing does. */
export function driftOf({ held }: Plan, lb: LoadBalancer): Drift | undefined {
  const uid = lb.metadata.uid ?? "";
  const operations = held.flatMap(({ operation, waitsFor }) => (waitsFor === "Drift" ? [operation] : []));
  const drift = differencesIn(operations)
    .filter(({ members }) => members.length === 0 || members.includes(uid))
    .map(driftedField);
  return drift.length === 0 ? undefined : drift.slice(0, mostFields);
}

/** As text, cut off where it is long. */
function driftedField({ kind, id, field, wanted, found }: Difference): Drift[number] {
  return { kind, id, field, wanted: text(wanted), found: text(found) };
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
  const whole =
    value === undefined
      ? "not there"
      : typeof value === "string"
        ? value
        : canonical(withoutReferences(value));
  return whole.length <= longestText ? whole : `${whole.slice(0, longestText - 1)}…`;
}
