/** What every benchmark prints: machine, versions, date, a table; and the figures as JSON on wish. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { argumentsOf, refuseArguments } from "../../scripts/arguments/arguments-of.ts";

export interface BenchmarkArguments {
  /** How many Services. */
  readonly services: number;
  /** How often everything is measured; figures are medians. */
  readonly rounds: number;
  /** Where to write the figures as JSON. */
  readonly json: string | undefined;
}

export function readArguments(defaults: {
  readonly services: number;
  readonly rounds: number;
}): BenchmarkArguments {
  const usage = `npm run bench:allocate [-- OPTIONS]: how long until so many Services have an address in status

  --services N   of so many (default: ${defaults.services})
  --rounds N     measured so often; figures are medians (default: ${defaults.rounds})
  --json FILE    also write the figures there`;
  const values = argumentsOf(usage, {
    services: { type: "string" },
    rounds: { type: "string" },
    json: { type: "string" },
  });
  const count = (name: "services" | "rounds") => {
    const text = values[name];
    const number = text === undefined ? defaults[name] : Number(text);
    if (Number.isInteger(number) && number > 0) return number;
    return refuseArguments(`--${name} ${text}: wanted a whole number of at least 1`, usage);
  };
  return { services: count("services"), rounds: count("rounds"), json: values.json };
}

export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly commit: string;
  readonly loadAtStart: number;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    commit: commit(),
    loadAtStart: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown";
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : [sorted[middle - 1], sorted[middle]];
  return (low + high) / 2;
}

export type Row = Readonly<Record<string, string | number>>;

/** A table with columns as wide as what is in them; numbers to the right. */
export function printTable(title: string, rows: readonly Row[]): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const text = (row: Row, column: string) => String(row[column] ?? "");
  const width = (column: string) => Math.max(column.length, ...rows.map((row) => text(row, column).length));
  const line = (cell: (column: string) => string) => columns.map(cell).join("  ").trimEnd();
  console.log(`\n${title}`);
  console.log(line((column) => column.padEnd(width(column))));
  for (const row of rows) {
    console.log(
      line((column) =>
        typeof row[column] === "number"
          ? text(row, column).padStart(width(column))
          : text(row, column).padEnd(width(column)),
      ),
    );
  }
}

export async function writeFigures(path: string | undefined, figures: unknown): Promise<void> {
  if (path === undefined) return;
  await writeFile(path, `${JSON.stringify(figures, null, 2)}\n`);
  console.log(`\nFigures written to ${path}`);
}

/** Processor seconds and memory of a process, by the kernel's account. */
export function usageOf(pid: number): {
  readonly cpuSeconds: number;
  readonly rssMiB: number;
  readonly peakMiB: number;
} {
  // Fields 14 and 15 count after the command's name, which may hold spaces; a tick is 10 ms on Linux.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / 100;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mebibytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
  return { cpuSeconds, rssMiB: Math.round(mebibytes("VmRSS")), peakMiB: Math.round(mebibytes("VmHWM")) };
}
