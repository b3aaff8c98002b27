/** Parts that start together and stop together. */
import type { Logger } from "../logger.ts";

export interface Runnable {
  /** Unique in its manager; for logs and checks. */
  readonly name: string;
  /**
   * Works until the signal aborts and resolves when all of it has ended; may resolve earlier when there is nothing
   * more to do. A rejection stops the whole manager.
   */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Resolves when what comes after may start. Default: at once. */
  readonly started?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

export interface RunnableGroup {
  readonly name: string;
  /** Starts all; resolves when all have started. Does nothing after `stop`. */
  start(signal: AbortSignal): Promise<void>;
  /** Tells all to stop. */
  stop(reason: unknown): void;
  /** Resolves when none runs. */
  ended(): Promise<void>;
  /** The names of those that run. */
  running(): string[];
}

export interface RunnableGroupOptions {
  readonly name: string;
  readonly parts: readonly Runnable[];
  /** Called with what a part rejects with. */
  readonly fail: (error: unknown) => void;
  readonly logger: Logger;
}

export function createRunnableGroup({ name, parts, fail, logger }: RunnableGroupOptions): RunnableGroup {
  const stopping = new AbortController();
  const running = new Map<string, Promise<void>>();

  const launch = async (part: Runnable): Promise<void> => {
    try {
      // Not before it is in the map of those that run.
      await Promise.resolve().then(() => part.run(stopping.signal));
    } catch (error) {
      // What a part throws because it was told to stop is no failure.
      if (stopping.signal.aborted && (error === stopping.signal.reason || isAbort(error))) return;
      logger.error("A part of the process failed", { part: part.name, error });
      fail(error);
    } finally {
      running.delete(part.name);
    }
  };

  return {
    name,
    async start(signal) {
      if (stopping.signal.aborted) return;
      if (parts.length > 0) logger.debug("Starting", { group: name, parts: parts.map((part) => part.name) });
      for (const part of parts) running.set(part.name, launch(part));
      await Promise.all(parts.map(async (part) => part.started?.(signal)));
    },
    stop: (reason) => stopping.abort(reason),
    ended: async () => void (await Promise.all(running.values())),
    running: () => [...running.keys()],
  };
}

function isAbort(error: unknown): boolean {
  return Error.isError(error) && error.name === "AbortError";
}
