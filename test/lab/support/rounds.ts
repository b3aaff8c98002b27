/** Rounds: clients watch an address while something happens, and what they saw is put together. */
import { type Asking, ask } from "./clients.ts";
import type { NodeHost } from "./hosts.ts";
import type { Fetches } from "./observations.ts";
import { now } from "./programs/now.ts";
import type { Row } from "./rows.ts";
import { nodeNamed, pause, type Stage, type Watchers, watch } from "./stage.ts";

export interface Round {
  readonly row: string;
  /** Who answered when clients began to watch. */
  readonly holder: string;
  /** Who answered, in order, from shortly before it happened: `["node1", "node1+node2", "node2"]`. */
  readonly story: readonly string[];
  /** How long two answered at once. */
  readonly doubledMs: number;
  /** From when it began to happen until another node first answered; undefined if none did. */
  readonly otherAfterMs: number | undefined;
  readonly warm: Fetches;
  readonly cold: Fetches;
}

const steadyMs = 1_000;
/** What a late second answerer would be seen in. */
const afterwardsMs = 1_500;

/** Leaves the stage as it found it. `delayMs`: waits so long before it happens, so that rounds do not all meet the agents at the same point. */
export async function runRound(stage: Stage, row: Row, delayMs = 0): Promise<Round> {
  await stage.agents.ready(stage.nodes);
  const first = nodeNamed(stage, await heldBy(stage));
  try {
    await row.prepare?.(stage, first);
    const watchers = await watch(stage);
    try {
      return await observe(stage, row, first, watchers, delayMs);
    } finally {
      await watchers.stop();
    }
  } finally {
    await row.repair?.(stage, first);
  }
}

async function observe(
  stage: Stage,
  row: Row,
  first: NodeHost,
  { asking, warm, cold }: Watchers,
  delayMs: number,
): Promise<Round> {
  const { address } = stage;
  const holder = await asking.settled(address, { ms: steadyMs });
  await pause(delayMs);
  const from = now();
  await row.happen(stage, first);
  if (row.outcome !== "stays")
    await asking.settled(address, { ms: afterwardsMs, by: (node) => node !== holder });
  const window = { from: from - steadyMs / 2, to: now() - 250 };
  return {
    row: row.name,
    holder,
    story: await asking.story(address, window),
    doubledMs: await asking.doubledMs(address, window),
    otherAfterMs: await otherAfter(asking, stage, holder, from),
    warm: await warm.seen(window),
    cold: await cold.seen(window),
  };
}

async function heldBy(stage: Stage): Promise<string> {
  const asking = await ask(stage.lab, [stage.address]);
  try {
    return await asking.settled(stage.address);
  } finally {
    await asking.stop();
  }
}

async function otherAfter(
  asking: Asking,
  { lab, address }: Stage,
  holder: string,
  from: number,
): Promise<number | undefined> {
  const mac = lab.nodes.find(({ name }) => name === holder)?.mac;
  const heard = await asking.heard();
  const first = heard.find(
    (each) => each.what === "answer" && each.address === address && each.at >= from && each.mac !== mac,
  );
  return first === undefined ? undefined : first.at - from;
}

/** What is wrong with a round, as sentences: who answered, in which order, and how many at once. No times. */
export function faultsOf({ name, outcome, momentOfBoth }: Row, { story, holder }: Round): string[] {
  const others = [...new Set(story.flatMap((by) => by.split("+")))].filter((by) => by !== holder);
  const [other = ""] = others;
  const told = (expected: string) => [`${name}: answered by ${story.join(", ")}; ${expected}`];
  switch (outcome) {
    case "stays": {
      const isHolders = story.every((by) => by === holder || (momentOfBoth === true && by.includes("+")));
      return isHolders && story.at(-1) === holder ? [] : told(`${holder} was to stay`);
    }
    case "taken over":
      return story.join() === [holder, other].join() ? [] : told(`one after ${holder}, and never two`);
    case "handed over": {
      const both = [holder, other].toSorted().join("+");
      const allowed = [
        [holder, other],
        [holder, both, other],
      ];
      return allowed.some((each) => each.join() === story.join()) ? [] : told("a hand-over to one other");
    }
  }
}

/** What is wrong with a round; if anything is, also what the agents said last, for whoever has to find out why. */
export async function judge(stage: Stage, row: Row, round: Round): Promise<string[]> {
  const faults = faultsOf(row, round);
  if (faults.length === 0) return [];
  const logs = stage.nodes.map(
    async (node) => `${node.name}: ${(await stage.agents.log(node)).slice(-1_500)}`,
  );
  return [...faults, ...(await Promise.all(logs))];
}
