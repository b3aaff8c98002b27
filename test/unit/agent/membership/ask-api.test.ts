import { expect, test } from "@jest/globals";
import { askApi } from "../../../../src/agent/membership/ask-api.ts";
import { createSimulation } from "./simulation.ts";

function asking(world = createSimulation()) {
  const reached: number[] = [];
  const stop = new AbortController();
  const ask = () =>
    askApi({
      client: world.client,
      namespace: "fairlead-system",
      node: "node-a",
      now: world.now,
      onReached: (at) => reached.push(at),
      signal: stop.signal,
      clock: world.clock,
    });
  return { world, reached, stop, ask };
}

test("the time that counts is when it was sent; that there is no Lease is an answer too", async () => {
  const { world, reached, ask } = asking();
  const sentAt = world.now();
  const asked = ask();
  await world.pass(100);
  await asked;
  expect(world.requests).toEqual([{ verb: "get", name: "fairlead-agent-node-a", atMs: sentAt }]);
  expect(reached).toEqual([sentAt]);
});

test("an API server that does not answer is given up, and was not reached", async () => {
  const { world, reached, ask } = asking();
  world.setAway(true);
  const asked = ask();
  await world.pass(2_500);
  await asked;
  expect(reached).toEqual([]);
});

test("it ends with the process", async () => {
  const { world, reached, stop, ask } = asking();
  world.setAway(true);
  const asked = ask();
  stop.abort(new Error("the end"));
  await asked;
  expect(reached).toEqual([]);
});
