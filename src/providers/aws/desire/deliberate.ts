/** All decisions about a stack that its resources and its claims follow from. */
import type { Problem, Stack } from "../../provider.ts";
import type { AwsFacts } from "../model/facts.ts";
import { addressTypeOf, groupConflicts } from "./group-settings.ts";
import { judgeMember } from "./member-checks.ts";
import { type Served, sharePorts } from "./ports-of-members.ts";
import { type Decided, decided, pending, undecided } from "./problems.ts";
import { type GroupMode, groupMode } from "./security-groups.ts";
import { chooseSubnets } from "./subnets.ts";
import { leaderOf, nameOf, type View, viewOf } from "./view.ts";
import { type Zones, zonesOf } from "./zones.ts";

/** The load balancer as a whole. */
export interface Whole extends Zones {
  readonly leader: View;
  readonly addressType: "ipv4" | "dualstack";
  readonly groups: GroupMode;
}

export interface Deliberation {
  /** undefined: nobody is served. */
  readonly whole: Whole | undefined;
  readonly served: readonly Served[];
  /** By member key. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
}

export function deliberate(stack: Stack, facts: AwsFacts): Deliberation {
  const views = stack.members.map(viewOf);
  const leader = leaderOf(stack, views);
  if (leader === undefined) return { whole: undefined, served: [], problems: new Map() };
  const whole = decideWhole(leader, views, facts);
  const conflicts = groupConflicts(leader, views);
  const listening = new Map(
    views.map((view) => {
      const judged = judgeMember(view, leader);
      const problems = [...(conflicts.get(nameOf(view)) ?? []), ...judged.problems];
      return [
        view,
        { ...judged, problems: whole.ok ? problems : [...problems, told(whole.problem, view, leader)] },
      ];
    }),
  );
  const { served, problems } = sharePorts(listening);
  return { whole: whole.ok && served.length > 0 ? whole.value : undefined, served, problems };
}

function told(problem: Problem, view: View, leader: View): Problem {
  if (view === leader) return problem;
  return {
    ...problem,
    message: `its group has no load balancer, as ${nameOf(leader)} leads it: ${problem.message}`,
  };
}

function decideWhole(leader: View, views: readonly View[], facts: AwsFacts): Decided<Whole> {
  const { attributes } = leader.settings;
  const addressType = addressTypeOf(leader);
  if (attributes["access_logs.s3.enabled"] === "true" && attributes["access_logs.s3.bucket"] === undefined) {
    return undecided(
      pending(
        "InvalidSettings",
        "attributes: access_logs.s3.enabled needs access_logs.s3.bucket; name the bucket, or turn it off",
      ),
    );
  }
  const groups = groupMode(leader, facts);
  if (!groups.ok) return groups;
  const exists = views.some(({ member }) => (member.lb.status?.addresses ?? []).length > 0);
  const subnets = chooseSubnets(leader, facts, addressType, exists);
  if (!subnets.ok) return subnets;
  const zones = zonesOf(leader, subnets.value, addressType, leader.spec.adopt !== undefined);
  if (!zones.ok) return zones;
  return decided({ leader, addressType, groups: groups.value, ...zones.value });
}
