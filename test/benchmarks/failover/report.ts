/** Rounds of failover as the table of `docs/benchmarks.md`: minimum / median / maximum, what is aimed at, and whether it was met. */
import type { Round } from "../../lab/support/rounds.ts";
import type { Row } from "../../lab/support/rows.ts";
import { median, printTable } from "../report.ts";

const aimMs = 1_000;
const aimMedianMs = 800;
const aimDoubledMs = 1_000;

export function printRounds(
  rounds: readonly Round[],
  rows: readonly Row[],
  failures: readonly string[],
): void {
  const control = rounds.filter(({ row }) => row === "none");
  // As many as the clients lose in rounds in which nothing happens.
  const loses = Math.max(0, ...control.flatMap(({ cold, warm }) => [cold.failed, warm.failed]));
  const lines = rows.flatMap((row) => {
    const own = rounds.filter((round) => round.row === row.name);
    return own.length === 0 ? [] : [lineOf(row, own, loses)];
  });
  printTable("Failover, seconds: minimum / median / maximum", lines);
  for (const name of failures) console.log(`A round of "${name}" came to no end.`);
  console.log(
    `"Nothing lost" is at most ${loses} requests of a client: as many as in the rounds without a fault.`,
  );
}

function lineOf(row: Row, rounds: readonly Round[], loses: number) {
  const failed = rounds.map(({ cold, warm }) => Math.max(cold.failed, warm.failed));
  const gaps = rounds.map(({ cold }) => cold.gapMs);
  const doubled = Math.max(...rounds.map(({ doubledMs }) => doubledMs));
  const others = rounds.flatMap(({ otherAfterMs }) => (otherAfterMs === undefined ? [] : [otherAfterMs]));
  const mayDouble = row.outcome === "handed over" || row.momentOfBoth === true;
  const isQuick = Math.max(...gaps) <= aimMs && median(gaps) <= aimMedianMs;
  const isMet =
    doubled <= (mayDouble ? aimDoubledMs : 0) &&
    (row.outcome === "taken over" ? isQuick : Math.max(...failed) <= loses);
  return {
    what: row.name,
    rounds: rounds.length,
    "another answers after": row.outcome === "stays" ? "-" : range(others),
    "cold gap": range(gaps),
    "cold lost": counts(rounds.map(({ cold }) => cold.failed)),
    "warm gap": range(rounds.map(({ warm }) => warm.gapMs)),
    "warm lost": counts(rounds.map(({ warm }) => warm.failed)),
    "by two": (doubled / 1_000).toFixed(2),
    aim: isMet ? "met" : "MISSED",
  };
}

function range(ms: readonly number[]): string {
  if (ms.length === 0) return "never";
  return [Math.min(...ms), median(ms), Math.max(...ms)].map((each) => (each / 1_000).toFixed(2)).join(" / ");
}

function counts(numbers: readonly number[]): string {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low === high ? String(low) : `${low}–${high}`;
}
