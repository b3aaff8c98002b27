/**
 * Who answers for an address while things happen to the node that announces it: one short round each. Order, and never two at once; how long
 * it takes is measured by `npm run bench:failover`.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeLab } from "./support/describe-lab.ts";
import { failOverAgainAndAgain, seeded } from "./support/flows/chain.ts";
import { judge, runRound } from "./support/rounds.ts";
import { rowsOf } from "./support/rows.ts";
import { byIPv6, type Stage, setStage } from "./support/stage.ts";

const rows = rowsOf({ frozen: 4_000, apiAway: 12_000, observe: 2_000 });

describeLab("failover on layer 2", ["nft"], () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(async () => {
    await stage?.lab.stop();
  });

  test.each(rows)("$name: $outcome", async (row) => {
    expect(await judge(stage, row, await runRound(stage, row))).toEqual([]);
  });

  test("failover after failover with varied delays: never stranded, never answered by two for long", async () => {
    const seed = Date.now() % 1_000_000;
    const links = await failOverAgainAndAgain(stage, 5, seeded(seed));
    // A node that is back, and one that hands over, may answer for a moment beside the other.
    const doubled = links.filter(({ doubledMs }) => doubledMs > 1_000);
    expect({ seed, doubled }).toEqual({ seed, doubled: [] });
  });

  test.each(rows.filter(({ name }) => ["SIGTERM", "agent kill -9", "link down"].includes(name)))(
    "$name: $outcome, by neighbour discovery",
    async (row) => {
      expect(await judge(stage, row, await runRound(await byIPv6(stage), row))).toEqual([]);
    },
  );
});
