/** The clients of a lab, started for as long as something is watched, and what they have seen. */
import type { SupervisedServer } from "../../../src/testing/control-plane/supervised.ts";
import type { Lab } from "./lab.ts";
import {
  answersOf,
  doubledMs,
  type Fetches,
  fetchesIn,
  longestSilenceMs,
  type Span,
  spansOf,
  type Window,
} from "./observations.ts";
import { labProgram } from "./processes.ts";
import type { Fetched } from "./programs/http-client.ts";
import type { Heard } from "./programs/neighbour-client.ts";
import { now } from "./programs/now.ts";
import { until } from "./until.ts";

/** Asks for addresses by ARP and neighbour discovery. Nodes go by their names, whatever else answers by its MAC. */
export interface Asking {
  /** The node that answered the last request alone; undefined if none or several did. */
  holder(address: string): Promise<string | undefined>;
  /** Waits until from now on exactly one node has answered all requests for so long (default: half a second), and gives its name. */
  settled(
    address: string,
    o?: { readonly ms?: number; readonly by?: (node: string) => boolean },
  ): Promise<string>;
  /** Waits until from now on nobody has answered for a second. */
  silent(address: string): Promise<void>;
  /** Who answered, in the order of requests: `["node1", "node1+node2", "node2"]`. */
  story(address: string, window: Window): Promise<string[]>;
  doubledMs(address: string, window: Window): Promise<number>;
  /** The longest time without an answer by anybody. */
  silentMs(address: string, window: Window): Promise<number>;
  /** How many requests nobody answered. */
  unanswered(address: string, window: Window): Promise<number>;
  heard(): Promise<Heard[]>;
  stop(): Promise<void>;
}

/** Fetches a page. */
export interface Fetching {
  /** All requests that have ended so far. */
  fetched(): Promise<Fetched[]>;
  seen(window: Window): Promise<Fetches>;
  stop(): Promise<void>;
}

let started = 0;

export async function ask(lab: Lab, addresses: readonly string[], perSecond = 20): Promise<Asking> {
  const name = `asking-${++started}`;
  const process = await lab.start(
    "arp",
    name,
    labProgram("neighbour-client", [String(perSecond), ...addresses]),
  );
  const heard = () => lab.linesOf<Heard>(name);
  const names = new Map(lab.nodes.map((node) => [node.mac, node.name]));
  const named = (by: readonly string[]) => by.map((mac) => names.get(mac) ?? mac);
  const spans = async (address: string, window: Window): Promise<Span[]> =>
    spansOf(await heard(), address, window);

  const asking: Asking = {
    heard,
    async holder(address) {
      const last = (await recent(address, 400)).at(-1);
      return last?.by.length === 1 ? named(last.by)[0] : undefined;
    },
    settled(address, { ms = 500, by = () => true } = {}) {
      const called = now();
      return until(`one node alone answers for ${address}`, async () => {
        const answers = await recent(address, ms, called);
        const [first, ...others] = new Set(answers.flatMap((each) => named(each.by)));
        const unanswered = answers.filter((each) => each.by.length === 0).length;
        if (first === undefined || others.length > 0 || unanswered > 0 || answers.length < fewest(ms))
          throw new Error(
            `${answers.length} requests, ${unanswered} of them unanswered, by ${[first, ...others].join()}`,
          );
        if (!by(first)) throw new Error(`it is ${first}`);
        return first;
      });
    },
    silent(address) {
      const called = now();
      return until(`nobody answers for ${address}`, async () => {
        const answers = await recent(address, 1_000, called);
        const [by] = answers.flatMap((each) => named(each.by));
        if (by !== undefined || answers.length < fewest(1_000)) throw new Error(`${by} answers`);
      });
    },
    story: async (address, window) => (await spans(address, window)).map(({ by }) => named(by).join("+")),
    doubledMs: async (address, window) => doubledMs(await spans(address, window)),
    silentMs: async (address, window) => longestSilenceMs(await heard(), address, window),
    unanswered: async (address, window) =>
      answersOf(await heard(), address, window).filter(({ by }) => by.length === 0).length,
    stop: () => end(process),
  };
  await until("the first request is sent", async () => {
    if ((await heard()).length === 0) throw new Error(await lab.said(name));
  });
  return asking;

  /** The requests of the last time, but those that may still be answered. */
  async function recent(address: string, ms: number, since = 0) {
    const to = now() - 75;
    return answersOf(await heard(), address, { from: Math.max(to - ms, since), to });
  }

  /** Requests that must have been sent in this time, on a machine that is busy. */
  function fewest(ms: number): number {
    return (ms / 1_000) * perSecond * 0.6;
  }
}

/** Resolves when the first page has come, or at once. */
export async function fetchPages(
  lab: Lab,
  kind: "warm" | "cold",
  address: string,
  port = 80,
  { wait = true } = {},
): Promise<Fetching> {
  const name = `fetching-${++started}`;
  const process = await lab.start(kind, name, labProgram("http-client", [kind, address, String(port)]));
  const fetched = () => lab.linesOf<Fetched>(name);
  if (wait)
    await until(`a page comes from ${address}`, async () => {
      const last = (await fetched()).at(-1);
      if (last?.answer === undefined) throw new Error(last?.why ?? (await lab.said(name)));
    });
  return {
    fetched,
    seen: async (window) => fetchesIn(await fetched(), window),
    stop: () => end(process),
  };
}

async function end(process: SupervisedServer): Promise<void> {
  process.signal("SIGKILL");
  await process.exited;
}
