/** Target groups of Network Load Balancers. */

import { checkVpc } from "../network-facts.ts";
import { type ElbOperation, type TargetGroup, takeOne, type World } from "../state.ts";
import { AwsError, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, textOf, textsOf } from "../wire/query.ts";
import type { Shape } from "../wire/xml.ts";
import { targetGroupDefaults } from "./attribute-tables.ts";
import { atMost20, loadBalancerAt, named, numberIn, oneOf, page, required, targetGroupAt } from "./find.ts";
import { healthCheckIn, shownHealthCheck } from "./health-checks.ts";
import { knownToMoto, protocols } from "./protocols.ts";
import { checkTags, tagsIn } from "./tags.ts";

export const createTargetGroup: ElbOperation = async (world, request) => {
  const asked = settingsIn(request);
  await checkVpc(world, asked.vpc);
  const same = [...world.state.targetGroups.values()].find((one) => one.name === asked.name);
  if (same !== undefined) return { TargetGroups: [existing(world, same, asked)] };
  checkTags(tagsIn(request), world.behaviour().limits.tagsPerResource);
  if (world.state.targetGroups.size >= world.behaviour().limits.targetGroups)
    throw new AwsError("TooManyTargetGroups", "The maximum number of target groups has been reached");
  const made = await world.moto.elb("CreateTargetGroup", {
    Name: asked.name,
    Protocol: knownToMoto(asked.protocol),
    Port: asked.port,
    VpcId: asked.vpc,
    TargetType: asked.targetType,
    IpAddressType: asked.ipAddressType,
    HealthCheckIntervalSeconds: asked.health.intervalSeconds,
    HealthCheckTimeoutSeconds: asked.health.timeoutSeconds,
    Tags: tagsIn(request),
  });
  const arn = textOf(listOf(made, "TargetGroups")[0], "TargetGroupArn") ?? "";
  const group: TargetGroup = { arn, ...asked, attributes: targetGroupDefaults(asked), targets: new Map() };
  world.state.targetGroups.set(arn, group);
  world.state.unseen.set(arn, world.behaviour().unseenDescribes);
  return { TargetGroups: [shown(world, group)] };
};

type Settings = Omit<TargetGroup, "arn" | "attributes" | "targets">;

function settingsIn(request: Fields): Settings {
  const protocol = required(
    "Protocol",
    oneOf(request, "Protocol", [...protocols, "HTTP", "HTTPS", "GENEVE"]),
  );
  if (!protocols.some((one) => one === protocol))
    throw invalid(
      `Only target groups of Network Load Balancers are simulated, not those of protocol ${protocol}`,
    );
  const targetType = oneOf(request, "TargetType", ["instance", "ip", "lambda", "alb"]) ?? "instance";
  if (targetType !== "instance" && targetType !== "ip")
    throw invalid(`Only targets of type instance and ip are simulated, not ${targetType}`);
  const port = numberIn(request, "Port", 1, 65535);
  if (port === undefined) throw invalid("A port must be specified");
  return {
    name: nameIn(request),
    protocol,
    port,
    vpc: required("VpcId", textOf(request, "VpcId")),
    targetType,
    ipAddressType: oneOf(request, "IpAddressType", ["ipv4", "ipv6"]) ?? "ipv4",
    health: healthCheckIn(request),
  };
}

// CreateTargetGroup, Name: "a maximum of 32 characters, … only alphanumeric characters or hyphens, … must not begin or end with
// a hyphen".
function nameIn(request: Fields): string {
  const name = required("Name", textOf(request, "Name"));
  if (name.length > 32) throw invalid(`Target group name '${name}' cannot be longer than '32' characters`);
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/.test(name))
    throw invalid(
      `Target group name '${name}' can only contain characters that are alphanumeric characters or hyphens(-), and no hyphen at its ends`,
    );
  return name;
}

/** CreateTargetGroup: "If you attempt to create multiple target groups with the same settings, each call succeeds." */
function existing(world: World, same: TargetGroup, asked: Settings): Shape {
  const differs = (Object.keys(asked) as (keyof Settings)[]).filter(
    (key) => JSON.stringify(asked[key]) !== JSON.stringify(same[key]),
  );
  if (differs.length > 0)
    throw new AwsError(
      "DuplicateTargetGroupName",
      `A target group with the same name '${same.name}' exists, but with different settings`,
    );
  return shown(world, same);
}

export const modifyTargetGroup: ElbOperation = async (world, request) => {
  const group = targetGroupAt(world, textOf(request, "TargetGroupArn"));
  group.health = healthCheckIn(request, group.health);
  return { TargetGroups: [shown(world, group)] };
};

export const describeTargetGroups: ElbOperation = async (world, request) => {
  atMost20(request, "TargetGroupArns", "Names");
  const of = textOf(request, "LoadBalancerArn");
  const by = { arns: textsOf(request, "TargetGroupArns"), names: textsOf(request, "Names") };
  if (of !== undefined && by.arns.length + by.names.length > 0)
    throw invalid(
      "Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time",
    );
  if (of !== undefined) loadBalancerAt(world, of);
  const all = named(world, "targetGroup", world.state.targetGroups, by);
  const wanted = of === undefined ? all : all.filter((group) => loadBalancersOf(world, group).includes(of));
  const { shown: onPage, next } = page(request, wanted);
  return { TargetGroups: onPage.map((group) => shown(world, group)), NextMarker: next };
};

/** The load balancers whose listeners forward to a group: each once, and none that is gone. */
export function loadBalancersOf(world: World, group: TargetGroup): readonly string[] {
  const using = [...world.state.listeners.values()].filter((listener) =>
    listener.action.groups.some(({ arn }) => arn === group.arn),
  );
  return [...new Set(using.map((listener) => listener.loadBalancer))];
}

function shown(world: World, group: TargetGroup): Shape {
  return {
    TargetGroupArn: group.arn,
    TargetGroupName: group.name,
    Protocol: group.protocol,
    Port: group.port,
    VpcId: group.vpc,
    ...shownHealthCheck(group.health),
    LoadBalancerArns: loadBalancersOf(world, group),
    TargetType: group.targetType,
    IpAddressType: group.ipAddressType,
  };
}

/** DeleteTargetGroup: "You can delete a target group if it is not referenced by any actions." */
export const deleteTargetGroup: ElbOperation = async (world, request) => {
  const arn = required("TargetGroupArn", textOf(request, "TargetGroupArn"));
  const group = world.state.targetGroups.get(arn);
  if (group === undefined) throw new AwsError("TargetGroupNotFound", "One or more target groups not found");
  if (loadBalancersOf(world, group).length > 0 || takeOne(world.state.held, arn))
    throw new AwsError("ResourceInUse", `Target group '${arn}' is currently in use by a listener or a rule`);
  await world.moto.elb("DeleteTargetGroup", { TargetGroupArn: arn });
  world.state.targetGroups.delete(arn);
  return "";
};
