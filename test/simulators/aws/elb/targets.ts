/** Targets, by id and port, and the health that AWS would report of them. */
import { isIPv4, isIPv6 } from "node:net";
import { instances, subnets, within } from "../network-facts.ts";
import type { ElbOperation, Target, TargetGroup, World } from "../state.ts";
import { AwsError, invalid } from "../wire/aws-error.ts";
import { type Fields, listOf, type Tree, textOf } from "../wire/query.ts";
import { numberIn, targetGroupAt } from "./find.ts";
import { isQuic } from "./protocols.ts";
import { loadBalancersOf } from "./target-groups.ts";

export const registerTargets: ElbOperation = async (world, request) => {
  const group = targetGroupAt(world, textOf(request, "TargetGroupArn"));
  const asked = listOf(request, "Targets");
  if (asked.length === 0) throw invalid("At least one target must be specified");
  const locate =
    group.targetType === "instance"
      ? await instanceLocator(world, group)
      : await addressLocator(world, group);
  const targets = asked.map((entry) => targetIn(world, group, entry, locate));
  const next = new Map(group.targets);
  for (const target of targets)
    if (next.get(keyOf(target))?.draining !== false) next.set(keyOf(target), target);
  const most = world.behaviour().limits.targetsPerTargetGroup;
  if (next.size > most)
    throw new AwsError("TooManyTargets", `The maximum number of targets per target group is ${most}`);
  for (const [key, target] of next) group.targets.set(key, target);
  return "";
};

/** The zone in which a target is, if that is known; throws when the group can't have it. */
type Locator = (id: string, askedZone: string | undefined) => string | undefined;

function targetIn(world: World, group: TargetGroup, entry: Tree, locate: Locator): Target {
  const id = textOf(entry, "Id") ?? "";
  const zone = textOf(entry, "AvailabilityZone");
  const foundZone = locate(id, zone);
  const quicServerId = quicServerIdIn(group, entry);
  return {
    id,
    port: numberIn(entry as Fields, "Port", 1, 65535) ?? group.port,
    ...(zone === undefined ? {} : { zone }),
    ...(foundZone === undefined ? {} : { foundZone }),
    ...(quicServerId === undefined ? {} : { quicServerId }),
    draining: false,
    left: world.behaviour().initialDescribes,
  };
}

/** TargetDescription, QuicServerId: "0x prefix followed by 16 hexadecimal characters", for QUIC groups and no others. */
function quicServerIdIn(group: TargetGroup, entry: Tree): string | undefined {
  const id = textOf(entry, "QuicServerId");
  if (isQuic(group.protocol) !== (id !== undefined))
    throw invalid(
      `A QUIC server ID ${id === undefined ? "is required" : "can't be used"} with protocol ${group.protocol}`,
    );
  if (id !== undefined && !/^0x[0-9a-f]{16}$/.test(id))
    throw invalid(`The QUIC server ID '${id}' is not valid`);
  return id;
}

// RegisterTargets, InvalidTarget: "does not exist, is not in the same VPC as the target group, or has an unsupported instance type".
async function instanceLocator(world: World, group: TargetGroup): Promise<Locator> {
  const known = await instances(world);
  return (id, askedZone) => {
    // TargetDescription, AvailabilityZone: "not supported if the target type of the target group is instance".
    if (askedZone !== undefined)
      throw invalid("You cannot specify an Availability Zone for targets of type instance");
    const found = known.get(id);
    if (found === undefined || found.vpc !== group.vpc)
      throw new AwsError(
        "InvalidTarget",
        `The following targets are not in the target group VPC '${group.vpc}': '${id}'`,
      );
    if (found.state !== "running")
      throw new AwsError(
        "InvalidTarget",
        `The following targets are not in a running state and cannot be registered: '${id}'`,
      );
    return found.zone;
  };
}

/** CreateTargetGroup, TargetType ip: subnets of the VPC, and the ranges of RFC 1918 and RFC 6598. */
const privateNetworks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

async function addressLocator(world: World, group: TargetGroup): Promise<Locator> {
  const own = [...(await subnets(world)).values()].filter((subnet) => subnet.vpc === group.vpc);
  return (id, askedZone) => {
    const isRight = group.ipAddressType === "ipv6" ? isIPv6(id) : isIPv4(id);
    if (!isRight) throw invalid(`The target '${id}' is not a valid ${group.ipAddressType} address`);
    const subnet = own.find(({ cidr, ipv6Cidrs }) => within(id, isIPv4(id) ? [cidr] : ipv6Cidrs));
    if (subnet !== undefined) return subnet.zone;
    if (isIPv4(id) && !within(id, privateNetworks))
      throw new AwsError("InvalidTarget", `The IP address '${id}' is not within the VPC or a private range`);
    // TargetDescription, AvailabilityZone: "If the IP address is outside the VPC, this parameter is required."
    if (askedZone === undefined)
      throw invalid(`The IP address '${id}' is outside the VPC: you must specify an Availability Zone`);
    return undefined;
  };
}

/** DeregisterTargets: "If the specified target does not exist, the action returns successfully." */
export const deregisterTargets: ElbOperation = async (world, request) => {
  const group = targetGroupAt(world, textOf(request, "TargetGroupArn"));
  const isUsed = loadBalancersOf(world, group).length > 0;
  const { drainingDescribes } = world.behaviour();
  for (const entry of listOf(request, "Targets")) {
    for (const target of [...group.targets.values()].filter((one) => isMeant(group, one, entry))) {
      // Only what a load balancer uses has connections to drain.
      if (!isUsed || drainingDescribes === 0) group.targets.delete(keyOf(target));
      else if (!target.draining) Object.assign(target, { draining: true, left: drainingDescribes });
    }
  }
  return "";
};

/** Whether an entry of a request means this target. */
export function isMeant(group: TargetGroup, target: Target, entry: Tree): boolean {
  return target.id === textOf(entry, "Id") && target.port === Number(textOf(entry, "Port") ?? group.port);
}

export function keyOf(target: Pick<Target, "id" | "port">): string {
  return `${target.id}:${target.port}`;
}
