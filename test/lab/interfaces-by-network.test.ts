/** A pool without advertisements, on nodes with several interfaces: the one in whose network the addresses are is what counts. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeLab } from "./support/describe-lab.ts";
import { judge, runRound } from "./support/rounds.ts";
import { rowsOf } from "./support/rows.ts";
import { byIPv6, nodeNamed, type Stage, setStage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const rows = rowsOf({ frozen: 4_000, apiAway: 12_000, observe: 2_000 }).filter(({ name }) =>
  ["link down", "link back"].includes(name),
);

describeLab("interfaces by their networks", ["nft"], () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await setStage({ eth0By: "network" });
  });
  afterAll(async () => {
    await stage?.lab.stop();
  });

  test("it is announced on eth0 alone, though mgmt0 and pod0 are up", async () => {
    const told = () => Promise.all(stage.nodes.map((node) => stage.agents.announcer(node)));
    const used = (await told()).flatMap(({ status }) => status?.interfaces ?? []);
    const names = used.filter(({ up, skipped }) => up && skipped === undefined).map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(["eth0", "mgmt0", "pod0"]));
    // In the first second nobody has said yet which networks it is in.
    await until("the address is announced on eth0", async () => {
      const addresses = (await told()).flatMap(({ status }) => status?.addresses ?? []);
      expect(addresses.map(({ interfaces }) => interfaces)).toEqual([["eth0"]]);
    });
  });

  test.each(rows)("$name: $outcome", async (row) => {
    const round = await runRound(stage, row);
    expect(await judge(stage, row, round)).toEqual([]);
    if (row.name === "link down")
      expect(await stage.agents.log(nodeNamed(stage, round.holder))).toContain(
        `Interface eth0, on which it announces ${stage.address}`,
      );
  });

  test.each(rows)("$name: $outcome, by neighbour discovery", async (row) => {
    expect(await judge(stage, row, await runRound(await byIPv6(stage), row))).toEqual([]);
  });
});
