/** What nodes announce while some or all of them do not reach the API server. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ask } from "./support/clients.ts";
import { describeLab } from "./support/describe-lab.ts";
import { reconnectOneByOne } from "./support/flows/one-by-one.ts";
import { cutOffWithStaleServices } from "./support/flows/stale.ts";
import { now } from "./support/programs/now.ts";
import { nodeNamed, type Stage, setStage } from "./support/stage.ts";

describeLab("without the API server", ["nft"], () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await setStage();
  });
  afterAll(async () => {
    await stage?.lab.stop();
  });

  test("a cut-off node hands over to nodes that see, and nothing stale is served after", async () => {
    const { cutOff, stories, unanswered, served } = await cutOffWithStaleServices(stage);
    expect(stories.deleted.filter((by) => by !== cutOff)).toEqual([]);
    for (const each of ["made again", "changed", "left alone"] as const) {
      expect(stories[each][0]).toBe(cutOff);
      expect(stories[each].at(-1)).not.toContain(cutOff);
      expect(stories[each].length).toBeLessThanOrEqual(3);
    }
    expect(unanswered).toBe(0);
    expect(served).toEqual({ "made again": true, changed: true });
  });

  test("nodes that reconnect one by one: every address stays answered, and the first one back is not crowded", async () => {
    const seen = await reconnectOneByOne(stage, { awayMs: 3_000, betweenMs: 13_000 });
    expect(seen.steps.filter(({ most, bound }) => most > bound)).toEqual([]);
    expect(seen.unanswered).toBe(0);
  });

  test("an agent that dies while the API server is away is taken over from all the same", async () => {
    const { lab, agents, address } = stage;
    await agents.ready(stage.nodes);
    const asking = await ask(lab, [address]);
    const holder = await asking.settled(address);
    const from = now();
    await lab.controlPlane.stopApiServer();
    await agents.kill(nodeNamed(stage, holder));
    const next = await asking.settled(address, { ms: 1_000, by: (node) => node !== holder });
    expect(await asking.story(address, { from, to: now() - 100 })).toEqual([holder, next]);
    await lab.controlPlane.startApiServer();
    await agents.start(nodeNamed(stage, holder));
    await agents.ready();
    expect(await asking.settled(address, { ms: 1_000 })).toBe(next);
    await asking.stop();
  });
});
