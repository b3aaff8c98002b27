/**
 * What IAM is asked about one call: the action on each resource, and the tags that the call gives to what it creates as an action of
 * their own. "Actions, resources, and condition keys" for Elastic Load Balancing V2 and for Amazon EC2, Service Authorization Reference;
 * "Grant permission to tag Amazon EC2 resources during creation", EC2 User Guide.
 */
import { account, region } from "../moto/client.ts";
import type { World } from "../state.ts";
import { type Fields, listOf, type Tree, textOf, textsOf, unflatten } from "../wire/query.ts";
import type { AwsRequest } from "../wire/request.ts";
import type { Check } from "./policy.ts";

type Tags = Readonly<Record<string, string>>;

/** Empty for a call about something that is not there: AWS says so. */
export async function checksOf(world: World, request: AwsRequest): Promise<readonly Check[]> {
  const { service, operation, parameters } = request;
  const action = `${service}:${operation}`;
  if (/^(Describe|Get|List)/.test(operation)) return [{ action, resource: "*", context: {} }];
  const fields = unflatten(parameters);
  const asked = requestTags(service, fields);
  const context = named("aws:RequestTag", asked);
  const checks: Check[] = [];
  for (const resource of resourcesOf(service, operation, fields)) {
    const tags = await tagsOf(world, service, resource);
    if (tags !== undefined)
      checks.push({ action, resource, context: { ...context, ...named("aws:ResourceTag", tags) } });
  }
  if (!operation.startsWith("Create") || operation === "CreateTags") return checks;
  const made = service === "ec2" ? [{ action, resource: arn("security-group/new"), context }] : [];
  // A listener is made under its load balancer, which is the resource; of the others there is none yet.
  const alone = service === "elasticloadbalancing" && operation !== "CreateListener";
  return [
    ...checks,
    ...made,
    ...(alone ? [{ action, resource: "*", context }] : []),
    ...(Object.keys(asked).length === 0 ? [] : [tagging(service, operation, context)]),
  ];
}

function tagging(service: string, operation: string, context: Tags): Check {
  const action = service === "ec2" ? "ec2:CreateTags" : "elasticloadbalancing:AddTags";
  const resource = service === "ec2" ? arn("security-group/new") : "*";
  return { action, resource, context: { ...context, [`${service}:CreateAction`]: operation } };
}

/** What the call names and changes; not what it only refers to, such as subnets. */
function resourcesOf(service: string, operation: string, fields: Fields): readonly string[] {
  if (service === "ec2") {
    const vpc = operation === "CreateSecurityGroup" ? textOf(fields, "VpcId") : undefined;
    const group = textOf(fields, "GroupId");
    return [
      ...(vpc === undefined ? [] : [arn(`vpc/${vpc}`)]),
      ...[...(group === undefined ? [] : [group]), ...textsOf(fields, "ResourceId")].map((id) =>
        arn(`security-group/${id}`),
      ),
    ];
  }
  if (/^Create(LoadBalancer|TargetGroup)$/.test(operation)) return [];
  const one = ["ListenerArn", "TargetGroupArn", "LoadBalancerArn"].flatMap(
    (name) => textOf(fields, name) ?? [],
  );
  return [...one.slice(0, 1), ...textsOf(fields, "ResourceArns")];
}

/** Undefined: it is not there. */
async function tagsOf(world: World, service: string, resource: string): Promise<Tags | undefined> {
  if (service === "ec2") {
    const id = resource.slice(resource.lastIndexOf("/") + 1);
    const filter = { "Filter.1.Name": "resource-id", "Filter.1.Value.1": id };
    const answer = await world.moto.ec2("DescribeTags", filter);
    return tagsIn(listOf(answer, "tagSet"), ["key", "value"]);
  }
  const { loadBalancers, targetGroups, listeners } = world.state;
  if (![loadBalancers, targetGroups, listeners].some((all) => all.has(resource))) return undefined;
  const answer = await world.moto.elb("DescribeTags", { ResourceArns: [resource] });
  return tagsIn(listOf(listOf(answer, "TagDescriptions")[0], "Tags"), ["Key", "Value"]);
}

function requestTags(service: string, fields: Fields): Tags {
  if (service !== "ec2") return tagsIn(listOf(fields, "Tags"), ["Key", "Value"]);
  const ofNew = listOf(fields, "TagSpecification").flatMap((each) => listOf(each, "Tag"));
  return tagsIn([...listOf(fields, "Tag"), ...ofNew], ["Key", "Value"]);
}

function tagsIn(list: readonly Tree[], [key, value]: readonly [string, string]): Tags {
  return Object.fromEntries(list.map((tag) => [textOf(tag, key) ?? "", textOf(tag, value) ?? ""]));
}

function named(prefix: string, tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`${prefix}/${key}`, value]));
}

function arn(rest: string): string {
  return `arn:aws:ec2:${region}:${account}:${rest}`;
}
