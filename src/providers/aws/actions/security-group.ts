/** Security groups of ours: the one in front of a load balancer with its rules, and the one that nodes let in, which has none. */
import type { ResourceActions } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import type { CreateOperation } from "../../../core/plan/types.ts";
import { type Cloud, fieldsAs } from "../cloud.ts";
import { type Tags, tagsToRemove } from "../model/marks.ts";
import { nameOf } from "../model/names.ts";
import { allMarkKeys } from "../model/own-marks.ts";
import { type Rule, ruleKey, type SecurityGroupFields } from "../model/resources.ts";
import { tagsFrom } from "../observe/listing.ts";
import { permissionOf, securityGroupFields } from "../observe/security-group.ts";
import {
  againAfter,
  failedWith,
  isSameMark,
  nameTaken,
  namingOf,
  tagList,
  type Writer,
  writerFor,
} from "./writes.ts";

/** The network interfaces of a deleted load balancer hold it for a while. */
const inUseMs = 15_000;

/** `ingress` is missing in the fields of the group that nodes let in. */
type GroupFields = Omit<SecurityGroupFields, "ingress"> & { readonly ingress?: readonly Rule[] };

export function securityGroupActions(cloud: Cloud): ResourceActions {
  return {
    async create(operation, context) {
      const fields = fieldsAs<GroupFields>(operation.fields);
      const name = nameOf(namingOf(fields.tags, operation.replaces));
      const writer = writerFor(cloud, context, `security group "${name}"`);
      const { id, ingress } = await createGroup(writer, operation, name);
      await changeRules(writer, id, { wanted: fields.ingress ?? [], there: ingress });
      return { cloudId: id };
    },

    async update({ cloudId, changes, ...operation }, context) {
      const writer = writerFor(cloud, context, `security group ${cloudId}`);
      const fields = fieldsAs<GroupFields>(operation.fields);
      const observed = fieldsAs<GroupFields>(operation.observed);
      const changed = new Set(changes.map(({ field }) => field));
      if (changed.has("tags")) await writeGroupTags(writer, cloudId, fields.tags, observed.tags);
      if (changed.has("ingress"))
        await changeRules(writer, cloudId, { wanted: fields.ingress ?? [], there: observed.ingress ?? [] });
      return undefined;
    },

    async delete({ cloudId }, context) {
      const { aws, context: write } = writerFor(cloud, context, `security group ${cloudId}`);
      try {
        await aws.write("DeleteSecurityGroup", { GroupId: cloudId }, write);
      } catch (error) {
        throw againAfter(error, inUseMs);
      }
    },

    async release({ cloudId }, context) {
      const { aws, context: write } = writerFor(cloud, context, `security group ${cloudId}`);
      await aws.write(
        "DeleteTags",
        { Resources: [cloudId], Tags: allMarkKeys.map((Key) => ({ Key })) },
        write,
      );
    },
  };
}

async function createGroup(
  writer: Writer,
  { fields: given }: CreateOperation,
  name: string,
): Promise<{ readonly id: string; readonly ingress: readonly Rule[] }> {
  const { aws, context } = writer;
  const { description, vpc, tags } = fieldsAs<GroupFields>(given);
  const TagSpecifications = [{ ResourceType: "security-group" as const, Tags: tagList(tags) }];
  const input = { GroupName: name, Description: description, VpcId: vpc, TagSpecifications };
  try {
    const { GroupId } = await aws.write("CreateSecurityGroup", input, context);
    if (GroupId === undefined)
      throw new CloudError("retry", `The answer to CreateSecurityGroup for ${context.on} names none`);
    return { id: GroupId, ingress: [] };
  } catch (error) {
    if (!failedWith(error, "InvalidGroup.Duplicate")) throw error;
    return existingGroup(writer, { name, vpc, tags }, error);
  }
}

/** Of an earlier attempt whose answer was lost. */
async function existingGroup(
  { aws, context }: Writer,
  { name, vpc, tags }: { readonly name: string; readonly vpc: string; readonly tags: Tags },
  cause: unknown,
) {
  const Filters = [
    { Name: "group-name", Values: [name] },
    { Name: "vpc-id", Values: [vpc] },
  ];
  const [group] = (await aws.read("DescribeSecurityGroups", { Filters }, context)).SecurityGroups ?? [];
  if (group?.GroupId === undefined) throw cause;
  const there = tagsFrom(group.Tags);
  if (!isSameMark(there, tags)) throw nameTaken(context.on, name, group.GroupId, there);
  return { id: group.GroupId, ingress: securityGroupFields(group).ingress };
}

/** First all that is missing in one call, then all that is too much in one: each is done as a whole or not at all. */
async function changeRules(
  { aws, context }: Writer,
  GroupId: string,
  { wanted, there }: { readonly wanted: readonly Rule[]; readonly there: readonly Rule[] },
): Promise<void> {
  const missing = without(wanted, there);
  const surplus = without(there, wanted);
  if (missing.length > 0) {
    const input = { GroupId, IpPermissions: missing.map(permissionOf) };
    await aws.write("AuthorizeSecurityGroupIngress", input, context);
  }
  if (surplus.length > 0) {
    const input = { GroupId, IpPermissions: surplus.map(withoutDescription).map(permissionOf) };
    await aws.write("RevokeSecurityGroupIngress", input, context);
  }
}

async function writeGroupTags(
  { aws, context }: Writer,
  id: string,
  desired: Tags,
  observed: Tags,
): Promise<void> {
  const set = Object.entries(desired).filter(([key, value]) => observed[key] !== value);
  const unset = tagsToRemove(desired, observed);
  const Resources = [id];
  if (set.length > 0)
    await aws.write("CreateTags", { Resources, Tags: tagList(Object.fromEntries(set)) }, context);
  if (unset.length > 0)
    await aws.write("DeleteTags", { Resources, Tags: unset.map((Key) => ({ Key })) }, context);
}

export function withoutDescription({ protocol, from, to, source }: Rule): Rule {
  return { protocol, from, to, source };
}

export function without(rules: readonly Rule[], others: readonly Rule[]): Rule[] {
  const keys = new Set(others.map(ruleKey));
  return rules.filter((rule) => !keys.has(ruleKey(rule)));
}
