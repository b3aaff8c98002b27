/** Writes the status of this node's `Announcer`: what has changed, never too often, until it is there. */
import { type AnnouncerStatus, announcers } from "../../api/announcer.ts";
import { apiVersionOf } from "../../api/meta.ts";
import { fieldManagers } from "../../api/names.ts";
import { type Clock, sleep, systemClock } from "../../runtime/clock.ts";
import { isNotFound } from "../../runtime/kube/api-error.ts";
import type { KubeClient } from "../../runtime/kube/client.ts";
import type { Logger } from "../../runtime/logger.ts";
import { aborted } from "../until.ts";
import { type AnnouncerOwner, readOrCreate } from "./begin.ts";
import { differs } from "./status.ts";
import type { WriteTimes } from "./write-times.ts";

export interface AnnouncerWriterOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "patch">;
  readonly node: AnnouncerOwner;
  /** What is written already. */
  readonly written: AnnouncerStatus;
  /** What is to be written now. */
  readonly status: (before: AnnouncerStatus) => AnnouncerStatus;
  readonly times: () => WriteTimes;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
}

export interface AnnouncerWriter {
  /** What `status` gives may have changed. */
  changed(): void;
  /** The object is gone, or somebody else wrote it: it is written again, changed or not. */
  lost(): void;
  /** Writes until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Writes now, whenever the last write was; after `run` has resolved. @throws what the client throws. */
  finish(signal: AbortSignal): Promise<void>;
}

const firstRetryMs = 1_000;
const longestRetryMs = 30_000;

export function createAnnouncerWriter(o: AnnouncerWriterOptions): AnnouncerWriter {
  const { client, node, logger, clock = systemClock } = o;
  let { written } = o;
  let writtenAt = clock.monotonic();
  let isLost = false;
  let wake = Promise.withResolvers<void>();

  const write = async (status: AnnouncerStatus, signal: AbortSignal): Promise<void> => {
    const wasLost = isLost;
    isLost = false;
    try {
      await send(status, signal);
    } catch (error) {
      isLost ||= wasLost;
      if (!isNotFound(error)) throw error;
      // Deleted: made anew, under the number of this process.
      await readOrCreate({ client, node, signal });
      await send(status, signal);
    }
    written = status;
    writtenAt = clock.monotonic();
  };
  const send = (status: AnnouncerStatus, signal: AbortSignal) => {
    const { kind } = announcers;
    const body = { apiVersion: apiVersionOf(announcers), kind, metadata: { name: node.name }, status };
    const manager = fieldManagers.announcer;
    const how = { type: "apply", subresource: "status", fieldManager: manager, force: true, signal } as const;
    return client.patch(announcers, { name: node.name }, body, how);
  };
  const due = (): AnnouncerStatus | undefined => {
    const status = o.status(written);
    return isLost || differs(status, written) ? status : undefined;
  };

  return {
    changed: () => wake.resolve(),
    lost() {
      isLost = true;
      wake.resolve();
    },
    async run(signal) {
      const stopped = aborted(signal);
      let retryMs = 0;
      while (!signal.aborted) {
        if (retryMs === 0) await Promise.race([wake.promise, stopped]);
        wake = Promise.withResolvers();
        const { spacingMs, delayMs } = o.times();
        const restMs = Math.max(delayMs, writtenAt + spacingMs - clock.monotonic(), retryMs);
        await sleep(restMs, { signal, clock }).catch(() => {});
        const status = signal.aborted ? undefined : due();
        if (status === undefined) {
          retryMs = 0;
          continue;
        }
        try {
          await write(status, signal);
          if (retryMs > 0)
            logger.info("The Announcer of this node is written again", { announcer: node.name });
          retryMs = 0;
        } catch (error) {
          if (signal.aborted) return;
          if (retryMs === 0)
            logger.warn("Cannot write the Announcer of this node; trying on", {
              announcer: node.name,
              error,
            });
          retryMs = Math.min(longestRetryMs, Math.max(firstRetryMs, 2 * retryMs));
        }
      }
    },
    async finish(signal) {
      const status = due();
      if (status !== undefined) await write(status, signal);
    },
  };
}
