/** The parent's side of the supervisor: starts it, passes orders, and knows which of its servers run. */
import { fork } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Order, Report } from "./supervisor.ts";

/** A server that runs under the supervisor. */
export interface SupervisedServer {
  readonly name: string;
  readonly pid: number;
  /** Settles when the server has ended, with how it ended in words. Never rejects. */
  readonly exited: Promise<string>;
  signal(signal: NodeJS.Signals): void;
  /** The last lines that the server wrote. */
  log(lines?: number): Promise<string>;
}

/** A directory and the servers that live in it; both are gone once the parent is. */
export interface Supervisor {
  readonly directory: string;
  /**
   * Starts one program. Its output goes to `<directory>/<name>.log`. It runs in `cwd`, by default the directory, with the
   * environment `env`, by default an empty one: variables of the user are not to configure a server.
   * @throws when the command can't be run
   */
  start(name: string, command: string, args: readonly string[], o?: StartOptions): Promise<SupervisedServer>;
  /** Kills every server, removes the directory, and resolves when both are done. */
  end(): Promise<void>;
}

interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Slot {
  started(pid: number): void;
  failed(error: Error): void;
  exited(how: string): void;
}

/** Starts a supervisor over an existing directory, which it owns from then on. */
export async function startSupervisor(directory: string): Promise<Supervisor> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const program = fileURLToPath(new URL(`./supervisor.${extension}`, import.meta.url));
  const child = fork(program, [directory], {
    // A session of its own: a Ctrl-C in the terminal reaches the parent only, which then ends things in order.
    detached: true,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    env: {},
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const slots = new Map<string, Slot>();
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = Promise.withResolvers<void>();

  child.on("message", (report: Report) => {
    if (report.at === "ready") return ready.resolve();
    const slot = slots.get(report.name);
    if (report.at === "started") slot?.started(report.pid);
    else if (report.at === "failed")
      slot?.failed(new Error(`Cannot start ${report.name}: ${report.message}`));
    else
      slot?.exited(
        report.signal === null ? `exited with code ${report.code}` : `was ended by ${report.signal}`,
      );
  });
  child.once("error", (error) => ready.reject(error));
  void gone.then(() => {
    ready.reject(new Error("Cannot start servers: their supervisor ended"));
    for (const slot of slots.values()) {
      slot.failed(new Error("Cannot start a server: its supervisor ended"));
      slot.exited("was left by its supervisor");
    }
  });
  await ready.promise;

  function send(order: Order): void {
    if (child.connected) child.send(order);
  }

  async function start(
    name: string,
    command: string,
    args: readonly string[],
    o: StartOptions = {},
  ): Promise<SupervisedServer> {
    const log = join(directory, `${name}.log`);
    const started = Promise.withResolvers<number>();
    const exited = Promise.withResolvers<string>();
    slots.set(name, { started: started.resolve, failed: started.reject, exited: exited.resolve });
    if (!child.connected) throw new Error(`Cannot start ${name}: the supervisor has ended`);
    const { cwd = directory, env = {} } = o;
    send({ do: "start", name, command, args, log, cwd, env });
    return {
      name,
      pid: await started.promise,
      exited: exited.promise,
      signal: (signal) => send({ do: "signal", name, signal }),
      log: (lines = 20) => tail(log, lines),
    };
  }

  async function end(): Promise<void> {
    if (child.connected) child.disconnect();
    await gone;
  }

  return { directory, start, end };
}

async function tail(file: string, lines: number): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
