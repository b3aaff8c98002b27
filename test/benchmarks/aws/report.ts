/** The figures as tables. */
import { printTable, type Row } from "../report.ts";
import { judge } from "./aims.ts";
import { INCUMBENT, incumbentCost } from "./incumbent.ts";
import type { Creation, Happened, Life } from "./life.ts";

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
  printTable(
    "From creation to hostname, all created at once",
    lives.flatMap(({ services, created, createdLimited }) => [
      ...(created === undefined ? [] : [creationRow(services, "not enforced", created)]),
      ...(createdLimited === undefined ? [] : [creationRow(services, "enforced", createdLimited)]),
    ]),
  );
  printTable("Idle: reads per sweep of an hour; memory; leftovers", lives.map(endRow));
  console.log(`\nLBC: ${INCUMBENT}. "-": not measured.`);
  console.log(
    "Simulator: active, healthy and deleted at once; its fields as AWS has them. The controller always keeps to AWS's rates; where they are enforced, the simulator refuses what is above. Floor: what the rates allow for the calls that were made.",
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
    "peak MiB": happened.peakMiB,
  };
}

function isForAll({ event }: Happened): boolean {
  return [
    "create",
    "delete",
    "delete after restart",
    "restart",
    "node added",
    "node removed",
    "idle",
  ].includes(event);
}

function creationRow(services: number, rates: string, { medianMs, lastMs, floor, throttled }: Creation): Row {
  return {
    services,
    "AWS's rates": rates,
    "median s": seconds(medianMs),
    "last s": seconds(lastMs),
    "floor s": seconds(floor.ms),
    "last, × floor": floor.ms === 0 ? "-" : round(lastMs / floor.ms),
    "the floor is made by": floor.because,
    refused: throttled,
  };
}

function endRow({ services, idleHours, events, left }: Life): Row {
  const idle = events.find(({ event }) => event === "idle");
  return {
    services,
    "reads per sweep": idle === undefined ? "-" : Math.round(idle.reads / idleHours),
    "peak MiB": Math.max(...events.map(({ peakMiB }) => peakMiB)),
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
