/** The parent's side of program.ts. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Held, Layer2Counters, SeenFrame } from "../../../src/agent/layer2/types.ts";
import type { Link } from "../../../src/agent/linux/link.ts";
import { env } from "../support/ip.ts";
import { until } from "../support/until.ts";
import type { Order, Told } from "./program.ts";

export interface Layer2Agent {
  readonly pid: number;
  order(order: Order): void;
  /** Holds on all interfaces with epoch 1, unless told otherwise. */
  hold(address: string, held?: Partial<Held>): void;
  readonly frames: readonly SeenFrame[];
  readonly troubles: readonly string[];
  /** How often it found that frames were lost. */
  losses(): number;
  /** As it last told. */
  links(): readonly Link[];
  count(): Promise<{ counters: readonly Layer2Counters[]; cpuMs: number; rssMiB: number }>;
  /** Resolves when it has told of a frame like this since the call. */
  sees(what: Partial<SeenFrame>): Promise<SeenFrame>;
  end(): Promise<void>;
}

/** Starts it in a network namespace, free to answer from now on. @param wrap what to start it with, such as a program that drops capabilities */
export async function startLayer2(namespace: string, wrap: readonly string[] = []): Promise<Layer2Agent> {
  const program = fileURLToPath(new URL("./program.ts", import.meta.url));
  const command = [...wrap, process.execPath, "--disable-warning=ExperimentalWarning", program];
  const child = spawn("ip", ["netns", "exec", namespace, ...command], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const frames: SeenFrame[] = [];
  const troubles: string[] = [];
  let losses = 0;
  const counts: Extract<Told, { tell: "count" }>[] = [];
  let links: readonly Link[] = [];
  readLines(child, (told) => {
    if (told.tell === "frame") frames.push(told.frame);
    else if (told.tell === "trouble") troubles.push(told.trouble);
    else if (told.tell === "links") links = told.links;
    else if (told.tell === "lost") losses += 1;
    else counts.push(told);
  });
  const order = (what: Order) => void child.stdin?.write(`${JSON.stringify(what)}\n`);
  await until("layer 2 runs", () => {
    if (links.length === 0) throw new Error("it has not told its interfaces");
  });
  order({ do: "answer", forMs: 550, again: true });
  return {
    pid: child.pid ?? 0,
    frames,
    troubles,
    order,
    losses: () => losses,
    links: () => links,
    hold: (address, held) =>
      order({ do: "hold", held: { address, interfaces: undefined, epoch: 1, mode: "Respond", ...held } }),
    async count() {
      const before = counts.length;
      order({ do: "count" });
      return until("it counts", () => counts[before] ?? fail("no count yet"));
    },
    sees(what) {
      const from = frames.length;
      return until(`it sees ${JSON.stringify(what)}`, () => {
        const seen = frames.slice(from).find((frame) => matches(frame, what));
        return seen ?? fail(`it saw ${JSON.stringify(frames.slice(from))}`);
      });
    },
    async end() {
      child.stdin?.end();
      await gone;
    },
  };
}

function readLines(child: ChildProcess, take: (told: Told) => void): void {
  if (child.stdout === null) return;
  createInterface({ input: child.stdout }).on("line", (line) => take(JSON.parse(line) as Told));
}

function matches(frame: SeenFrame, what: Partial<SeenFrame>): boolean {
  return Object.entries(what).every(([key, value]) => frame[key as keyof SeenFrame] === value);
}

function fail(message: string): never {
  throw new Error(message);
}
