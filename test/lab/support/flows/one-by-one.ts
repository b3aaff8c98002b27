/** No node reaches the API server; then they do again, one after another, with time between in which the first might be given everything. */
import { cutOffFromApi, reconnectToApi } from "../faults.ts";
import { now } from "../programs/now.ts";
import { pause, type Stage } from "../stage.ts";
import { countsOf, createMany } from "./many.ts";

export interface OneByOne {
  readonly addresses: number;
  /** The most that any node had at any time. */
  readonly most: number;
  /** What a node may have: 1.25 of the mean, or one above it. */
  readonly bound: number;
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
    const before = await many.holders();
    let most = Math.max(...countsOf(before).values());
    const from = now();
    await Promise.all(nodes.map((node) => cutOffFromApi(lab, node)));
    await pause(times.awayMs);
    for (const node of nodes) {
      await reconnectToApi(lab, node);
      await pause(times.betweenMs);
      most = Math.max(most, ...countsOf(await many.holders()).values());
    }
    const window = { from, to: now() - 250 };
    const after = await many.holders();
    const each = [...many.addresses.values()];
    const sum = async (of: (address: string) => Promise<number>) =>
      (await Promise.all(each.map(of))).reduce((a, b) => a + b, 0);
    const mean = (addresses + 1) / nodes.length;
    return {
      addresses,
      most,
      bound: Math.max(Math.ceil(1.25 * mean), Math.ceil(mean) + 1),
      moved: [...after].filter(([name, node]) => before.get(name) !== node).length,
      unanswered: await sum((address) => many.asking.unanswered(address, window)),
      doubledMs: await sum((address) => many.asking.doubledMs(address, window)),
    };
  } finally {
    for (const node of nodes) await reconnectToApi(lab, node);
    await many.end();
  }
}
