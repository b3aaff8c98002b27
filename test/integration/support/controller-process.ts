/** `fairlead controller` as a process of its own, run from source under its minimal role, so that it can be killed, halted and restarted. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ControlPlaneAccess } from "../../../src/testing/control-plane/access.ts";
import { freePorts } from "../../../src/testing/control-plane/free-ports.ts";
import { CONTROLLER, eventually } from "./installation.ts";

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

export interface ControllerProcess {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  readonly log: readonly LogLine[];
  isRunning(): boolean;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when it has logged this message. Rejects if it ends before. */
  said(message: string): Promise<void>;
  /** Status of its answer to `/healthz` or `/readyz`. */
  probe(path: "/healthz" | "/readyz"): Promise<number>;
  /** The sum of a metric over the labels that count. */
  metric(name: string, counts?: (labels: string) => boolean): Promise<number>;
  /** Resolves when it has looked at so many Services and nothing waits or is worked on. */
  settled(services: number): Promise<void>;
}

export interface ControllerOptions {
  /** Default: the API server itself. */
  readonly server?: string;
  readonly args?: readonly string[];
}

export interface Controllers {
  start(o?: ControllerOptions): Promise<ControllerProcess>;
  /** Kills what is left, and removes the kubeconfigs. */
  end(): Promise<void>;
}

/** The arguments for an election with these times. */
export function election(lease: string, deadline: string): string[] {
  const times = { "lease-duration": lease, "renew-deadline": deadline, "retry-period": "300ms" };
  return [
    "--leader-elect",
    ...Object.entries(times).map(([name, value]) => `--leader-election-${name}=${value}`),
  ];
}

/** Starts controllers of one control plane. */
export async function controllersOf(controlPlane: ControlPlaneAccess): Promise<Controllers> {
  const directory = await mkdtemp(join(tmpdir(), "fairlead-controllers-"));
  const config = await controlPlane.kubeconfig(CONTROLLER);
  const children: ChildProcess[] = [];
  let files = 0;
  return {
    async start({ server = controlPlane.server, args = ["--leader-elect=false"] } = {}) {
      const kubeconfig = join(directory, `kubeconfig-${files++}`);
      await writeFile(kubeconfig, config.replaceAll(controlPlane.server, server), { mode: 0o600 });
      const [port = 0] = await freePorts(1);
      const address = `127.0.0.1:${port}`;
      const own = ["--disable-warning=ExperimentalWarning", main, "controller", "--kubeconfig", kubeconfig];
      const probes = ["--metrics-bind-address", address, "--health-probe-bind-address", address];
      const child = spawn(process.execPath, [...own, ...probes, ...args], {
        stdio: ["ignore", "ignore", "pipe"],
        // The options of Jest's own process are not for it.
        env: { ...process.env, NODE_OPTIONS: "" },
      });
      children.push(child);
      return watched(child, address);
    },
    async end() {
      const left = children.filter((child) => child.exitCode === null && child.signalCode === null);
      await Promise.all(
        left.map(async (child) => {
          const exited = once(child, "exit");
          child.kill("SIGKILL");
          await exited;
        }),
      );
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function watched(child: ChildProcess, address: string): ControllerProcess {
  const log: LogLine[] = [];
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const ended = once(child, "exit").then(([code, signal]): Ended => ({ code, signal }));
  void ended.then((how) => {
    for (const [message, { reject }] of waiting) {
      reject(new Error(`It ended (${JSON.stringify(how)}) before "${message}": ${tail(log)}`));
    }
  });
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on("line", (text) => {
      const line = logLine(text);
      log.push(line);
      waiting.get(line.message)?.resolve();
    });
  }
  const text = async (path: string) => (await fetch(`http://${address}${path}`)).text();
  const metric = async (name: string, counts: (labels: string) => boolean = () => true) =>
    sum(await text("/metrics"), name, counts);
  return {
    pid: child.pid ?? 0,
    ended,
    log,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: (signal) => void child.kill(signal),
    said(message) {
      if (log.some((line) => line.message === message)) return Promise.resolve();
      const wait = waiting.get(message) ?? Promise.withResolvers<void>();
      waiting.set(message, wait);
      wait.promise.catch(() => {});
      return wait.promise;
    },
    probe: async (path) => (await fetch(`http://${address}${path}`)).status,
    metric,
    settled(services) {
      let quiet = 0;
      return eventually(async () => {
        const ofServices = (labels: string) => labels.includes('controller="service"');
        const looked = await metric("controller_runtime_reconcile_total", ofServices);
        const left = (await metric("workqueue_depth")) + (await metric("controller_runtime_active_workers"));
        quiet = looked >= services && left === 0 ? quiet + 1 : 0;
        // The news of its own last write may be on the way still.
        if (quiet < 3) throw new Error(`${looked} looked at, ${left} left: ${tail(log)}`);
      }, "the controller has nothing left to do");
    },
  };
}

/** What is no line of its log is what Node says of a crash. */
function logLine(text: string): LogLine {
  if (!text.startsWith("{")) return { level: "error", message: text };
  const { msg, ...rest } = JSON.parse(text) as { msg: string; level: string };
  return { ...rest, message: msg };
}

function tail(log: readonly LogLine[]): string {
  return log
    .slice(-5)
    .map((line) => JSON.stringify(line))
    .join("\n");
}

function sum(text: string, name: string, counts: (labels: string) => boolean): number {
  let total = 0;
  for (const line of text.split("\n")) {
    const match = new RegExp(`^${name}(\\{[^}]*\\})? (\\S+)$`).exec(line);
    if (match !== null && counts(match[1] ?? "")) total += Number(match[2]);
  }
  return total;
}
