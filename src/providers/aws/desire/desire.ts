/** What should exist in AWS for the load balancers of one stack. Pure. */
import { compareText } from "../../../core/compare-text.ts";
import type { DesiredResource } from "../../../core/plan/types.ts";
import type { Desired, Problem, Stack } from "../../provider.ts";
import type { AwsFacts } from "../model/facts.ts";
import { type Tags, tagsOf } from "../model/marks.ts";
import { type Backends, backendProblems, backendsOf, quotaProblem } from "./backends.ts";
import { deliberate, type Whole } from "./deliberate.ts";
import { forwardingResources } from "./forwarding.ts";
import { healthCheckOf } from "./health-check.ts";
import type { Listens } from "./listens.ts";
import { wholeResources } from "./load-balancer.ts";
import { nodeGroups } from "./node-groups.ts";
import type { Served } from "./ports-of-members.ts";
import { withoutEffect } from "./security-groups.ts";
import { unguardedPorts } from "./unguarded-ports.ts";
import { nameOf, type View } from "./view.ts";

export interface DesireContext {
  readonly clusterUid: string;
}

/** The same for the same input in any order. References to the stack `networkKey(…)` need the claim that `claims` makes of the same input. */
export function desire(stack: Stack, facts: AwsFacts, context: DesireContext): Desired {
  const { whole, served, problems: judged } = deliberate(stack, facts);
  const problems = new Map([...judged].map(([key, list]) => [key, [...list]]));
  if (whole === undefined) return { resources: [], problems };
  const backends = new Map<Listens, Backends>();
  for (const { view, listens } of served)
    for (const each of listens) backends.set(each, backendsOf(view, each, stack, facts));
  for (const each of served) {
    const more = [
      ...backendProblems(each, backends),
      ...withoutEffect(each.view, whole.leader, whole.groups),
      ...unguardedPorts(each, whole.groups),
      ...wholeProblems(whole, stack, facts, backends),
    ];
    if (more.length > 0)
      problems.set(nameOf(each.view), [...(problems.get(nameOf(each.view)) ?? []), ...more]);
  }
  const members = served.map(({ view }) => view.uid);
  const tags =
    (view: View, uids: readonly string[]) =>
    (resource: string): Tags =>
      tagsOf(context.clusterUid, stack.key, resource, uids, { ...view.settings.tags, ...view.cls.tags });
  const resources = [
    ...wholeResources({ whole, served, facts, tags: tags(whole.leader, members) }),
    ...served.flatMap((each) => forwardings(each, backends, facts, tags(each.view, [each.view.uid]))),
  ];
  return { resources: resources.sort((a, b) => compareText(a.id, b.id)), problems };
}

function forwardings(
  { view, listens }: Served,
  backends: ReadonlyMap<Listens, Backends>,
  facts: AwsFacts,
  tags: (resource: string) => Tags,
): DesiredResource[] {
  return listens.flatMap((each) => {
    const healthCheck = healthCheckOf(view, each);
    const behind = backends.get(each);
    // A member whose health check can't be made is not served.
    if (!healthCheck.ok || behind === undefined) return [];
    const input = { view, listens: each, healthCheck: healthCheck.value, backends: behind, facts, tags };
    return forwardingResources(input);
  });
}

/** What concerns all members alike. */
function wholeProblems(
  { leader, groups }: Whole,
  stack: Stack,
  facts: AwsFacts,
  backends: ReadonlyMap<Listens, Backends>,
): readonly Problem[] {
  const isCrossZone = leader.settings.attributes["load_balancing.cross_zone.enabled"] === "true";
  const quota = quotaProblem([...backends.values()], isCrossZone);
  const opens = groups.mode === "none" ? groups.open : groups.backend;
  return [
    ...(quota === undefined ? [] : [quota]),
    ...(opens ? nodeGroups(leader, stack, facts).problems : []),
  ];
}
