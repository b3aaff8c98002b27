import { describe, expect, test } from "@jest/globals";
import {
  firstOf,
  loadBounds,
  type Place,
  placingOrder,
  rankOf,
} from "../../../../src/agent/protocol/placement.ts";
import { textHash } from "../../../../src/agent/protocol/rendezvous.ts";

/** Which node has which address; addresses of nodes that are gone are placed anew, the others stay. */
function place(
  addresses: readonly string[],
  nodes: readonly string[],
  before: ReadonlyMap<string, string> = new Map(),
): Map<string, string> {
  const places = new Map(
    nodes.map((node): [string, Place] => [node, { node, hash: textHash(node), tier: 0, load: 0 }]),
  );
  const placed = new Map<string, string>();
  for (const [address, node] of before) {
    const kept = places.get(node);
    if (kept === undefined) continue;
    kept.load += 1;
    placed.set(address, node);
  }
  const contenders = [...places.values()].map((each) => ({ place: each, isPartial: false, preference: 0 }));
  const { placing } = loadBounds(addresses.length, nodes.length);
  for (const address of [...addresses].sort(placingOrder)) {
    if (placed.has(address)) continue;
    const first = firstOf(contenders, textHash(address), placing);
    if (first === undefined) throw new Error("There are no nodes");
    first.place.load += 1;
    placed.set(address, first.place.node);
  }
  return placed;
}

function busiest(placed: ReadonlyMap<string, string>): number {
  const counts = new Map<string, number>();
  for (const node of placed.values()) counts.set(node, (counts.get(node) ?? 0) + 1);
  return Math.max(...counts.values());
}

const nodesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `node-${at + 1}.example`);
const addressesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `10.1.${at >> 8}.${at & 255}`);
const sizes = [3, 4, 5, 7, 10, 20, 33, 50].flatMap((nodes) =>
  [100, 101, 333, 1_000, 2_000].map((addresses) => ({ nodes, addresses })),
);

describe.each(sizes)("$addresses addresses on $nodes nodes", ({ nodes, addresses }) => {
  const allowed = (on: number): number => Math.max(1.25 * (addresses / on), addresses / on + 1);

  test("no node has more than 1.25 times the mean, or one above it", () => {
    expect(busiest(place(addressesOf(addresses), nodesOf(nodes)))).toBeLessThanOrEqual(allowed(nodes));
  });

  test("the loss of a node moves its own addresses only, and keeps within the bound", () => {
    const before = place(addressesOf(addresses), nodesOf(nodes));
    const [lost, ...left] = nodesOf(nodes);
    const after = place(addressesOf(addresses), left, before);
    const moved = [...after]
      .filter(([address, node]) => before.get(address) !== node)
      .map(([address]) => address);
    const had = [...before].filter(([, node]) => node === lost).map(([address]) => address);
    expect(moved.sort()).toEqual(had.sort());
    expect(busiest(after)).toBeLessThanOrEqual(allowed(nodes - 1));
  });

  test("the order of the addresses makes no difference", () => {
    const shuffled = addressesOf(addresses).reverse();
    expect(new Map(place(shuffled, nodesOf(nodes).reverse()))).toEqual(
      place(addressesOf(addresses), nodesOf(nodes)),
    );
  });
});

test("a few addresses do not share a node while others have none", () => {
  for (let count = 1; count <= 5; count += 1) expect(busiest(place(addressesOf(count), nodesOf(5)))).toBe(1);
});

test("what is against a node counts before preference, preference before the load, the load before the hash", () => {
  const at = (node: string, tier: number, load: number, preference: number, isPartial = false) => ({
    place: { node, hash: textHash(node), tier, load },
    isPartial,
    preference,
  });
  const contenders = [
    at("blind", 2, 0, 100),
    at("preferred and full", 0, 9, 100),
    at("free", 0, 0, 0),
    at("full", 0, 9, 0),
    at("preferred and without a link", 0, 0, 100, true),
  ];
  const hash = textHash("10.0.0.1");
  expect(firstOf(contenders, hash, 5)?.place.node).toBe("preferred and full");
  const ranks = contenders.map(({ place: { node } }) => rankOf(node, contenders, hash, 5));
  expect(ranks).toEqual([4, 0, 1, 2, 3]);
  expect(rankOf("unknown", contenders, hash, 5)).toBeUndefined();
});
