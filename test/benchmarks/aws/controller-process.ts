/** The operator of `controller.ts` in a process of its own, bundled as the command is, so that its memory is what the command's would be. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { end } from "../allocate/controller-process.ts";
import { usageOf } from "../report.ts";
import type { Order } from "./controller.ts";

export interface Controller {
  usage(): ReturnType<typeof usageOf>;
  /** From now on the peak of `usage` is counted anew. */
  forgetPeak(): void;
  /** Resolves when it has nothing in hand; see `Order`. */
  settled(o?: { readonly looks?: number; readonly leaps?: boolean }): Promise<void>;
  /** Lets time pass for it. */
  pass(ms: number): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the program, in a folder of the caller's; gives its file. */
export async function bundleController(folder: string): Promise<string> {
  await build({
    entryPoints: { controller: fileURLToPath(new URL("controller.ts", import.meta.url)) },
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    splitting: true,
    minify: true,
    keepNames: true,
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
    logLevel: "warning",
  });
  return join(folder, "controller.mjs");
}

export async function startController(
  program: string,
  o: { readonly kubeconfig: string; readonly env: Readonly<Record<string, string>> },
): Promise<Controller> {
  const child = fork(program, [o.kubeconfig], {
    env: { ...process.env, ...o.env },
    execArgv: [],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await once(child, "spawn");
  let isStopping = false;
  child.on("exit", (code, signal) => {
    if (isStopping) return;
    // Nothing would ever be served: end the benchmark, and not only wait.
    console.error(`The controller ended by itself (${signal ?? code})`);
    process.exit(1);
  });
  return {
    usage: () => usageOf(child.pid ?? 0),
    // "5 … Reset the peak resident set size", proc_pid_clear_refs(5).
    forgetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, "5"),
    settled: ({ looks = 0, leaps = false } = {}) => order(child, { do: "settle", looks, leaps }),
    pass: (ms) => order(child, { do: "pass", ms }),
    stop() {
      isStopping = true;
      return end(child);
    },
  };
}

async function order(child: ChildProcess, what: Order): Promise<void> {
  const done = once(child, "message");
  child.send(what);
  await done;
}
