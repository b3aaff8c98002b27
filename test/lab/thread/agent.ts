/** The parent's side of program.ts. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Statistics } from "../../../src/agent/thread/messages.ts";
import { env } from "../support/ip.ts";
import { until } from "../support/until.ts";
import type { Order, Settings, Told } from "./program.ts";

export interface ThreadAgent {
  readonly pid: number;
  order(order: Order): void;
  /** All of this kind that it has told. */
  told<K extends Told["kind"]>(kind: K): Extract<Told, { kind: K }>[];
  /** What it told last of whom it hears. */
  hears(): readonly string[];
  count(): Promise<Statistics>;
  /** Its code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it wrote on standard error. */
  complaint(): string;
  end(): Promise<void>;
}

export function startThreadAgent(namespace: string, settings: Settings): ThreadAgent {
  const program = fileURLToPath(new URL("./program.ts", import.meta.url));
  const command = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    program,
    JSON.stringify(settings),
  ];
  // It executes the program in its own place, so its number is the program's.
  const child = spawn("ip", ["netns", "exec", namespace, ...command], { env });
  const lines: Told[] = [];
  let complaint = "";
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.once("close", (code, signal) => resolve(signal ?? code ?? -1)),
  );
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(JSON.parse(line) as Told));
  const told = <K extends Told["kind"]>(kind: K) =>
    lines.filter((line): line is Extract<Told, { kind: K }> => line.kind === kind);
  const order = (what: Order) => void child.stdin.write(`${JSON.stringify(what)}\n`);
  return {
    pid: child.pid ?? 0,
    order,
    told,
    hears: () => told("view").at(-1)?.view.heard ?? [],
    async count() {
      const before = told("count").length;
      order({ do: "count" });
      return until("it counts", () => {
        const counted = told("count")[before];
        if (counted === undefined) throw new Error("no count yet");
        return counted.statistics;
      });
    },
    ended,
    complaint: () => complaint,
    async end() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
