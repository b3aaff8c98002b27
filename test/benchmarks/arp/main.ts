/**
 * `npm run bench:arp`: how long the agent's network thread takes to answer for an address, and what it costs, beside what the kernel takes for
 * an address of its own on the same interface in the same round, which is the floor. Two network namespaces with one switch between them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { argumentsOf, refuseArguments } from "../../../scripts/arguments/arguments-of.ts";
import type { Layer2Mode, World } from "../../../src/agent/world.ts";
import { addressesOf, startWire, type TestWire } from "../../lab/layer2/wire.ts";
import { until } from "../../lab/support/until.ts";
import { startThreadAgent, type ThreadAgent } from "../../lab/thread/agent.ts";
import { describeMachine, median, printTable, type Row, usageOf, writeFigures } from "../report.ts";
import type { Asked, AskerSettings } from "./asker.ts";

const usage = `npm run bench:arp [-- OPTIONS]: how long answers to ARP and neighbour discovery take

  --rate N      questions a second (default: 1000)
  --seconds N   of each kind for so long (default: 5)
  --rounds N    measured so often; figures are of all rounds together (default: 3)
  --json FILE   also write the figures there`;

interface Case {
  readonly name: string;
  readonly address: string;
  /** Whether the agent has it, and how. */
  readonly mode?: Layer2Mode;
  readonly isAnswered: boolean;
}

interface Measured {
  readonly asked: number;
  readonly latencies: readonly number[];
  readonly load: readonly Load[];
}

/** Of the agent's process, milliseconds a second. */
interface Load {
  readonly cpu: number;
  /** That its threads were ready to run and no processor was free: what other programs add to the latency. */
  readonly waiting: number;
}

const node = addressesOf(1);
const cases: readonly Case[] = [
  { name: "ARP, kernel's own address (floor)", address: node.ipv4, isAnswered: true },
  { name: "ARP, agent", address: "10.78.9.1", mode: "Respond", isAnswered: true },
  { name: "ARP, bound by the agent", address: "10.78.9.2", mode: "Bind", isAnswered: true },
  { name: "NDP, kernel's own address (floor)", address: node.ipv6, isAnswered: true },
  { name: "NDP, agent", address: "fd78::9:1", mode: "Respond", isAnswered: true },
  { name: "NDP, bound by the agent", address: "fd78::9:2", mode: "Bind", isAnswered: true },
  { name: "ARP for an address that nobody has", address: "10.78.9.9", isAnswered: false },
];

const { rate, seconds, rounds, json } = readArguments();
const machine = describeMachine();
console.log(JSON.stringify(machine));
await using wire = await startWire(["node", "client"]);
const agent = startThreadAgent(wire.namespace("node"), { node: "node", incarnation: 1, keys: [] });
try {
  await begin(agent);
  const figures = cases.map((): Measured => ({ asked: 0, latencies: [], load: [] }));
  const idle: Load[] = [];
  for (let round = 1; round <= rounds; round++) {
    console.log(`round ${round} of ${rounds}`);
    idle.push(await loadDuring(() => wire.run("client", "sleep", String(seconds))));
    for (const [index, one] of cases.entries()) figures[index] = await measure(one, figures[index]);
  }
  const rows = cases.map((one, index) => rowOf(one, figures[index]));
  printTable(`${rate} questions a second, ${rounds} × ${seconds} s each; latency in microseconds`, rows);
  const idleCpu = median(idle.map(({ cpu }) => cpu));
  console.log(`\nThe agent's process when nobody asks: ${idleCpu.toFixed(1)} ms of processor time a second`);
  await writeFigures(json, { machine, rate, seconds, rounds, rows, idleCpuMsPerSecond: idleCpu });
} finally {
  await agent.end();
}

/** Resolves when all that it is to answer for is answered for. */
async function begin(agent: ThreadAgent): Promise<void> {
  const held = cases.flatMap(({ address, mode }) => (mode === undefined ? [] : [{ address, mode }]));
  const world: World = {
    cluster: "5c7e7c4e-2f55-4b2b-9f0e-3c8ab6a2d9b1",
    node: "node",
    nodes: [{ name: "node", internalIPs: [node.ipv4], incarnation: 1, macs: [node.mac], recorded: [] }],
    addresses: held.map(({ address, mode }) => ({
      address,
      mode,
      candidates: [{ node: "node", interfaces: undefined, preference: 0 }],
    })),
  };
  agent.order({ do: "world", world });
  await until("it announces everything", async () => {
    const { addresses } = await agent.count();
    const announced = addresses.filter(({ announcements }) => announcements >= 5);
    if (announced.length < held.length) throw new Error(JSON.stringify(addresses));
  });
}

async function measure({ name, address, isAnswered }: Case, before: Measured | undefined): Promise<Measured> {
  let asked: Asked | undefined;
  const load = await loadDuring(async () => {
    asked = await ask(wire, { address, perSecond: rate, seconds });
  });
  if (asked === undefined || (isAnswered && asked.latencies.length === 0))
    throw new Error(`${name}: no answers`);
  return {
    asked: (before?.asked ?? 0) + asked.asked,
    latencies: [...(before?.latencies ?? []), ...asked.latencies],
    load: [...(before?.load ?? []), load],
  };
}

async function loadDuring(work: () => Promise<unknown>): Promise<Load> {
  const before = { cpu: usageOf(agent.pid).cpuSeconds * 1000, waiting: waitedMs(agent.pid) };
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  return {
    cpu: (usageOf(agent.pid).cpuSeconds * 1000 - before.cpu) / seconds,
    waiting: (waitedMs(agent.pid) - before.waiting) / seconds,
  };
}

/** Of all threads of a process: the second number of schedstat is nanoseconds on a run queue (the kernel's scheduler/sched-stats). */
function waitedMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const waited = threads.map(
    (thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[1],
  );
  return waited.reduce((sum, ns) => sum + Number(ns) / 1e6, 0);
}

async function ask(wire: TestWire, settings: AskerSettings): Promise<Asked> {
  const program = fileURLToPath(new URL("./asker.ts", import.meta.url));
  const said = await wire.run(
    "client",
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    program,
    JSON.stringify(settings),
  );
  return JSON.parse(said) as Asked;
}

function rowOf({ name, isAnswered }: Case, measured: Measured | undefined): Row {
  const { asked = 0, latencies = [], load = [] } = measured ?? {};
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN) * 1000);
  const times = isAnswered ? { p50: at(0.5), p99: at(0.99), max: at(1) } : {};
  return {
    "": name,
    asked,
    unanswered: asked - latencies.length,
    ...times,
    "agent: CPU ms/s": tenths(load.map(({ cpu }) => cpu)),
    "waiting for CPU": tenths(load.map(({ waiting }) => waiting)),
  };
}

function tenths(numbers: readonly number[]): number {
  return Math.round(median(numbers) * 10) / 10;
}

function readArguments(): { rate: number; seconds: number; rounds: number; json: string | undefined } {
  const text = { type: "string" } as const;
  const values = argumentsOf(usage, { rate: text, seconds: text, rounds: text, json: text });
  const number = (name: "rate" | "seconds" | "rounds", otherwise: number) => {
    const value = Number(values[name] ?? otherwise);
    if (Number.isInteger(value) && value > 0) return value;
    return refuseArguments(`--${name} ${values[name]}: wanted a whole number of at least 1`, usage);
  };
  return {
    rate: number("rate", 1000),
    seconds: number("seconds", 5),
    rounds: number("rounds", 3),
    json: values.json,
  };
}
