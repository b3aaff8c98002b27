/** The cache as a part of the process: fills it, waits for that as long as it takes, and says what stands in the way. */

import type { Cache, StreamHealth } from "../../runtime/cache/cache.ts";
import { sleep } from "../../runtime/clock.ts";
import { messageOf } from "../../runtime/errors.ts";
import { isApiError } from "../../runtime/kube/api-error.ts";
import type { Logger } from "../../runtime/logger.ts";
import type { Part } from "../../runtime/manager.ts";
import { adviceFor } from "../advice.ts";

const lookEveryMs = 1_000;
/** What lasts is said again, so that it stands at the end of the log where people look. */
const sayAgainMs = 60_000;

export interface CachePartOptions {
  readonly cache: Cache;
  readonly server: string;
  readonly logger: Logger;
}

/** Ready once every kind was listed. Never again unready: an API server that is away is no reason to restart. */
export function cachePart({ cache, server, logger }: CachePartOptions): Part {
  let synced = false;
  const waitingFor = (): StreamHealth[] => cache.health().filter((stream) => !stream.synced);
  return {
    name: "cache",
    group: "cache",
    async run(signal) {
      cache.start(signal);
      await tellWhatIsMissing(signal);
    },
    started: async (signal) => {
      await cache.synced(signal);
      synced = true;
      logger.info("The cache is filled", {
        objects: Object.fromEntries(cache.health().map(({ resource, objects }) => [resource, objects])),
      });
    },
    ready() {
      if (synced) return true;
      const [first] = waitingFor();
      if (first === undefined) return "about to start";
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
    if (!signal.aborted)
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}
