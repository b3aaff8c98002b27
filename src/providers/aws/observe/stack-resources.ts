/** The resources of one stack out of what was seen of its place. Pure. */
import type { ObservedResource } from "../../../core/plan/types.ts";
import { markKeys, type Tags } from "../model/marks.ts";
import { isTakenListener, ownMarkKeys, takenListeners } from "../model/own-marks.ts";
import { asFields, kinds } from "../model/resources.ts";
import { type Claimant, loadBalancerAdoption, tagsAllow, targetGroupAdoption } from "./adoption.ts";
import { forwardsTo, listenerFields } from "./listener.ts";
import { loadBalancerFields } from "./load-balancer.ts";
import { hasLostMark, lostMark, type Owner } from "./lost-marks.ts";
import { securityGroupFields } from "./security-group.ts";
import type { SeenListener, SeenLoadBalancer, SeenTargetGroup, Survey } from "./survey.ts";
import { targetGroupFields, targetsId } from "./target-group.ts";

export interface StackView extends Claimant, Owner {
  /** ARNs of load balancers to be taken over. */
  readonly adopt: ReadonlySet<string>;
}

type Whose = Pick<ObservedResource, "ours" | "adoption" | "members">;

export function stackResources(seen: Survey, stack: StackView): ObservedResource[] {
  const balancers = seen.loadBalancers.filter(
    ({ arn, tags }) => isOurs(tags, stack) || stack.adopt.has(arn) || hasLostMark(arn, tags, stack),
  );
  const listeners = listenersOf(seen, balancers, stack);
  const groups = targetGroupsOf(seen, listeners, stack);
  const groupIds = new Map(groups.map(({ arn, id }) => [arn, id]));
  const securityGroups = securityGroupsOf(seen, balancers, stack);
  const used = new Map([...securityGroups.map(({ cloudId, id }) => [cloudId, id] as const), ...groupIds]);
  return [
    ...securityGroups,
    ...balancers.map((one) => loadBalancer(one, seen, stack, used)),
    ...groups.flatMap((one) => targetGroup(one)),
    ...listeners.map(({ id, seen: one, whose }): ObservedResource => {
      const uses = forwardsTo(one.listener).flatMap((arn) => groupIds.get(arn) ?? []);
      const own = groups.find(({ arn, whose: { ours } }) => ours && forwardsTo(one.listener).includes(arn));
      return {
        id,
        kind: kinds.listener,
        cloudId: one.arn,
        fields: asFields(listenerFields(one.listener, { ...one, ownTargetGroup: own?.arn })),
        dependsOn: ["load-balancer", ...uses, ...uses.map(targetsOf)],
        ...whose,
      };
    }),
  ];
}

function securityGroupsOf(
  { securityGroups }: Survey,
  balancers: readonly SeenLoadBalancer[],
  stack: StackView,
): ObservedResource[] {
  return securityGroups.flatMap(({ id: cloudId, group, tags }): ObservedResource[] => {
    const user = balancers.find(({ lb }) => lb.SecurityGroups?.includes(cloudId));
    const { [markKeys.resource]: id = `security-group/${user?.lb.Scheme}` } = tags;
    const whose = isOurs(tags, stack)
      ? ownedBy(tags)
      : hasLostMark(cloudId, tags, stack)
        ? lostMark(id, stack, undefined)
        : undefined;
    if (whose === undefined) return [];
    const fields = asFields(securityGroupFields(group));
    return [{ id, kind: kinds.securityGroup, cloudId, fields, dependsOn: [], ...whose }];
  });
}

/** `used`: the ids of security groups and target groups. */
function loadBalancer(
  { arn, lb, ...rest }: SeenLoadBalancer,
  { listeners, targetGroups }: Survey,
  stack: StackView,
  used: ReadonlyMap<string, string>,
): ObservedResource {
  const fields = asFields(loadBalancerFields(lb, rest));
  const ours = isOurs(rest.tags, stack);
  const isLost = !ours && !stack.adopt.has(arn);
  const { [markKeys.resource]: id = "load-balancer" } = rest.tags;
  // One that is not ours any more is a user of what is.
  const behind = targetGroups.filter(({ group }) => isLost && group.LoadBalancerArns?.includes(arn));
  const there = listeners.filter(({ listener }) => listener.LoadBalancerArn === arn).map((one) => one.arn);
  return {
    id: ours || isLost ? id : "load-balancer",
    kind: kinds.loadBalancer,
    cloudId: arn,
    ...(lb.CreatedTime === undefined ? {} : { createdAt: lb.CreatedTime.toISOString() }),
    // What would be taken over with it, for the mark that it gets then.
    fields: ours ? fields : { ...fields, taken: takenListeners(there) },
    dependsOn: [...(lb.SecurityGroups ?? []), ...behind.map((group) => group.arn)].flatMap(
      (cloudId) => used.get(cloudId) ?? [],
    ),
    ...(ours
      ? ownedBy(rest.tags)
      : isLost
        ? lostMark(id, stack, arn)
        : { ours: false, adoption: loadBalancerAdoption(lb, rest.tags, stack) }),
  };
}

interface Named<T> {
  readonly id: string;
  readonly seen: T;
  readonly whose: Whose;
}

function listenersOf(
  { listeners }: Survey,
  balancers: readonly SeenLoadBalancer[],
  stack: StackView,
): Named<SeenListener>[] {
  const byArn = new Map(balancers.map((one) => [one.arn, one]));
  return listeners.flatMap((seen): Named<SeenListener>[] => {
    const balancer = byArn.get(seen.listener.LoadBalancerArn ?? "");
    const { [markKeys.resource]: id = `listener/${seen.listener.Port}` } = seen.tags;
    if (isOurs(seen.tags, stack)) return [{ id, seen, whose: ownedBy(seen.tags) }];
    if (balancer === undefined) return [];
    const isLost = hasLostMark(seen.arn, seen.tags, stack);
    // What somebody put on it after it was taken over stays his.
    const comesWith =
      stack.adopt.has(balancer.arn) &&
      (isLost ||
        !isOurs(balancer.tags, stack) ||
        isTakenListener(balancer.tags[ownMarkKeys.taken], seen.arn));
    if (isLost && !comesWith) return [{ id, seen, whose: lostMark(id, stack, balancer.arn) }];
    const adoption = comesWith ? tagsAllow(seen.tags, stack) : undefined;
    return [{ id: `listener/${seen.listener.Port}`, seen, whose: { ours: false, adoption } }];
  });
}

interface NamedGroup extends Named<SeenTargetGroup> {
  readonly arn: string;
}

/** Those of the stack, and the one behind each listener that is taken over: it serves the listener's port. */
function targetGroupsOf(
  { targetGroups }: Survey,
  listeners: readonly Named<SeenListener>[],
  stack: StackView,
): NamedGroup[] {
  const behind = new Map(
    listeners.flatMap(({ id, seen: { arn, listener } }) => {
      const [only, ...others] = forwardsTo(listener);
      const isAdopted = stack.adopt.has(listener.LoadBalancerArn ?? "");
      return isAdopted && only !== undefined && others.length === 0 ? [[only, { id, arn }] as const] : [];
    }),
  );
  const own = listeners.filter(({ whose }) => whose.ours || whose.adoption !== undefined);
  const users = new Map(
    own.flatMap(({ id, seen: { listener } }) => forwardsTo(listener).map((arn) => [arn, id] as const)),
  );
  return targetGroups.flatMap((seen): NamedGroup[] => {
    const { arn, group, tags } = seen;
    const user = users.get(arn);
    const id = tags[markKeys.resource] ?? user?.replace("listener/", "target-group/");
    if (id === undefined) return [];
    if (isOurs(tags, stack)) return [{ arn, id, seen, whose: ownedBy(tags) }];
    const listener = behind.get(arn);
    if (listener !== undefined) {
      const adoption = targetGroupAdoption(group, tags, stack);
      return [
        {
          arn,
          id: listener.id.replace("listener/", "target-group/"),
          seen,
          whose: { ours: false, adoption },
        },
      ];
    }
    if (!hasLostMark(arn, tags, stack)) return [];
    return [{ arn, id, seen, whose: lostMark(id, stack, group.LoadBalancerArns?.[0]) }];
  });
}

/** The target group and who is registered in it. */
function targetGroup({ arn, id, seen, whose }: NamedGroup): ObservedResource[] {
  const isAttached = (seen.group.LoadBalancerArns ?? []).length > 0;
  return [
    {
      id,
      kind: kinds.targetGroup,
      cloudId: arn,
      fields: asFields(targetGroupFields(seen.group, seen)),
      dependsOn: isAttached ? ["load-balancer"] : [],
      ...whose,
    },
    {
      id: targetsOf(id),
      kind: kinds.targets,
      cloudId: targetsId(arn),
      fields: asFields(seen.targets),
      dependsOn: [id],
      ...whose,
    },
  ];
}

function targetsOf(targetGroup: string): string {
  return targetGroup.replace("target-group/", "targets/");
}

function isOurs(tags: Tags, { clusterUid, stack }: StackView): boolean {
  return tags[markKeys.cluster] === clusterUid && tags[markKeys.stack] === stack;
}

function ownedBy(tags: Tags): Whose {
  const member = tags[markKeys.members];
  return { ours: true, ...(member === undefined ? {} : { members: [member] }) };
}
