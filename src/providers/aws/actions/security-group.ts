/** Security groups of ours: the one in front of a load balancer with its rules, and the one that nodes let in, which has none. */
import type { OperationContext, ResourceActions } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import type { CreateOperation } from "../../../core/plan/types.ts";
import { type Cloud, fieldsAs } from "../cloud.ts";
import { markKeys, type Tags, tagsToRemove } from "../model/marks.ts";
import { nameOf } from "../model/names.ts";
import { allMarkKeys } from "../model/own-marks.ts";
import { kinds, type Rule, type SecurityGroupFields } from "../model/resources.ts";
import { listLoadBalancers, tagsFrom } from "../observe/listing.ts";
import { securityGroupFields } from "../observe/security-group.ts";
import { changeRules } from "./ingress.ts";
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
      const { id, ingress } = await createGroup(cloud, operation, context);
      const writer = writerFor(cloud, context, `security group ${id}`);
      await changeRules(writer, id, { wanted: fields.ingress ?? [], there: ingress });
      return { cloudId: id };
    },

    async update({ id, cloudId, changes, ...operation }, context) {
      const writer = writerFor(cloud, context, `security group ${cloudId}`);
      const fields = fieldsAs<GroupFields>(operation.fields);
      const observed = fieldsAs<GroupFields>(operation.observed);
      const changed = new Set(changes.map(({ field }) => field));
      if (changed.has("tags")) await writeGroupTags(writer, cloudId, fields.tags, observed.tags);
      if (changed.has("ingress")) {
        const { ingress: there = [] } = observed;
        const { ingress: wanted = [] } = fields;
        await changeRules(writer, cloudId, { wanted, there, inTheEnd: inTheEnd(id, context) ?? wanted });
      }
      return undefined;
    },

    async delete({ cloudId, kind }, context) {
      const writer = writerFor(cloud, context, `security group ${cloudId}`);
      try {
        await writer.aws.write("DeleteSecurityGroup", { GroupId: cloudId }, writer.context);
      } catch (error) {
        const isShared = kind === kinds.backendGroup && failedWith(error, "DependencyViolation");
        if (isShared && (await isOnLoadBalancer(writer, cloudId))) return removeGroupMarks(writer, cloudId);
        throw againAfter(error, inUseMs);
      }
    },

    release: ({ cloudId }, context) =>
      removeGroupMarks(writerFor(cloud, context, `security group ${cloudId}`), cloudId),
  };
}

/** Nobody of ours needs it any more, so that is one that was handed back: it needs the group as long as it stands. */
async function isOnLoadBalancer({ aws, context }: Writer, group: string): Promise<boolean> {
  const all = await listLoadBalancers(aws, context.signal);
  return all.some(({ SecurityGroups = [] }) => SecurityGroups.includes(group));
}

async function removeGroupMarks({ aws, context }: Writer, id: string): Promise<void> {
  const Tags = allMarkKeys.map((Key) => ({ Key }));
  await aws.write("DeleteTags", { Resources: [id], Tags }, context);
}

interface MadeGroup {
  readonly id: string;
  readonly ingress: readonly Rule[];
}

/** A group that was handed back keeps its name: the next one gets a name that says whose place it could not have. */
async function createGroup(
  cloud: Cloud,
  { fields: given, replaces }: Pick<CreateOperation, "fields" | "replaces">,
  operationContext: OperationContext,
): Promise<MadeGroup> {
  const { description, vpc, tags } = fieldsAs<GroupFields>(given);
  const name = nameOf(namingOf(tags, replaces));
  const writer = writerFor(cloud, operationContext, `security group "${name}"`);
  const { aws, context } = writer;
  const TagSpecifications = [{ ResourceType: "security-group" as const, Tags: tagList(tags) }];
  const input = { GroupName: name, Description: description, VpcId: vpc, TagSpecifications };
  try {
    const { GroupId } = await aws.write("CreateSecurityGroup", input, context);
    if (GroupId === undefined)
      throw new CloudError("retry", `The answer to CreateSecurityGroup for ${context.on} names none`);
    return { id: GroupId, ingress: [] };
  } catch (error) {
    if (!failedWith(error, "InvalidGroup.Duplicate")) throw error;
    const { id, there, ingress } = await existingGroup(writer, { name, vpc }, error);
    if (isSameMark(there, tags)) return { id, ingress };
    if (there[markKeys.cluster] !== undefined || replaces.includes(id))
      throw nameTaken(context.on, name, id, there);
    return createGroup(cloud, { fields: given, replaces: [...replaces, id] }, operationContext);
  }
}

/** Of an earlier attempt whose answer was lost, or somebody else's. */
async function existingGroup(
  { aws, context }: Writer,
  { name, vpc }: { readonly name: string; readonly vpc: string },
  cause: unknown,
): Promise<MadeGroup & { readonly there: Tags }> {
  const Filters = [
    { Name: "group-name", Values: [name] },
    { Name: "vpc-id", Values: [vpc] },
  ];
  const [group] = (await aws.read("DescribeSecurityGroups", { Filters }, context)).SecurityGroups ?? [];
  if (group?.GroupId === undefined) throw cause;
  const { ingress } = securityGroupFields(group);
  return { id: group.GroupId, there: tagsFrom(group.Tags), ingress };
}

/** What the group has after the whole plan, where this update is the first half of one. */
function inTheEnd(id: string, { plan }: OperationContext): readonly Rule[] | undefined {
  const narrowing = plan?.find((one) => one.do === "update" && one.step === "narrow" && one.id === id);
  return narrowing?.do === "update" ? fieldsAs<GroupFields>(narrowing.fields).ingress : undefined;
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
