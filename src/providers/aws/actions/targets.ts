/** Who is registered in a target group: the difference is written, first those who come, then those who go. */
import type { OperationContext, ResourceActions } from "../../../core/plan/actions.ts";
import { CloudError } from "../../../core/plan/cloud-error.ts";
import { type Cloud, cloudIdText, fieldsAs } from "../cloud.ts";
import { type Target, type TargetsFields, targetKey } from "../model/resources.ts";
import { targetsId } from "../observe/target-group.ts";
import { failedWith, type Writer, writerFor } from "./writes.ts";

/** RegisterTargets and DeregisterTargets take more, but not in every region; the AWS Load Balancer Controller sends that many. */
const portion = 200;
const notReadyMs = 60_000;

export function targetsActions(cloud: Cloud): ResourceActions {
  return {
    async create({ fields }, context) {
      const { targetGroup, targets } = fieldsAs<TargetsFields>(fields);
      const arn = cloudIdText(targetGroup);
      const refused = await register(writerFor(cloud, context, `target group ${arn}`), arn, targets);
      if (refused !== undefined) throw refused.error;
      return { cloudId: targetsId(arn) };
    },

    async update({ id, fields, observed }, context) {
      const { targetGroup, targets } = fieldsAs<TargetsFields>(fields);
      const arn = cloudIdText(targetGroup);
      const there = fieldsAs<TargetsFields>(observed).targets;
      const writer = writerFor(cloud, context, `target group ${arn}`);
      const last = inTheEnd(id, context) ?? targets;
      await change(writer, arn, {
        coming: without(targets, there),
        going: without(there, targets),
        leaving: without(there, last),
        there,
      });
      return undefined;
    },

    /** They go with their target group: a registration is part of it. */
    async delete() {},

    /** Nothing marks a registration. */
    async release() {},
  };
}

export async function deregister(
  { aws, context }: Writer,
  arn: string,
  targets: readonly Target[],
): Promise<void> {
  for (const some of portions(targets)) {
    await aws.write("DeregisterTargets", { TargetGroupArn: arn, Targets: some.map(descriptionOf) }, context);
  }
}

/** Who is registered after the whole plan, where this update is the first half of one. */
function inTheEnd(id: string, { plan }: OperationContext): readonly Target[] | undefined {
  const narrowing = plan?.find((one) => one.do === "update" && one.step === "narrow" && one.id === id);
  return narrowing?.do === "update" ? fieldsAs<TargetsFields>(narrowing.fields).targets : undefined;
}

interface Changed {
  readonly coming: readonly Target[];
  readonly going: readonly Target[];
  /** Who goes by this update or a later one of the plan. */
  readonly leaving: readonly Target[];
  /** Who is registered now. */
  readonly there: readonly Target[];
}

async function change(
  writer: Writer,
  arn: string,
  { coming, going, leaving, there }: Changed,
): Promise<void> {
  let refused: Refused | undefined;
  try {
    refused = await register(writer, arn, coming);
  } catch (error) {
    // Who leaves is not sent anything any more, and may make the room.
    if (leaving.length === 0 || !failedWith(error, "TooManyTargets")) throw error;
    await deregister(writer, arn, leaving);
    // Those that drain may count still.
    refused = await register(writer, arn, coming).catch((again: unknown) => {
      throw failedWith(again, "TooManyTargets") ? notReady(again) : again;
    });
  }
  if (refused === undefined) {
    await deregister(writer, arn, going);
    return;
  }
  // As long as anybody is left who takes traffic, a bad target does not keep those in who take none.
  const left = there.length - leaving.length + coming.length - refused.count;
  if (left > 0) await deregister(writer, arn, leaving);
  throw refused.error;
}

interface Refused {
  readonly count: number;
  readonly error: CloudError;
}

/** One bad target would keep out all that are sent with it, as an instance that is just being terminated: the others are registered. */
async function register(
  writer: Writer,
  arn: string,
  targets: readonly Target[],
): Promise<Refused | undefined> {
  const { aws, context } = writer;
  const send = (some: readonly Target[]) =>
    aws.write("RegisterTargets", { TargetGroupArn: arn, Targets: some.map(descriptionOf) }, context);
  let refused: Refused | undefined;
  for (const some of portions(targets)) {
    try {
      await send(some);
    } catch (error) {
      if (!failedWith(error, "InvalidTarget")) throw error;
      const words = (error as Error).message;
      const named = some.filter(({ id }) => names(words, id)).length;
      const good = named === 0 ? [] : some.filter(({ id }) => !names(words, id));
      if (good.length > 0) await send(good);
      refused = { count: (refused?.count ?? 0) + some.length - good.length, error: notReady(error) };
    }
  }
  return refused;
}

/** Not "invalid": targets come and go, and an instance may be on its way up or down. */
function notReady(error: unknown): CloudError {
  return new CloudError("retry", (error as Error).message, { cause: error, retryAfterMs: notReadyMs });
}

/** As a whole word: 10.0.0.1 is not named by 10.0.0.10. */
function names(words: string, id: string): boolean {
  const escaped = id.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?<![\\w.:])${escaped}(?![\\w:]|\\.\\d)`).test(words);
}

function descriptionOf({ id, port, zone, quicServerId }: Target) {
  return {
    Id: id,
    Port: port,
    ...(zone === undefined ? {} : { AvailabilityZone: zone }),
    ...(quicServerId === undefined ? {} : { QuicServerId: quicServerId }),
  };
}

function without(targets: readonly Target[], others: readonly Target[]): Target[] {
  const keys = new Set(others.map(targetKey));
  return targets.filter((target) => !keys.has(targetKey(target)));
}

function portions(targets: readonly Target[]): Target[][] {
  return Array.from({ length: Math.ceil(targets.length / portion) }, (_, index) =>
    targets.slice(index * portion, (index + 1) * portion),
  );
}
