/** No node reaches the API server; then they do again, one after another, with time between in which the first might be given everything. */
import { cutOffFromApi, reconnectToApi } from "../faults.ts";
import { now } from "../programs/now.ts";
import { pause, type Stage } from "../stage.ts";
import { until } from "../until.ts";
import { countsOf, createMany } from "./many.ts";

export interface OneByOne {
  readonly addresses: number;
  /**
   * After each node that reaches the API server again: the most addresses that any node has, and what it may have. That is 1.25 of the mean (or
   * one above it) over those that reach it; and over all nodes while only the first does, for it is not to be given everything.
   */
  readonly steps: readonly { readonly most: number; readonly bound: number }[];
  readonly moved: number;
  readonly unanswered: number;
  readonly doubledMs: number;
}

const addresses = 12;

export async function reconnectOneByOne(
  stage: Stage,
  times: { readonly awayMs: number; readonly betweenMs: number },
): Promise<OneByOne> {
  const { lab, nodes } = stage;
  const many = await createMany(stage, "many", addresses);
  try {
    const before = await until("no node has more than its share", async () => {
      const holders = await many.holders();
      const counts = countsOf(holders);
      if (Math.max(...counts.values()) <= boundOf(nodes.length)) return holders;
      throw new Error(`they have ${[...counts.values()].join(", ")}`);
    });
    const steps: { most: number; bound: number }[] = [];
    const from = now();
    await Promise.all(nodes.map((node) => cutOffFromApi(lab, node)));
    await pause(times.awayMs);
    for (const [at, node] of nodes.entries()) {
      await reconnectToApi(lab, node);
      await pause(times.betweenMs);
      const most = Math.max(...countsOf(await many.holders()).values());
      steps.push({ most, bound: boundOf(at === 0 ? nodes.length : at + 1) });
    }
    const window = { from, to: now() - 250 };
    const after = await many.holders();
    const each = [...many.addresses.values()];
    const sum = async (of: (address: string) => Promise<number>) =>
      (await Promise.all(each.map(of))).reduce((a, b) => a + b, 0);
    return {
      addresses,
      steps,
      moved: [...after].filter(([name, node]) => before.get(name) !== node).length,
      unanswered: await sum((address) => many.asking.unanswered(address, window)),
      doubledMs: await sum((address) => many.asking.doubledMs(address, window)),
    };
  } finally {
    for (const node of nodes) await reconnectToApi(lab, node);
    await many.end();
  }
}

/** With the address that a stage has besides. */
function boundOf(nodes: number): number {
  const mean = (addresses + 1) / nodes;
  return Math.max(Math.ceil(1.25 * mean), Math.floor(mean) + 1);
}
