/** Failover after failover with varied delays, without waiting until all is well again in between. */
import { ask } from "../clients.ts";
import { bringLinkUp, takeLinkDown } from "../faults.ts";
import type { NodeHost } from "../hosts.ts";
import { now } from "../programs/now.ts";
import { nodeNamed, pause, type Stage } from "../stage.ts";

export interface Link {
  readonly fault: string;
  readonly holder: string;
  readonly next: string;
  /** Answered by nobody for so long, at the longest. */
  readonly silentMs: number;
  readonly doubledMs: number;
}

interface Fault {
  readonly name: string;
  happen(stage: Stage, node: NodeHost): Promise<unknown>;
  repair(stage: Stage, node: NodeHost): Promise<void>;
}

const faults: readonly Fault[] = [
  {
    name: "kill -9",
    happen: ({ agents }, node) => agents.kill(node),
    repair: ({ agents }, node) => agents.start(node),
  },
  {
    name: "frozen",
    happen: async ({ agents }, node) => agents.signal(node, "SIGSTOP"),
    repair: async ({ agents }, node) => agents.signal(node, "SIGCONT"),
  },
  {
    name: "link down",
    happen: ({ lab }, node) => takeLinkDown(lab, node),
    repair: ({ lab }, node) => bringLinkUp(lab, node),
  },
  {
    name: "SIGTERM",
    happen: ({ agents }, node) => agents.leave(node),
    repair: ({ agents }, node) => agents.start(node),
  },
];

const longestDelayMs = 1_500;

/**
 * Each fault hits whoever answers, which is repaired after a while. `random` gives [0, 1).
 * @throws when an address is stranded: nobody answers for it any more
 */
export async function failOverAgainAndAgain(
  stage: Stage,
  rounds: number,
  random: () => number,
): Promise<Link[]> {
  const links: Link[] = [];
  const asking = await ask(stage.lab, [stage.address]);
  try {
    await stage.agents.ready(stage.nodes);
    for (let round = 0; round < rounds; round++) {
      const holder = await asking.settled(stage.address, { ms: 300 });
      const node = nodeNamed(stage, holder);
      const fault = faults[Math.floor(random() * faults.length)];
      if (fault === undefined) throw new Error("There is a fault for every number");
      await pause(random() * longestDelayMs);
      const from = now() - 300;
      await fault.happen(stage, node);
      const next = await asking.settled(stage.address, { ms: 300, by: (by) => by !== holder });
      await pause(random() * longestDelayMs);
      await fault.repair(stage, node);
      // Back again, it takes part before the next is hit: of two nodes that are left both must not be down.
      await stage.agents.ready([node]);
      const window = { from, to: now() - 150 };
      links.push({
        fault: fault.name,
        holder,
        next,
        silentMs: await asking.silentMs(stage.address, window),
        doubledMs: await asking.doubledMs(stage.address, window),
      });
    }
    return links;
  } finally {
    await asking.stop();
  }
}

/** The same numbers for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
