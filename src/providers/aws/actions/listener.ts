/** Listeners: created with marks and their default certificate, changed only where they differ, drained before they go where that is asked. */
import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ResourceActions } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import type { UpdateOperation } from "../../../core/plan/types.ts";
import { type Cloud, cloudIdText, fieldsAs } from "../cloud.ts";
import { type Attributes, attributesToSet, listenerDefaults } from "../model/attributes.ts";
import type { ListenerFields } from "../model/resources.ts";
import { listListeners, readTags } from "../observe/listing.ts";
import { createDrains } from "./drain.ts";
import { markToDelete } from "./mark-to-delete.ts";
import { requireDeletable } from "./protection.ts";
import { requireSuccessor } from "./succession.ts";
import {
  completing,
  failedWith,
  isSameMark,
  removeMarks,
  tagList,
  type Writer,
  writerFor,
  writeTags,
} from "./writes.ts";

/** Fields that ModifyListener writes. */
const modified = ["protocol", "forward", "certificate", "sslPolicy", "alpn"];

export function listenerActions(cloud: Cloud): ResourceActions {
  const drains = createDrains(cloud.clock);
  return {
    async create(operation, context) {
      const fields = fieldsAs<ListenerFields>(operation.fields);
      const loadBalancer = cloudIdText(fields.loadBalancer);
      const writer = writerFor(cloud, context, `port ${fields.port} of ${loadBalancer}`);
      const input = {
        LoadBalancerArn: loadBalancer,
        Port: fields.port,
        ...settingsOf(fields),
        Tags: tagList(fields.tags),
      };
      const made = await writer.aws
        .write("CreateListener", input, writer.context)
        .catch(async (error: unknown) => {
          throw failedWith(error, "DuplicateListener") ? await duplicate(writer, fields, error) : error;
        });
      const arn = made.Listeners?.[0]?.ListenerArn;
      if (arn === undefined)
        throw new CloudError("retry", `The answer to CreateListener for ${writer.context.on} names none`);
      const initial = attributesToSet(fields.attributes, listenerDefaults(fields.protocol));
      await completing(async () => {
        await addCertificates(writer, arn, fields.moreCertificates);
        await writeAttributes(writer, arn, initial);
      });
      return { cloudId: arn };
    },

    async update(operation, context) {
      await update(cloud, writerFor(cloud, context, `listener ${operation.cloudId}`), operation);
      return undefined;
    },

    async delete(operation, context) {
      const { cloudId, observed } = operation;
      const { loadBalancer, drain } = fieldsAs<ListenerFields>(observed);
      const writer = writerFor(cloud, context, `listener ${cloudId}`);
      await requireDeletable(writer, cloudIdText(loadBalancer), context);
      await requireSuccessor(writer, cloudIdText(loadBalancer), context);
      if (drain !== null && drain !== undefined) await drains.drain(writer, drain);
      await markToDelete(cloud, writer, operation, context.stack);
      await writer.aws.write("DeleteListener", { ListenerArn: cloudId }, writer.context);
    },

    async release({ cloudId }, context) {
      await removeMarks(cloud, writerFor(cloud, context, cloudId), cloudId);
    },
  };
}

async function update(cloud: Cloud, writer: Writer, operation: UpdateOperation): Promise<void> {
  const { aws, context } = writer;
  const arn = operation.cloudId;
  const fields = fieldsAs<ListenerFields>(operation.fields);
  const observed = fieldsAs<ListenerFields>(operation.observed);
  const changed = new Set(operation.changes.map(({ field }) => field));
  if (changed.has("tags"))
    await writeTags(cloud, writer, arn, { desired: fields.tags, observed: observed.tags });
  if (modified.some((field) => changed.has(field))) {
    // Its former default certificate may be among the others now, and the other way round: both are settled after.
    await aws.write("ModifyListener", { ListenerArn: arn, ...settingsOf(fields) }, context);
  }
  if (changed.has("moreCertificates") && fields.protocol === "TLS") {
    const there = new Set(observed.protocol === "TLS" ? observed.moreCertificates : []);
    const wanted = new Set(fields.moreCertificates);
    await addCertificates(writer, arn, [...wanted.difference(there)]);
    for (const CertificateArn of there.difference(wanted)) {
      // As an entry beside it the default one does no harm, and AWS may refuse to remove it.
      if (CertificateArn === fields.certificate) continue;
      const input = { ListenerArn: arn, Certificates: [{ CertificateArn }] };
      await aws.write("RemoveListenerCertificates", input, context);
    }
  }
  if (changed.has("attributes")) {
    const there =
      observed.protocol === fields.protocol ? observed.attributes : listenerDefaults(fields.protocol);
    await writeAttributes(writer, arn, attributesToSet(fields.attributes, there));
  }
}

/** What CreateListener and ModifyListener have in common. What is not named stays as it is, so a policy is taken away by naming "None". */
function settingsOf({ protocol, forward, certificate, sslPolicy, alpn }: ListenerFields) {
  return {
    Protocol: protocol,
    DefaultActions: [actionOf(forward)],
    ...(certificate === null ? {} : { Certificates: [{ CertificateArn: certificate }] }),
    ...(sslPolicy === null ? {} : { SslPolicy: sslPolicy }),
    ...(protocol === "TLS" ? { AlpnPolicy: [alpn ?? "None"] } : {}),
  };
}

function actionOf({ targetGroups, stickiness }: ListenerFields["forward"]): Action {
  const [only, ...others] = targetGroups;
  if (only !== undefined && others.length === 0)
    return { Type: "forward", TargetGroupArn: cloudIdText(only.arn) };
  return {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: targetGroups.map(({ arn, weight }) => ({
        TargetGroupArn: cloudIdText(arn),
        Weight: weight ?? 1,
      })),
      TargetGroupStickinessConfig: { Enabled: stickiness },
    },
  };
}

/** Something listens on that port: ours with other settings, which was not seen, or what somebody else put there. */
async function duplicate(
  { aws, context }: Writer,
  { loadBalancer, port, tags: wanted }: ListenerFields,
  cause: unknown,
): Promise<unknown> {
  const listeners = await listListeners(aws, cloudIdText(loadBalancer), context.signal);
  const arn = listeners?.find(({ Port }) => Port === port)?.ListenerArn;
  if (arn === undefined) return cause;
  const tags = (await readTags(aws, [arn], context.signal)).get(arn) ?? {};
  return isSameMark(tags, wanted)
    ? new CloudError("conflict", `Cannot create ${context.on}: it exists already, as ${arn}`, { cause })
    : new CloudError(
        "invalid",
        `Cannot listen on ${context.on}: ${arn}, which does not carry our mark, does`,
        { cause },
      );
}

/** AWS takes one at a time (API_AddListenerCertificates); one that is there already is no error. */
async function addCertificates(
  { aws, context }: Writer,
  arn: string,
  certificates: readonly string[],
): Promise<void> {
  for (const CertificateArn of certificates) {
    await aws.write(
      "AddListenerCertificates",
      { ListenerArn: arn, Certificates: [{ CertificateArn }] },
      context,
    );
  }
}

async function writeAttributes({ aws, context }: Writer, arn: string, attributes: Attributes): Promise<void> {
  const Attributes = tagList(attributes);
  if (Attributes.length === 0) return;
  await aws.write("ModifyListenerAttributes", { ListenerArn: arn, Attributes }, context);
}
