/** Security groups: rules are added all or none, and what is in use can't be deleted. */

import { groupsWith, instances } from "../network-facts.ts";
import { type Ec2Operation, takeOne, type World } from "../state.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Fields, listOf, type Tree, textOf, textsOf } from "../wire/query.ts";
import { cutToNetwork } from "./cidr.ts";
import { asRequest, rulesAskedFor, rulesThere } from "./rules.ts";

/** AuthorizeSecurityGroupIngress: nothing is added unless everything can be. moto adds one permission after the other. */
export const authorizeIngress: Ec2Operation = async (world, request, flat, forward) => {
  const cut = withNetworks(flat);
  const permissions = listOf(withNetworks(request), "IpPermissions");
  const group = await groupOf(world, request);
  const there = rulesThere(listOf(group, "ipPermissions"));
  const asked = rulesAskedFor(permissions);
  if (new Set(asked).size < asked.length)
    throw new AwsError("InvalidParameterValue", "The same permission must not appear multiple times");
  const same = asked.find((rule) => there.includes(rule));
  if (same !== undefined)
    throw new AwsError("InvalidPermission.Duplicate", `the specified rule "${same}" already exists`);
  await checkSources(world, permissions);
  const most = world.behaviour().limits.rulesPerSecurityGroup;
  if (there.length + asked.length > most)
    throw new AwsError(
      "RulesPerSecurityGroupLimitExceeded",
      "The maximum number of rules per security group has been reached.",
    );
  return forward(cut);
};

/**
 * RevokeSecurityGroupIngress: as for a group in a VPC, a rule that is not there is an error, and then nothing is taken away. "If the security
 * group rule has a description, you do not need to specify the description to revoke the rule" (AWS CLI Command Reference); moto needs it.
 */
export const revokeIngress: Ec2Operation = async (world, request, _flat, forward) => {
  const { id, asked, there } = await rulesNamed(world, request);
  return forward({ GroupId: id, ...asRequest(there, asked) });
};

/**
 * UpdateSecurityGroupRuleDescriptionsIngress: "You can remove a description for a security group rule by omitting the description parameter in
 * the request." moto leaves it then.
 */
export const updateIngressDescriptions: Ec2Operation = async (world, request, flat) => {
  const { id, asked, there } = await rulesNamed(world, request);
  await world.moto.ec2("RevokeSecurityGroupIngress", { GroupId: id, ...asRequest(there, asked) });
  await world.moto.ec2("AuthorizeSecurityGroupIngress", withNetworks(flat));
  return { return: "true" };
};

/** @throws AwsError where a rule that the request names is not there */
async function rulesNamed(world: World, request: Fields) {
  const asked = new Set(rulesAskedFor(listOf(withNetworks(request), "IpPermissions")));
  const group = await groupOf(world, request);
  const there = listOf(group, "ipPermissions");
  const known = new Set(rulesThere(there));
  if ([...asked].some((rule) => !known.has(rule)))
    throw new AwsError(
      "InvalidPermission.NotFound",
      "The specified rule does not exist in this security group.",
    );
  return { id: textOf(group, "groupId") ?? "", asked, there };
}

async function checkSources(world: World, permissions: readonly Tree[]): Promise<void> {
  const groups = permissions.flatMap((one) =>
    listOf(one, "Groups").map((source) => textOf(source, "GroupId") ?? ""),
  );
  for (const id of new Set(groups)) await groupAt(world, id);
  const lists = permissions.flatMap((one) =>
    listOf(one, "PrefixListIds").map((source) => textOf(source, "PrefixListId") ?? ""),
  );
  if (lists.length === 0) return;
  const answer = await world.moto.ec2("DescribeManagedPrefixLists");
  const known = listOf(answer, "prefixListSet").map((entry) => textOf(entry, "prefixListId"));
  for (const id of lists)
    if (!known.includes(id))
      throw new AwsError("InvalidPrefixListID.NotFound", `The prefix list ID '${id}' does not exist`);
}

async function groupOf(world: World, request: Fields): Promise<Tree> {
  const id = textOf(request, "GroupId");
  // Groups outside the default VPC have no other name (AuthorizeSecurityGroupIngress, GroupName).
  if (id === undefined)
    throw new AwsError("MissingParameter", "The request must contain the parameter GroupId");
  return groupAt(world, id);
}

async function groupAt(world: World, id: string): Promise<Tree> {
  const [found] = await groupsWith(world, "group-id", [id]);
  if (found === undefined) throw noGroup(id);
  return found;
}

function noGroup(id: string): AwsError {
  return new AwsError("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
}

/** IpRange, CidrIp: "Amazon Web Services canonicalizes IPv4 and IPv6 CIDRs." */
function withNetworks<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withNetworks) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      typeof inner === "string" && /(^|\.)CidrIp(v6)?$/.test(name)
        ? cutToNetwork(inner)
        : withNetworks(inner),
    ]),
  ) as T;
}

/** DeleteSecurityGroup, DependencyViolation: what a load balancer, an instance or a rule of another group uses. */
export const deleteSecurityGroup: Ec2Operation = async (world, request, flat, forward) => {
  const id = textOf(request, "GroupId") ?? "";
  const isOnLoadBalancer = [...world.state.loadBalancers.values()].some((one) =>
    one.securityGroups.includes(id),
  );
  const isUsed = isOnLoadBalancer || (await isOnInstance(world, id)) || (await isNamedElsewhere(world, id));
  if (isUsed || takeOne(world.state.held, id))
    throw new AwsError("DependencyViolation", `resource ${id} has a dependent object`);
  return forward(flat);
};

async function isOnInstance(world: World, id: string): Promise<boolean> {
  const all = [...(await instances(world)).values()];
  return all.some(({ state, securityGroups }) => state !== "terminated" && securityGroups.includes(id));
}

async function isNamedElsewhere(world: World, id: string): Promise<boolean> {
  const naming = [
    ...(await groupsWith(world, "ip-permission.group-id", [id])),
    ...(await groupsWith(world, "egress.ip-permission.group-id", [id])),
  ];
  return naming.some((one) => textOf(one, "groupId") !== id);
}

export const createSecurityGroup: Ec2Operation = async (world, _, flat, forward) => {
  const answer = await forward(flat);
  const id = textOf(answer, "groupId");
  if (id !== undefined) world.state.unseen.set(id, world.behaviour().unseenDescribes);
  return answer;
};

/** Amazon EC2 Developer Guide, "Eventual consistency": what was just made may not be found at once. */
export const describeSecurityGroups: Ec2Operation = async (world, request, flat, forward) => {
  const answer = await forward(flat);
  const asked = textsOf(request, "GroupId");
  const shown = listOf(answer, "securityGroupInfo").filter((one) => {
    const id = textOf(one, "groupId") ?? "";
    if (!takeOne(world.state.unseen, id)) return true;
    if (asked.includes(id)) throw noGroup(id);
    return false;
  });
  return { ...answer, securityGroupInfo: shown };
};
