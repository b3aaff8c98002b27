/** The cache as a part of the process, which waits for the API server as long as it takes and says what stands in the way. */

import type { Cache, StreamHealth } from "../../runtime/cache/cache.ts";
import { sleep } from "../../runtime/clock.ts";
import { messageOf } from "../../runtime/errors.ts";
import { isApiError } from "../../runtime/kube/api-error.ts";
import type { Logger } from "../../runtime/logger.ts";
import { cachePart } from "../../runtime/manager/cache-part.ts";
import type { Part } from "../../runtime/manager.ts";
import { adviceFor } from "../advice.ts";

const lookEveryMs = 1_000;
/** What lasts is said again, so that it stands at the end of the log where people look. */
const sayAgainMs = 60_000;

export interface TalkingCachePartOptions {
  readonly cache: Cache;
  readonly server: string;
  readonly logger: Logger;
}

/** Ready once every kind was listed. Never unready again: an API server that is away is no reason to restart. */
export function talkingCachePart({ cache, server, logger }: TalkingCachePartOptions): Part {
  const part = cachePart(cache);
  let synced = false;
  const waitingFor = (): StreamHealth[] => cache.health().filter((stream) => !stream.synced);
  return {
    ...part,
    async run(signal) {
      await Promise.all([part.run(signal), tellWhatIsMissing(signal)]);
    },
    async started(signal) {
      await part.started?.(signal);
      synced = true;
      const objects = Object.fromEntries(
        cache.health().map(({ resource, objects: count }) => [resource, count]),
      );
      logger.info("The cache is filled", { objects });
    },
    ready() {
      const [first] = synced ? [] : waitingFor();
      if (first === undefined) return synced || "about to start";
      const why = first.lastError === undefined ? "" : `: ${messageOf(first.lastError)}`;
      return `waiting for the list of ${first.resource}${why}`;
    },
  };

  async function tellWhatIsMissing(signal: AbortSignal): Promise<void> {
    let said = "";
    let saidAt = Number.NEGATIVE_INFINITY;
    while (!synced && !signal.aborted) {
      await sleep(lookEveryMs, { signal }).catch(() => {});
      const failing = waitingFor().filter(({ lastError }) => lastError !== undefined);
      const [first] = failing;
      if (synced || signal.aborted || first === undefined) continue;
      const { problem, advice } = adviceFor(first.lastError, { server });
      const resources = [...new Set(failing.map(({ resource }) => resource))];
      const line = `${problem} ${resources.join()}`;
      const now = performance.now();
      if (line === said && now - saidAt < sayAgainMs) continue;
      said = line;
      saidAt = now;
      const status = isApiError(first.lastError) ? first.lastError.status : undefined;
      logger.error(`${problem}; trying again`, { resources, server, status, advice, error: first.lastError });
    }
  }
}
