/**
 * Lets connections end before a listener goes: its targets are deregistered, and until none of them drains, or the time is over, the
 * deletion comes back as something to be tried again. After a restart the time begins anew.
 */
import { CloudError } from "../../../core/plan/cloud-error.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { cloudIdText } from "../cloud.ts";
import type { ListenerFields } from "../model/resources.ts";
import { listTargets, unlessGone } from "../observe/listing.ts";
import { targetsFields } from "../observe/target-group.ts";
import { deregister } from "./targets.ts";
import type { Writer } from "./writes.ts";

export interface Drains {
  /** @throws CloudError "retry" while connections may go on */
  drain(writer: Writer, drain: NonNullable<ListenerFields["drain"]>): Promise<void>;
}

const shortestWaitMs = 5_000;
const longestWaitMs = 30_000;

export function createDrains(clock: Clock): Drains {
  /** By target group, on the monotonic clock. */
  const untilMs = new Map<string, number>();
  return {
    async drain(writer, { seconds, targetGroup }) {
      const arn = cloudIdText(targetGroup);
      const registered = arn === "" ? undefined : await listTargets(writer.aws, arn, writer.context.signal);
      if (registered === undefined || registered.length === 0) {
        untilMs.delete(arn);
        return;
      }
      const { targets } = targetsFields(arn, registered);
      await unlessGone(deregister(writer, arn, targets));
      const now = clock.monotonic();
      const end = untilMs.get(arn) ?? now + seconds * 1000;
      untilMs.set(arn, end);
      if (now >= end) {
        untilMs.delete(arn);
        return;
      }
      const left = Math.ceil((end - now) / 1000);
      throw new CloudError(
        "retry",
        `Waiting up to ${left} s for connections to ${registered.length} targets of ${arn} to end before ${writer.context.on} goes`,
        { retryAfterMs: Math.min(longestWaitMs, Math.max(shortestWaitMs, end - now)) },
      );
    },
  };
}
