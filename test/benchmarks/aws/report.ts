/** The figures as tables. */
import { median, printTable, type Row } from "../report.ts";
import { judge } from "./aims.ts";
import { INCUMBENT, incumbentCost } from "./incumbent.ts";
import type { Happened, Life } from "./life.ts";

export function report(lives: readonly Life[]): void {
  for (const life of lives) {
    printTable(
      `${life.services} Services: calls to AWS`,
      life.events.map((happened) => costRow(happened, life)),
    );
    printTable(
      `${life.services} Services: by operation`,
      life.events.map(({ event, operations, errors }) => ({
        event,
        operations: inWords(operations) || "-",
        errors: inWords(errors) || "-",
      })),
    );
  }
  printTable("From creation to hostname, all created at once; memory; leftovers", lives.map(timeRow));
  console.log(`\nLBC: ${INCUMBENT}. "-": not measured.`);
  console.log(
    "Simulator: active, healthy and deleted at once; its fields as AWS has them. Rates: the controller always keeps to those of AWS; under limits the simulator refuses what is above.",
  );
}

function costRow(happened: Happened, life: Life): Row {
  const { event, times, reads, writes } = happened;
  const incumbent = incumbentCost(event, life.services);
  const judged = judge(happened, life);
  const each = (count: number) => (times === 1 ? count : round(count / times));
  return {
    event:
      event === "idle" ? `idle, ${life.idleHours} h` : times === 1 ? event : `${event}, each of ${times}`,
    calls: each(reads + writes),
    reads: each(reads),
    writes: each(writes),
    "per Service": isForAll(happened) ? round((reads + writes) / times / life.services) : "",
    "LBC calls": incumbent?.calls ?? "-",
    "LBC writes": incumbent?.writes ?? "-",
    aim: judged?.aim ?? "",
    held: judged === undefined ? "" : judged.isHeld ? "yes" : "NO",
  };
}

function isForAll({ event }: Happened): boolean {
  return ["create", "delete", "restart", "node added", "node removed", "idle"].includes(event);
}

function timeRow({ services, hostnameMs, limited, peakMiB, left }: Life): Row {
  return {
    services,
    "median s": seconds(median(hostnameMs)),
    "last s": seconds(Math.max(...hostnameMs)),
    "median s, limited": limited === undefined ? "-" : seconds(median(limited.hostnameMs)),
    "last s, limited": limited === undefined ? "-" : seconds(Math.max(...limited.hostnameMs)),
    "refused by limits": limited?.throttled ?? "-",
    "peak MiB": peakMiB,
    "left in AWS after deletion": left,
  };
}

function inWords(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function seconds(ms: number): number {
  return round(ms / 1000);
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}
