/** The built `fairlead controller` as a process, with its metrics read as anybody would. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { usageOf } from "../report.ts";

const root = new URL("../../../", import.meta.url);

export interface ControllerProcess {
  readonly pid: number;
  usage(): ReturnType<typeof usageOf>;
  /** Requests that are no reads, so far. */
  writes(): Promise<number>;
  /** Resolves when it has looked at so many Services and has nothing more in hand. */
  settled(services: number): Promise<void>;
  stop(): Promise<void>;
}

export async function startController(kubeconfig: string): Promise<ControllerProcess> {
  const port = await freePort();
  const args = ["controller", "--kubeconfig", kubeconfig, "--leader-elect=false", "--log-level", "error"];
  const addresses = [
    "--metrics-bind-address",
    `127.0.0.1:${port}`,
    "--health-probe-bind-address",
    `127.0.0.1:${port}`,
  ];
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("dist/bin/fairlead.js", root)), ...args, ...addresses],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  let stopping = false;
  // Nothing would ever be served: end the benchmark, and not only wait.
  child.on("exit", (code, signal) => {
    if (stopping) return;
    console.error(`The controller ended by itself (${signal ?? code})`);
    process.exit(1);
  });
  const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return {
    pid,
    usage: () => usageOf(pid),
    async writes() {
      return sum(await scrape(), "rest_client_requests_total", (labels) => !/method="GET"/.test(labels));
    },
    async settled(services) {
      for (let quiet = 0; quiet < 3; ) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        const text = await scrape().catch(() => "");
        const looked = sum(text, "controller_runtime_reconcile_total", (labels) =>
          /controller="service"/.test(labels),
        );
        const left = sum(text, "workqueue_depth") + sum(text, "controller_runtime_active_workers");
        quiet = looked >= services && left === 0 ? quiet + 1 : 0;
      }
    },
    stop() {
      stopping = true;
      return end(child);
    },
  };
}

function sum(text: string, name: string, counts: (labels: string) => boolean = () => true): number {
  let total = 0;
  for (const line of text.split("\n")) {
    const match = new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`).exec(line);
    if (match !== null && counts(match[1] ?? "")) total += Number(match[2]);
  }
  return total;
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
