/** Several Services at once, all watched by one client, and which node answers for which. */
import { type Asking, ask } from "../clients.ts";
import { createService, deleteService } from "../objects.ts";
import type { Stage } from "../stage.ts";

export interface Many {
  /** By the name of its Service. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly asking: Asking;
  /** Which node answers for each Service, once one alone does for all of them. */
  holders(): Promise<Map<string, string>>;
  end(): Promise<void>;
}

const perSecond = 10;

export async function createMany(stage: Stage, prefix: string, count: number): Promise<Many> {
  const { client } = stage.lab.cluster;
  const names = Array.from({ length: count }, (_, number) => `${prefix}-${number + 1}`);
  const addresses = new Map<string, string>();
  for (const name of names) {
    const [address = ""] = await stage.lab.cluster.served(await createService(client, name));
    addresses.set(name, address);
  }
  const asking = await ask(stage.lab, [...addresses.values()], perSecond);
  return {
    addresses,
    asking,
    async holders() {
      const pairs = names.map(async (name) => {
        const holder = await asking.settled(addresses.get(name) ?? "", { ms: 1_000 });
        return [name, holder] as const;
      });
      return new Map(await Promise.all(pairs));
    },
    async end() {
      await asking.stop();
      // One that a round deleted is gone already.
      for (const name of names) await deleteService(client, name).catch(() => {});
    },
  };
}

/** How many each node has. */
export function countsOf(holders: ReadonlyMap<string, string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of holders.values()) counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
}
