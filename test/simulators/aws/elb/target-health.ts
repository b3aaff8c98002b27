/** The health that AWS would report of targets, counted in describes. */

import { type Instance, instances } from "../network-facts.ts";
import type { ElbOperation, LoadBalancer, Target, TargetGroup } from "../state.ts";
import { listOf, type Tree, textOf } from "../wire/query.ts";
import type { Shape } from "../wire/xml.ts";
import { targetGroupAt } from "./find.ts";
import { loadBalancersOf } from "./target-groups.ts";
import { isMeant, keyOf } from "./targets.ts";

export const describeTargetHealth: ElbOperation = async (world, request) => {
  const group = targetGroupAt(world, textOf(request, "TargetGroupArn"));
  const known = group.targetType === "instance" ? await instances(world) : new Map<string, Instance>();
  dropTerminated(group, known);
  const asked = listOf(request, "Targets");
  const used = loadBalancersOf(world, group).map((arn) => world.state.loadBalancers.get(arn));
  const [loadBalancer] = used;
  const wanted =
    asked.length === 0
      ? [...group.targets.values()]
      : asked.map((entry) => [...group.targets.values()].find((one) => isMeant(group, one, entry)) ?? entry);
  return {
    TargetHealthDescriptions: wanted.map((target) =>
      isTarget(target)
        ? shown(group, target, healthOf(group, target, loadBalancer, known))
        : shown(group, unregistered(group, target), notRegistered),
    ),
  };
};

/** Network Load Balancers User Guide, "Register targets": an instance that is terminated is deregistered. */
function dropTerminated(group: TargetGroup, known: ReadonlyMap<string, Instance>): void {
  if (group.targetType !== "instance") return;
  for (const [key, { id }] of group.targets)
    if ((known.get(id)?.state ?? "terminated") === "terminated") group.targets.delete(key);
}

interface Health {
  readonly State: string;
  readonly Reason?: string;
  readonly Description?: string;
}

const notRegistered: Health = {
  State: "unused",
  Reason: "Target.NotRegistered",
  Description: "Target is not registered to the target group",
};

/** The states and reasons of TargetHealth. */
function healthOf(
  group: TargetGroup,
  target: Target,
  loadBalancer: LoadBalancer | undefined,
  known: ReadonlyMap<string, Instance>,
): Health {
  if (target.draining) {
    target.left--;
    if (target.left <= 0) group.targets.delete(keyOf(target));
    return {
      State: "draining",
      Reason: "Target.DeregistrationInProgress",
      Description: "Target deregistration is in progress",
    };
  }
  if (loadBalancer === undefined)
    return unused(
      "Target.NotInUse",
      "Target group is not configured to receive traffic from the load balancer",
    );
  if (!isZoneEnabled(target, loadBalancer))
    return unused(
      "Target.NotInUse",
      "Target is in an Availability Zone that is not enabled for the load balancer",
    );
  if (group.targetType === "instance" && known.get(target.id)?.state !== "running")
    return unused("Target.InvalidState", "Target is in the stopped state");
  if (target.left > 0) {
    target.left--;
    return {
      State: "initial",
      Reason: "Elb.RegistrationInProgress",
      Description: "Target registration is in progress",
    };
  }
  return { State: "healthy" };
}

function unused(Reason: string, Description: string): Health {
  return { State: "unused", Reason, Description };
}

/** Network Load Balancers User Guide, "Availability Zones": targets in a zone that is not enabled get no traffic. */
function isZoneEnabled(target: Target, loadBalancer: LoadBalancer): boolean {
  const zone = target.foundZone ?? target.zone;
  return (
    zone === undefined || zone === "all" || loadBalancer.mappings.some((mapping) => mapping.zone === zone)
  );
}

function isTarget(value: Target | Tree): value is Target {
  return typeof value === "object" && "draining" in value;
}

function unregistered(group: TargetGroup, entry: Tree): Pick<Target, "id" | "port"> {
  return { id: textOf(entry, "Id") ?? "", port: Number(textOf(entry, "Port") ?? group.port) };
}

function shown(
  group: TargetGroup,
  target: Pick<Target, "id" | "port" | "zone" | "quicServerId">,
  health: Health,
): Shape {
  return {
    Target: {
      Id: target.id,
      Port: target.port,
      AvailabilityZone: target.zone,
      QuicServerId: target.quicServerId,
    },
    HealthCheckPort: group.health.port === "traffic-port" ? target.port : group.health.port,
    TargetHealth: { ...health },
  };
}
