/** The network thread under a main thread that does what it is told by lines of JSON, and tells what it hears the same way. */
import { createInterface } from "node:readline";
import type { FromThread, HeartbeatKeys, Statistics } from "../../../src/agent/thread/messages.ts";
import { startNetworkThread } from "../../../src/agent/thread/start.ts";
import type { World } from "../../../src/agent/world.ts";

export interface Settings {
  readonly node: string;
  readonly incarnation: number;
  /** Base64, as in a file of keys. */
  readonly keys: readonly string[];
}

export type Order =
  | { readonly do: "world"; readonly world: World }
  | { readonly do: "keys"; readonly keys: readonly string[] }
  | { readonly do: "count" | "leave" | "stop" | "exit" | "throw" };

export type Told =
  | Exclude<FromThread, { readonly kind: "statistics" | "left" }>
  | { readonly kind: "count"; readonly statistics: Statistics; readonly rssMiB: number }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "left" | "stopped" };

const port = 7947;
const apiEveryMs = 500;
const { node, incarnation, keys } = JSON.parse(process.argv[2] ?? "") as Settings;

const thread = await startNetworkThread({
  settings: { node, incarnation, heartbeatPort: port, keys: keysOf(keys), skipInterfaces: ["^lo$"] },
  onMessage: (message) => tell(message as Told),
  onFailure(error) {
    tell({ kind: "failed", message: error.message });
    process.exit(3);
  },
}).catch((error: Error) => {
  tell({ kind: "failed", message: error.message });
  process.exit(2);
});
const reached = setInterval(() => {
  const at = thread.now();
  thread.post({ kind: "api-reached", at });
  thread.post({ kind: "lease", lease: { node, renewedAt: at, durationMs: 9_000 } });
}, apiEveryMs);

createInterface({ input: process.stdin }).on("line", (line) => void obey(JSON.parse(line) as Order));

async function obey(order: Order): Promise<void> {
  switch (order.do) {
    case "world":
      return thread.post({ kind: "world", world: order.world });
    case "keys":
      return thread.post({ kind: "keys", keys: keysOf(order.keys) });
    case "count": {
      const statistics = await thread.statistics();
      if (statistics === undefined) return;
      const rssMiB = process.memoryUsage.rss() / 2 ** 20;
      return tell({ kind: "count", statistics, rssMiB });
    }
    case "leave":
      await thread.leave();
      return tell({ kind: "left" });
    case "stop":
      clearInterval(reached);
      await thread.stop();
      tell({ kind: "stopped" });
      // Nothing else keeps the process.
      process.stdin.destroy();
      return;
    case "exit":
      process.exit(0);
      break;
    case "throw":
      setImmediate(() => {
        throw new Error("the main thread failed");
      });
  }
}

function keysOf(texts: readonly string[]): HeartbeatKeys {
  return texts.length === 0 ? "insecure" : texts.map((text) => new Uint8Array(Buffer.from(text, "base64")));
}

function tell(told: Told): void {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}
