/**
 * The program that keeps the servers of one control plane as its children, in a session of its own. When its parent
 * is gone, however it went, it kills them, removes their directory and ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";

/** What the parent asks for. */
export type Order =
  | {
      readonly do: "start";
      readonly name: string;
      readonly command: string;
      readonly args: readonly string[];
      readonly log: string;
      readonly cwd: string;
      /** All of its environment. */
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly do: "signal"; readonly name: string; readonly signal: NodeJS.Signals };

/** What the parent is told. */
export type Report =
  | { readonly at: "ready" }
  | { readonly at: "started"; readonly name: string; readonly pid: number }
  | { readonly at: "failed"; readonly name: string; readonly message: string }
  | {
      readonly at: "exited";
      readonly name: string;
      readonly code: number | null;
      readonly signal: string | null;
    };

function supervise(directory: string): void {
  const children = new Map<string, ChildProcess>();
  let ending = false;

  function report(what: Report): void {
    // The channel may close between the check and the write: whoever would have read it is gone then.
    if (process.connected) process.send?.(what, undefined, undefined, () => {});
  }

  function start(order: Order & { do: "start" }): void {
    const log = openSync(order.log, "a");
    const child = spawn(order.command, order.args, {
      cwd: order.cwd,
      env: order.env,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    children.set(order.name, child);
    child.once("spawn", () => report({ at: "started", name: order.name, pid: child.pid ?? 0 }));
    child.once("error", (error) => {
      children.delete(order.name);
      report({ at: "failed", name: order.name, message: error.message });
    });
    child.once("exit", (code, signal) => {
      children.delete(order.name);
      report({ at: "exited", name: order.name, code, signal });
    });
  }

  async function end(): Promise<void> {
    if (ending) return;
    ending = true;
    const gone = [...children.values()].map((child) => new Promise((resolve) => child.once("exit", resolve)));
    // SIGKILL: it reaches a paused process too, and nothing that they would save is kept.
    for (const child of children.values()) child.kill("SIGKILL");
    await Promise.all(gone);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    process.exit(0);
  }

  process.on("message", (order: Order) => {
    if (ending) return;
    if (order.do === "start") start(order);
    else children.get(order.name)?.kill(order.signal);
  });
  process.on("disconnect", () => void end());
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end());
  if (process.connected) report({ at: "ready" });
  else void end();
}

const directory = process.argv[2];
if (directory === undefined) throw new Error("Cannot supervise: no directory was named");
supervise(directory);
