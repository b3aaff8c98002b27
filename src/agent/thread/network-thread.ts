/** What runs in the network thread: see `start.ts` for its other side. It never comes back to its event loop before it ends. */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { loadSystemCalls } from "../linux/system-calls.ts";
import { createControl } from "./control.ts";
import { giveBackMemory } from "./give-back-memory.ts";
import { runLoop } from "./loop.ts";
import type { FromThread, ToThread } from "./messages.ts";
import type { WorkerData } from "./start.ts";

const port = parentPort as MessagePort;
const { memory, settings } = workerData as WorkerData;
const control = createControl(memory);

try {
  const calls = await loadSystemCalls();
  // While nobody waits for it yet.
  giveBackMemory();
  runLoop({
    calls,
    control,
    settings,
    nextMessage: () => receiveMessageOnPort(port)?.message as ToThread | undefined,
    tell: (message: FromThread) => port.postMessage(message),
  });
} finally {
  control.markEnded();
}
