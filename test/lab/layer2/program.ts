/** Layer 2 as a program: does what it is told by lines of JSON, and tells what it sees the same way. Its loop is as the agent's. */
import { readSync, writeSync } from "node:fs";
import { createLayer2 } from "../../../src/agent/layer2/layer2.ts";
import type { Held, Layer2Counters, SeenFrame } from "../../../src/agent/layer2/types.ts";
import type { Link } from "../../../src/agent/linux/link.ts";
import { readLinks, watchLinks } from "../../../src/agent/linux/links.ts";
import { compileSkipList } from "../../../src/agent/linux/skip-list.ts";
import { loadSystemCalls } from "../../../src/agent/linux/system-calls.ts";

export type Order =
  | { readonly do: "hold"; readonly held: Held }
  | { readonly do: "release" | "probe"; readonly address: string }
  /** From now on, once, or again and again. */
  | { readonly do: "answer"; readonly forMs: number; readonly again: boolean }
  | { readonly do: "count" };

export type Told =
  | { readonly tell: "frame"; readonly frame: SeenFrame }
  | { readonly tell: "trouble"; readonly trouble: string }
  /** Frames found no room. */
  | { readonly tell: "lost" }
  | { readonly tell: "links"; readonly links: readonly Link[] }
  | {
      readonly tell: "count";
      readonly counters: readonly Layer2Counters[];
      readonly cpuMs: number;
      readonly rssMiB: number;
    };

const longestWaitMs = 200;
const calls = await loadSystemCalls();
const watch = watchLinks(calls);
const skipList = compileSkipList(["^lo$"]);
const layer2 = createLayer2({
  calls,
  onFrame: (frame) => tell({ tell: "frame", frame }),
  onTrouble: (trouble) => tell({ tell: "trouble", trouble }),
});
const input = new Uint8Array(1024 * 1024);
let pending = "";
let renewMs = 0;

takeLinks();
for (let open = true; open; ) {
  if (renewMs > 0) layer2.answerUntil(calls.bootTime() + renewMs);
  layer2.tick(calls.bootTime());
  const due = layer2.nextDue() ?? Number.POSITIVE_INFINITY;
  const wait = Math.min(Math.max(due - calls.bootTime(), 0), longestWaitMs);
  for (const fd of calls.poll([0, watch.fd, ...layer2.fds()], wait)) {
    if (fd === 0) open = takeOrders();
    else if (fd === watch.fd) takeLinks();
    else layer2.onReadable(fd);
  }
  if (layer2.hasLost()) tell({ tell: "lost" });
}
layer2.close();

function takeLinks(): void {
  watch.changed();
  const links = readLinks(calls, skipList);
  layer2.setLinks(links);
  tell({ tell: "links", links });
}

function takeOrders(): boolean {
  const length = readSync(0, input);
  const lines = (pending + Buffer.from(input.subarray(0, length)).toString()).split("\n");
  pending = lines.pop() ?? "";
  for (const line of lines) take(JSON.parse(line) as Order);
  return length > 0;
}

function take(order: Order): void {
  switch (order.do) {
    case "hold":
      layer2.hold(order.held);
      break;
    case "release":
      layer2.release(order.address);
      break;
    case "probe":
      layer2.probe(order.address, undefined);
      break;
    case "answer":
      renewMs = order.again ? order.forMs : 0;
      layer2.answerUntil(calls.bootTime() + order.forMs);
      break;
    case "count":
      tell({ tell: "count", ...usage() });
  }
}

function usage(): Omit<Extract<Told, { tell: "count" }>, "tell"> {
  const { user, system } = process.cpuUsage();
  const rssMiB = process.memoryUsage.rss() / 2 ** 20;
  return { counters: layer2.counters(), cpuMs: (user + system) / 1000, rssMiB };
}

function tell(what: Told): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}
