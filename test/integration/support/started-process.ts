/** `fairlead …` as a process that goes on, run from source, whose log is read line by line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));

type Line = Readonly<Record<string, unknown>>;

export interface StartedProcess {
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** The first line with this message. Rejects with the log if the process ends before. */
  said(message: string): Promise<Line>;
  /** All that it has logged. */
  text(): string;
  /** What it has printed, which is not its log. */
  printed(): string;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when it is gone. */
  kill(): Promise<void>;
}

export function startProcess(args: readonly string[]): StartedProcess {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
    // The options of Jest's own process are not for it.
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  const texts: string[] = [];
  const lines: Line[] = [];
  const heard = new EventTarget();
  const reader = createInterface(child.stderr).on("line", (text) => {
    texts.push(text);
    if (text.startsWith("{")) lines.push(JSON.parse(text) as Line);
    heard.dispatchEvent(new Event("line"));
  });
  const ended = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  const read = once(reader, "close");
  return {
    ended,
    async said(message) {
      for (;;) {
        const found = lines.find(({ msg }) => msg === message);
        if (found !== undefined) return found;
        const next = once(heard, "line").then(() => true);
        const more = await Promise.race([next, read.then(() => false)]);
        if (!more && !lines.some(({ msg }) => msg === message))
          throw new Error(`It ended before it said "${message}":\n${texts.join("\n")}`);
      }
    },
    text: () => texts.join("\n"),
    printed: () => printed,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
