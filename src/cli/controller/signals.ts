/** SIGTERM and SIGINT stop the process in order; a second one ends it at once. */

import { constants } from "node:os";
import type { Logger } from "../../runtime/logger.ts";

export interface Stop {
  readonly signal: AbortSignal;
  dispose(): void;
}

const names = ["SIGTERM", "SIGINT"] as const;

export function stopOnSignals(logger: Logger): Stop {
  const stopping = new AbortController();
  const onSignal = (name: (typeof names)[number]) => {
    if (stopping.signal.aborted) {
      logger.warn("Ending at once: told to stop a second time", { signal: name });
      process.exit(128 + constants.signals[name]);
    }
    logger.info("Told to stop", { signal: name });
    stopping.abort(new Error(`Stopped by ${name}`));
  };
  for (const name of names) process.on(name, onSignal);
  return {
    signal: stopping.signal,
    dispose() {
      for (const name of names) process.off(name, onSignal);
    },
  };
}
