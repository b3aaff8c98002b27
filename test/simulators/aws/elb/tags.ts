/** Tags of load balancers, target groups and listeners; moto keeps them. */
import { type ElbOperation, takeOne, type World } from "../state.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Fields, listOf, textOf, textsOf } from "../wire/query.ts";
import { atMost20, resourceAt } from "./find.ts";

type Tag = { readonly Key: string; readonly Value: string };

export function tagsIn(request: Fields): readonly Tag[] {
  return listOf(request, "Tags").map((tag) => ({
    Key: textOf(tag, "Key") ?? "",
    Value: textOf(tag, "Value") ?? "",
  }));
}

/** Tag: keys of 1 to 128 characters, values up to 256; `aws:` is reserved. @throws when these can't be all tags of one thing */
export function checkTags(tags: readonly Tag[], most: number): void {
  for (const { Key, Value } of tags) {
    if (Key.length < 1 || Key.length > 128 || Value.length > 256 || Key.startsWith("aws:"))
      throw new AwsError("ValidationError", `The tag '${Key}' is too long, empty, or reserved`);
  }
  const keys = new Set(tags.map(({ Key }) => Key));
  if (keys.size < tags.length)
    throw new AwsError("DuplicateTagKeys", "A tag key was specified more than once");
  // Elastic Load Balancing User Guide, "Tag restrictions": 50; moto stops at 10.
  if (tags.length > most) throw new AwsError("TooManyTags", `The maximum number of tags is ${most}`);
}

export async function tagsOf(
  world: World,
  arns: readonly string[],
): Promise<ReadonlyMap<string, readonly Tag[]>> {
  if (arns.length === 0) return new Map();
  const answer = await world.moto.elb("DescribeTags", { ResourceArns: arns });
  return new Map(
    listOf(answer, "TagDescriptions").map((entry) => [
      textOf(entry, "ResourceArn") ?? "",
      tagsIn(entry as Fields),
    ]),
  );
}

/** DescribeTags: an ARN that is not there fails the whole call. */
export const describeTags: ElbOperation = async (world, request) => {
  atMost20(request, "ResourceArns");
  const arns = textsOf(request, "ResourceArns");
  for (const arn of arns) {
    resourceAt(world, arn);
    if (takeOne(world.state.unseen, arn)) throw new AwsError(`${kindOf(arn)}NotFound`, `${arn} not found`);
  }
  const tags = await tagsOf(world, arns);
  return { TagDescriptions: arns.map((arn) => ({ ResourceArn: arn, Tags: tags.get(arn) ?? [] })) };
};

function kindOf(arn: string): string {
  if (arn.includes(":targetgroup/")) return "TargetGroup";
  return arn.includes(":listener/") ? "Listener" : "LoadBalancer";
}

export const addTags: ElbOperation = async (world, request) => {
  atMost20(request, "ResourceArns");
  const added = tagsIn(request);
  checkTags(added, Number.POSITIVE_INFINITY);
  await rewrite(world, textsOf(request, "ResourceArns"), (before) => [
    ...before.filter(({ Key }) => !added.some((tag) => tag.Key === Key)),
    ...added,
  ]);
  return "";
};

export const removeTags: ElbOperation = async (world, request) => {
  atMost20(request, "ResourceArns");
  const removed = textsOf(request, "TagKeys");
  await rewrite(world, textsOf(request, "ResourceArns"), (before) =>
    before.filter(({ Key }) => !removed.includes(Key)),
  );
  return "";
};

/** Checks all before it changes any. Tags are taken off and put on together: only so does moto take more than ten. */
async function rewrite(
  world: World,
  arns: readonly string[],
  change: (before: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  for (const arn of arns) resourceAt(world, arn);
  const before = await tagsOf(world, arns);
  const after = new Map(arns.map((arn) => [arn, change(before.get(arn) ?? [])]));
  for (const tags of after.values()) checkTags(tags, world.behaviour().limits.tagsPerResource);
  for (const [arn, tags] of after) {
    const keys = before.get(arn)?.map(({ Key }) => Key) ?? [];
    if (keys.length > 0) await world.moto.elb("RemoveTags", { ResourceArns: [arn], TagKeys: keys });
    if (tags.length > 0) await world.moto.elb("AddTags", { ResourceArns: [arn], Tags: tags });
  }
}
