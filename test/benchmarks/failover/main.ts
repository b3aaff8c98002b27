/**
 * How long an address is without an answer when something happens to the node that announces it: `npm run bench:failover`. Needs root. The
 * rounds are those of the tests (`test/lab`), longer and with times; agents run as they are built.
 */
import { fileURLToPath } from "node:url";
import { argumentsOf, refuseArguments } from "../../../scripts/arguments/arguments-of.ts";
import { buildIfStale, command, root } from "../../../scripts/quickstart/built-command.ts";
import { failOverAgainAndAgain, seeded } from "../../lab/support/flows/chain.ts";
import { reconnectOneByOne } from "../../lab/support/flows/one-by-one.ts";
import { cutOffWithStaleServices } from "../../lab/support/flows/stale.ts";
import { faultsOf, type Round, runRound } from "../../lab/support/rounds.ts";
import { type Row, rowsOf } from "../../lab/support/rows.ts";
import { byIPv6, type Stage, setStage } from "../../lab/support/stage.ts";
import { describeMachine, writeFigures } from "../report.ts";
import { measureMemory, printMemory } from "./memory.ts";
import { printRounds } from "./report.ts";

const others = ["again and again", "stale", "one by one", "memory"] as const;
const usage = `npm run bench:failover [-- OPTIONS]: gaps of an address while things happen to the node that announces it

  --rounds N    of each row (default: 5)
  --row WORDS   rows with these words in their names only; can be repeated. Beside those of the table: ${others.join(", ")}
  --ipv6        by neighbour discovery
  --outage S    seconds for which API servers are away (default: 120)
  --frozen S    seconds for which an agent is frozen before it is thawed (default: 30)
  --large       memory also with 2,000 addresses and 10,000 EndpointSlices in the cluster
  --json FILE   also write the figures there`;
const values = argumentsOf(usage, {
  rounds: { type: "string", default: "5" },
  row: { type: "string", multiple: true },
  ipv6: { type: "boolean", default: false },
  outage: { type: "string", default: "120" },
  frozen: { type: "string", default: "30" },
  large: { type: "boolean", default: false },
  json: { type: "string" },
});
const rounds = wholeNumber("rounds", values.rounds);
const outageMs = wholeNumber("outage", values.outage) * 1_000;
const frozenMs = wholeNumber("frozen", values.frozen) * 1_000;
/** Rounds of these take minutes. */
const once = new Set(["API server down for all, then back"]);

if (process.getuid?.() !== 0) refuseArguments("Network namespaces need root", usage);
const allRows = rowsOf({ frozen: frozenMs, apiAway: outageMs, observe: 5_000 });
const names = [...allRows.map(({ name }) => name), ...others];
for (const words of values.row ?? [])
  if (!names.some((name) => name.includes(words)))
    refuseArguments(`--row ${words}: wanted words of one of these: ${names.join("; ")}`, usage);
const rows = allRows.filter(({ name }) => isWanted(name));
const random = seeded(Date.now() % 1_000_000);
const tell = (line: string) => console.log(line);
const machine = describeMachine();
tell(JSON.stringify(machine));
buildIfStale(tell);

const stopping = new AbortController();
let stage: Stage | undefined;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(name, () => {
    stopping.abort();
    // What waits then fails, and all is removed.
    void stage?.lab.stop().then(() => process.exit(1));
  });
const done: Round[] = [];
/** Rows by name, once for each round that came to no end. */
const failures: string[] = [];
const figures: Record<string, unknown> = { machine };
try {
  stage = await setStage({
    program: fileURLToPath(new URL(command, `file://${root}`)),
    log: tell,
    signal: stopping.signal,
  });
  await measure(stage);
} finally {
  await stage?.lab.stop();
  printRounds(done, allRows, failures);
  await writeFigures(values.json, { ...figures, rounds: done, failures });
}

async function measure(on: Stage): Promise<void> {
  const watched = values.ipv6 ? await byIPv6(on) : on;
  // Turn by turn, so that a busy time of the machine falls on all rows.
  for (let turn = 0; turn < rounds; turn++)
    for (const row of rows) if (turn === 0 || !once.has(row.name)) await measureRow(watched, row);
  if (isWanted("again and again")) await measureAgain(watched);
  if (isWanted("stale")) {
    figures.stale = await cutOffWithStaleServices(on);
    tell(`stale: ${JSON.stringify(figures.stale, undefined, 1)}`);
  }
  if (isWanted("one by one")) {
    figures.oneByOne = await reconnectOneByOne(on, { awayMs: outageMs, betweenMs: 15_000 });
    tell(`one by one: ${JSON.stringify(figures.oneByOne)}`);
  }
  if (isWanted("memory")) {
    const memory = await measureMemory(on, { large: values.large, tell });
    figures.memory = memory;
    printMemory(memory);
  }
}

/** A row that fails costs its round only: the next begins when all agents take part again. */
async function measureRow(on: Stage, row: Row): Promise<void> {
  const round = await runRound(on, row, random() * 500).catch((error: unknown) => {
    stopping.signal.throwIfAborted();
    tell(`${row.name}: FAILED: ${Error.isError(error) ? error.message : String(error)}`);
    failures.push(row.name);
  });
  if (round === undefined) return;
  done.push(round);
  const seconds = (ms: number) => (ms / 1_000).toFixed(2);
  const { cold, warm } = round;
  tell(
    `${row.name}: ${round.story.join(", ")}; cold ${seconds(cold.gapMs)} s, ${cold.failed} lost; warm ${seconds(warm.gapMs)} s, ${warm.failed} lost; by two ${seconds(round.doubledMs)} s`,
  );
  for (const fault of faultsOf(row, round)) tell(`  NOT AS EXPECTED: ${fault}`);
}

async function measureAgain(on: Stage): Promise<void> {
  const links = await failOverAgainAndAgain(on, 20, random);
  figures.again = links;
  for (const link of links) tell(`again and again: ${JSON.stringify(link)}`);
}

function isWanted(name: string): boolean {
  return values.row === undefined || name === "none" || values.row.some((words) => name.includes(words));
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  return refuseArguments(`--${name} ${text}: wanted a whole number of at least 1`, usage);
}
