import { expect, test } from "@jest/globals";
import { watchersOf } from "../../../../src/agent/heartbeat/watchers.ts";

const nodes = Array.from({ length: 200 }, (_, index) => `node-${index}`);

test("five other nodes, the same ones in whatever order the nodes are listed", () => {
  for (const node of nodes) {
    const chosen = watchersOf(node, nodes);
    expect(new Set(chosen).size).toBe(5);
    expect(chosen).not.toContain(node);
    expect(watchersOf(node, nodes.toReversed())).toEqual(chosen);
  }
  expect(watchersOf("node-0", ["node-0", "node-1"])).toEqual(["node-1"]);
  expect(watchersOf("node-0", ["node-0"])).toEqual([]);
});

test("no node has to listen to much more than its share", () => {
  const load = new Map<string, number>();
  for (const node of nodes)
    for (const watcher of watchersOf(node, nodes)) load.set(watcher, (load.get(watcher) ?? 0) + 1);
  expect(Math.max(...load.values())).toBeLessThan(3 * 5);
});

test("a node that goes changes nothing for those that it did not watch", () => {
  const rest = nodes.filter((node) => node !== "node-7");
  for (const node of rest) {
    const before = watchersOf(node, nodes);
    const after = watchersOf(node, rest);
    expect(before.filter((watcher) => watcher !== "node-7").every((watcher) => after.includes(watcher))).toBe(
      true,
    );
    if (!before.includes("node-7")) expect(after).toEqual(before);
  }
});
