/** Writes that several kinds have in common: tags, and names that are taken. */
import type { OperationContext } from "../../../core/plan/actions.ts";
import { CloudError, isCloudError } from "../../../core/plan/cloud-error.ts";
import type { Aws, WriteContext } from "../client.ts";
import { awsFor, type Cloud, writing } from "../cloud.ts";
import { codeOf } from "../errors.ts";
import { markKeys, type Tags, tagsToRemove } from "../model/marks.ts";
import type { Naming } from "../model/names.ts";
import { allMarkKeys } from "../model/own-marks.ts";
import { readTags } from "../observe/listing.ts";

/** After that, tags are known everywhere. */
const youngMs = 60_000;

/** Where an operation writes. */
export interface Writer {
  readonly aws: Aws;
  readonly context: WriteContext;
}

export function writerFor(cloud: Cloud, context: OperationContext, on: string): Writer {
  return { aws: awsFor(cloud, context.cls), context: writing(context, on) };
}

export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** What the name of a new resource is made of: its marks, and what it replaces. */
export function namingOf(tags: Tags, replaces: readonly string[]): Naming {
  const {
    [markKeys.cluster]: clusterUid = "",
    [markKeys.stack]: stack = "",
    [markKeys.resource]: resource = "",
  } = tags;
  return { clusterUid, stack, resource, replaces };
}

/** Brings the tags of a load balancer, target group or listener from `observed` to `desired`; those of others stay. */
export async function writeTags(
  cloud: Cloud,
  { aws, context }: Writer,
  arn: string,
  { desired, observed }: { readonly desired: Tags; readonly observed: Tags },
): Promise<void> {
  const set = Object.entries(desired).filter(([key, value]) => observed[key] !== value);
  const unset = tagsToRemove(desired, observed);
  const ResourceArns = [arn];
  await changingOwner(cloud, aws, arn, async () => {
    if (set.length > 0)
      await aws.write("AddTags", { ResourceArns, Tags: tagList(Object.fromEntries(set)) }, context);
    if (unset.length > 0) await aws.write("RemoveTags", { ResourceArns, TagKeys: unset }, context);
  });
}

/** Takes every mark of ours off. */
export async function removeMarks(cloud: Cloud, { aws, context }: Writer, arn: string): Promise<void> {
  const input = { ResourceArns: [arn], TagKeys: [...allMarkKeys] };
  await changingOwner(cloud, aws, arn, () => aws.write("RemoveTags", input, context));
}

/** What is remembered of its owner may be wrong after each of these calls, whether or not its answer arrives, and so may be what was read meanwhile. */
async function changingOwner(
  cloud: Cloud,
  { place }: Aws,
  arn: string,
  write: () => Promise<unknown>,
): Promise<void> {
  try {
    await write();
  } finally {
    cloud.ownership(place).forget(arn);
  }
}

/** Whether an existing resource is the one that was to be created: of an earlier attempt whose answer was lost. */
export function isSameMark(tags: Tags, wanted: Tags): boolean {
  return [markKeys.cluster, markKeys.stack, markKeys.resource].every((key) => tags[key] === wanted[key]);
}

/**
 * @throws CloudError if what AWS gave for a creation is not marked as what was to be created: "invalid", or "retry" where it has no tags and is
 * so young that they may not be known everywhere
 */
export async function requireMark(
  { aws, context }: Writer,
  arn: string,
  {
    wanted,
    name,
    isYoung = false,
  }: { readonly wanted: Tags; readonly name: string; readonly isYoung?: boolean },
): Promise<void> {
  const tags = (await readTags(aws, [arn], context.signal)).get(arn);
  if (tags === undefined || isSameMark(tags, wanted)) return;
  const taken = nameTaken(context.on, name, arn, tags);
  throw isYoung && Object.keys(tags).length === 0
    ? new CloudError("retry", taken.message, { retryAfterMs: youngMs })
    : taken;
}

/** `by`: the cloud id of what has the name. `isMarked`: by us, for something else, or by another cluster. */
export class NameTaken extends CloudError {
  readonly by: string;
  readonly isMarked: boolean;
  constructor(message: string, by: string, isMarked: boolean) {
    super("invalid", message);
    this.by = by;
    this.isMarked = isMarked;
  }
}

export function nameTaken(on: string, name: string, cloudId: string, tags: Tags): NameTaken {
  const { [markKeys.cluster]: cluster, [markKeys.stack]: stack } = tags;
  const whose =
    cluster === undefined
      ? "does not carry our mark"
      : `is marked for ${stack ?? "nothing"} of the cluster ${cluster}`;
  return new NameTaken(
    `Cannot create ${on}: the name "${name}" is taken by ${cloudId}, which ${whose}`,
    cloudId,
    cluster !== undefined,
  );
}

/** Runs what completes a creation. AWS may not know everywhere what it has just made: that it is not found does not mean that it is gone. */
export async function completing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isCloudError(error) || error.class !== "gone") throw error;
    throw new CloudError("retry", error.message, { cause: error.cause });
  }
}

/** Whether AWS refused with one of these codes. */
export function failedWith(error: unknown, ...codes: readonly string[]): boolean {
  return isCloudError(error) && codes.includes(codeOf(error.cause));
}

/** The same failure, with a time to come back. */
export function againAfter(error: unknown, retryAfterMs: number): unknown {
  if (!isCloudError(error) || error.class !== "retry" || error.retryAfterMs !== undefined) return error;
  return new CloudError("retry", error.message, { cause: error.cause, retryAfterMs });
}
