/** Target groups: created with marks and health check, changed only where they differ. */
import type { OperationContext, ResourceActions } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import { type Cloud, cloudIdText, fieldsAs } from "../cloud.ts";
import { type Attributes, attributesToSet, targetGroupDefaults } from "../model/attributes.ts";
import { markKeys } from "../model/marks.ts";
import { nameOf } from "../model/names.ts";
import type { HealthCheckFields, TargetGroupFields } from "../model/resources.ts";
import { besideHandedBack } from "./handed-back.ts";
import { markToDelete } from "./mark-to-delete.ts";
import {
  againAfter,
  completing,
  failedWith,
  namingOf,
  removeMarks,
  requireMark,
  tagList,
  type Writer,
  writerFor,
  writeTags,
} from "./writes.ts";

/** A target group stays in use for some seconds after its listener went. */
const inUseMs = 5_000;

export function targetGroupActions(cloud: Cloud): ResourceActions {
  return {
    async create(operation, context) {
      const fields = fieldsAs<TargetGroupFields>(operation.fields);
      const { arn, writer } = await besideHandedBack(operation.replaces, (replaces) =>
        createTargetGroup(cloud, { fields, replaces }, context),
      );
      const { protocol, targetType } = fields;
      const initial = attributesToSet(fields.attributes, targetGroupDefaults(protocol, targetType));
      await completing(() => writeAttributes(writer, arn, initial));
      return { cloudId: arn };
    },

    async update({ cloudId, changes, ...operation }, context) {
      const writer = writerFor(cloud, context, `target group ${cloudId}`);
      const fields = fieldsAs<TargetGroupFields>(operation.fields);
      const observed = fieldsAs<TargetGroupFields>(operation.observed);
      const changed = new Set(changes.map(({ field }) => field));
      if (changed.has("tags")) {
        const attached = { [markKeys.loadBalancer]: cloudIdText(fields.loadBalancer) };
        const isAttached = observed.loadBalancer !== "" && observed.loadBalancer !== undefined;
        const desired = isAttached ? fields.tags : { ...fields.tags, ...attached };
        await writeTags(cloud, writer, cloudId, { desired, observed: observed.tags });
      }
      if (changed.has("healthCheck")) {
        const input = { TargetGroupArn: cloudId, ...healthCheckInput(fields.healthCheck) };
        await writer.aws.write("ModifyTargetGroup", input, writer.context);
      }
      if (changed.has("attributes"))
        await writeAttributes(writer, cloudId, attributesToSet(fields.attributes, observed.attributes));
      return undefined;
    },

    async delete(operation, context) {
      const { cloudId } = operation;
      const writer = writerFor(cloud, context, `target group ${cloudId}`);
      await markToDelete(cloud, writer, operation, context.stack);
      try {
        await writer.aws.write("DeleteTargetGroup", { TargetGroupArn: cloudId }, writer.context);
      } catch (error) {
        throw againAfter(error, inUseMs);
      }
    },

    async release({ cloudId }, context) {
      await removeMarks(cloud, writerFor(cloud, context, cloudId), cloudId);
    },
  };
}

interface Wanted {
  readonly fields: TargetGroupFields;
  readonly replaces: readonly string[];
}

async function createTargetGroup(
  cloud: Cloud,
  { fields, replaces }: Wanted,
  context: OperationContext,
): Promise<{ readonly arn: string; readonly writer: Writer }> {
  const name = nameOf(namingOf(fields.tags, replaces));
  const writer = writerFor(cloud, context, `target group "${name}"`);
  const input = {
    Name: name,
    Protocol: fields.protocol,
    Port: fields.port,
    TargetType: fields.targetType,
    VpcId: fields.vpc,
    IpAddressType: fields.ipAddressType,
    ...healthCheckInput(fields.healthCheck),
    Tags: tagList({ ...fields.tags, [markKeys.loadBalancer]: cloudIdText(fields.loadBalancer) }),
  };
  const made = await writer.aws
    .write("CreateTargetGroup", input, writer.context)
    .catch(async (error: unknown) => {
      throw failedWith(error, "DuplicateTargetGroupName")
        ? await duplicate(cloud, writer, { name, fields }, error)
        : error;
    });
  const { TargetGroupArn: arn, LoadBalancerArns: attached = [] } = made.TargetGroups?.[0] ?? {};
  if (arn === undefined)
    throw new CloudError("retry", `The answer to CreateTargetGroup for ${writer.context.on} names none`);
  // AWS gives the existing one for a name and settings that are there already. One in use may have been handed back.
  if (attached.length > 0) await requireMark(writer, arn, { wanted: fields.tags, name });
  cloud.ownership(writer.aws.place).learn(arn, fields.tags);
  return { arn, writer };
}

/** There is one of that name with other settings: ours, which was not seen, or somebody else's. */
async function duplicate(
  cloud: Cloud,
  writer: Writer,
  { name, fields: { tags: wanted } }: { readonly name: string; readonly fields: TargetGroupFields },
  cause: unknown,
): Promise<unknown> {
  const { aws, context } = writer;
  const arn = (await aws.read("DescribeTargetGroups", { Names: [name] }, context)).TargetGroups?.[0]
    ?.TargetGroupArn;
  if (arn === undefined) return cause;
  await requireMark(writer, arn, { wanted, name });
  cloud.ownership(aws.place).forget(arn);
  return new CloudError("conflict", `Cannot create ${context.on}: it exists already, as ${arn}`, { cause });
}

function healthCheckInput(check: HealthCheckFields) {
  return {
    HealthCheckProtocol: check.protocol,
    HealthCheckPort: check.port,
    HealthCheckIntervalSeconds: check.interval,
    HealthCheckTimeoutSeconds: check.timeout,
    HealthyThresholdCount: check.healthy,
    UnhealthyThresholdCount: check.unhealthy,
    ...(check.path === null ? {} : { HealthCheckPath: check.path }),
    ...(check.matcher === null ? {} : { Matcher: { HttpCode: check.matcher } }),
  };
}

async function writeAttributes({ aws, context }: Writer, arn: string, attributes: Attributes): Promise<void> {
  const Attributes = tagList(attributes);
  if (Attributes.length === 0) return;
  await aws.write("ModifyTargetGroupAttributes", { TargetGroupArn: arn, Attributes }, context);
}
