/** Starts the network thread, and sees to it that the process neither goes on without it nor hangs because of it. */
import { closeSync, writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { type Control, createControl } from "./control.ts";
import { watchForHang } from "./hang.ts";
import type { FromThread, Statistics, ThreadSettings, ToThread } from "./messages.ts";
import { monotonicMs } from "./monotonic.ts";

/** What the worker is given. */
export interface WorkerData {
  readonly memory: SharedArrayBuffer;
  readonly settings: ThreadSettings;
}

export interface NetworkThreadOptions {
  readonly settings: ThreadSettings;
  /** What the thread tells, but for answers to `statistics` and `leave`. */
  readonly onMessage: (message: FromThread) => void;
  /**
   * The thread has ended by itself, or hangs: nothing is answered or announced any more. At most once. The process is to say so
   * and to end (`process.exit` does not hang, whatever the thread does): another start is the cure.
   */
  readonly onFailure: (error: Error) => void;
}

export interface NetworkThread {
  /** CLOCK_BOOTTIME in milliseconds, as the thread counts time. */
  now(): number;
  post(message: ToThread): void;
  /** undefined: the thread has ended. */
  statistics(): Promise<Statistics | undefined>;
  /** Hands everything over; resolves when nothing is held any more, or the thread has ended. */
  leave(): Promise<void>;
  /** Ends the thread; what it held is let go without a word. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** A thread that has not ended by then never will. */
const endMs = 2_000;
const wakeCount = new BigUint64Array([1n]);
/** Of the JavaScript heap, in MiB: room for 2,000 addresses on 50 nodes. It guards against a leak, it is not filled. */
const resourceLimits = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 8 };

/** Resolves when its sockets are open. @throws Error that says what is missing. */
export async function startNetworkThread(o: NetworkThreadOptions): Promise<NetworkThread> {
  const control = createControl();
  const workerData: WorkerData = { memory: control.memory, settings: o.settings };
  const worker = new Worker(workerFile(), { name: "network", workerData, resourceLimits });
  const exit = endWithProcess(control);
  const started = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const questions = new Map<number, (statistics: Statistics | undefined) => void>();
  let asked = 0;
  let state: "starting" | "running" | "stopping" | "gone" = "starting";

  const fail = (error: Error): void => {
    const before = state;
    if (before === "stopping" || before === "gone") return;
    state = "gone";
    if (before === "starting") started.reject(error);
    else o.onFailure(error);
  };
  const hang = watchForHang(control, (ms) => {
    exit.hangs();
    fail(new Error(`The network thread hangs: it did not come back from its last turn for ${ms} ms`));
  });
  worker.on("message", (message: FromThread) => {
    if (message.kind === "started") {
      if (state === "starting") state = "running";
      started.resolve();
    }
    if (message.kind === "left") left.resolve();
    else if (message.kind === "statistics") {
      questions.get(message.request)?.(message.statistics);
      questions.delete(message.request);
    } else o.onMessage(message);
  });
  worker.on("error", (error: Error) => {
    exit.gone();
    const why = state === "starting" ? error.message : `The network thread failed: ${error.message}`;
    fail(new Error(why, { cause: error }));
  });
  worker.on("exit", (code) => {
    exit.gone();
    hang.stop();
    fail(new Error(`The network thread ended with code ${code}`));
    state = "gone";
    const fd = control.wakeFd;
    control.setWakeFd(undefined);
    // Opened by the thread, closed by nobody but this one: its number is never written to when it means something else.
    if (fd !== undefined) closeSync(fd);
    for (const answer of questions.values()) answer(undefined);
    left.resolve();
    gone.resolve();
  });
  await started.promise;

  const post = (message: ToThread): void => {
    if (state === "gone") return;
    worker.postMessage(message);
    wake(control);
  };
  return {
    now: () => monotonicMs() + control.aheadMs,
    post,
    async statistics() {
      if (state === "gone") return undefined;
      asked += 1;
      const answer = Promise.withResolvers<Statistics | undefined>();
      questions.set(asked, answer.resolve);
      post({ kind: "statistics", request: asked });
      return answer.promise;
    },
    leave() {
      post({ kind: "leave" });
      return left.promise;
    },
    async stop() {
      if (state === "running") state = "stopping";
      control.requestStop();
      wake(control);
      const timer = setTimeout(() => {
        exit.hangs();
        gone.resolve();
      }, endMs);
      await gone.promise;
      clearTimeout(timer);
    },
  };
}

function wake(control: Control): void {
  const fd = control.wakeFd;
  if (fd !== undefined) writeSync(fd, wakeCount);
}

/**
 * When the process ends, so does the thread. Node.js waits for it in `process.exit`, for ever if it does not come back from a call:
 * then SIGKILL is the only end there is.
 */
function endWithProcess(control: Control): { gone(): void; hangs(): void } {
  let hangs = false;
  const onExit = (): void => {
    control.requestStop();
    wake(control);
    if (hangs || !control.waitForEnd(endMs)) process.kill(process.pid, "SIGKILL");
  };
  process.on("exit", onExit);
  return {
    gone: () => void process.off("exit", onExit),
    hangs: () => {
      hangs = true;
    },
  };
}

/** Beside this file, under the same name in the sources, in what the compiler makes of them, and in the bundle. */
function workerFile(): URL {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./network-thread.${extension}`, import.meta.url);
}
