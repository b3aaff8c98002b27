import { expect, test } from "@jest/globals";
import { createOtherKeys } from "../../../../src/agent/thread/other-keys.ts";

test("a node with another key is told of once in a while, single datagrams are not", () => {
  const told: string[] = [];
  const keys = createOtherKeys((message) => told.push(message));
  for (let at = 0; at < 3_600_000; at += 1_000) keys.refused(at);
  expect(told).toEqual([]);
  for (let at = 3_700_000; at < 3_700_000 + 900_000; at += 200) keys.refused(at);
  expect(told).toHaveLength(2);
  expect(told[0]).toContain("is the key file the same on all nodes?");
});
