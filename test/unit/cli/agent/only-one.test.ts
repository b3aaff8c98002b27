import { expect, test } from "@jest/globals";
import { beOnlyAgent } from "../../../../src/cli/agent/only-one.ts";

// Of this process alone: other tests may run on the machine.
const node = `node-of-${process.pid}`;

test("of two agents of a node the second is refused, and one of another node is not", async () => {
  using _ = await beOnlyAgent(node, { waitMs: 0 });
  await expect(beOnlyAgent(node, { waitMs: 0 })).rejects.toThrow(`Another agent of node ${node} runs`);
  using _other = await beOnlyAgent(`${node}-b`, { waitMs: 0 });
});

test("one that is about to end is waited for", async () => {
  const first = await beOnlyAgent(node, { waitMs: 0 });
  const second = beOnlyAgent(node);
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
});
