/** What a pool is told of addresses of nodes that it holds. */
import { expect, test } from "@jest/globals";
import type { IPAddressPool } from "../../../../src/api/ip-address-pool.ts";
import { poolStatus } from "../../../../src/controllers/address-pool/status.ts";
import { createAllocator } from "../../../../src/core/allocator/allocator.ts";
import { ip, pool, range } from "../../core/allocator/builders.ts";

const nowMs = Date.parse("2026-01-01T00:00:00Z");

function degraded(addresses: readonly string[], isSelected: boolean | undefined, wasAdvertised: boolean) {
  const allocator = createAllocator();
  allocator.setPools([pool("edge", ["10.1.0.0/24"])]);
  for (const [n, address] of addresses.entries()) allocator.setNode(`n${n}`, [ip(address)]);
  const object = {
    metadata: { name: "edge", generation: 1 },
    spec: { addresses: ["10.1.0.0/24"] },
    status: wasAdvertised ? { advertised: true } : {},
  } as unknown as IPAddressPool;
  const state = {
    verdict: { name: "edge", accepted: true as const, ranges: [range("10.1.0.0/24")] },
    usage: allocator.usage("edge"),
    ofNodes: allocator.nodesIn("edge", 2),
  };
  const { conditions = [] } = poolStatus(object, state, { isSelected, nowMs });
  const found = conditions.find(({ type }) => type === "Degraded");
  return found && `${found.status} ${found.reason}: ${found.message}`;
}

test.each<[string, Parameters<typeof degraded>, string | undefined]>([
  ["names each", [["10.1.0.7", "10.1.0.7"], true, true], '10.1.0.7 of nodes "n0", "n1"; take'],
  [
    "counts what it does not name",
    [["10.1.0.1", "10.1.0.2", "10.1.0.3", "10.9.0.1"], true, true],
    'True AddressOfNode: it holds own addresses of nodes, which are not given out: 10.1.0.1 of node "n0", 10.1.0.2 of node "n1", and 1 more; take them out',
  ],
  ["says it where advertisements are not known", [["10.1.0.1"], undefined, false], "True AddressOfNode: "],
  ["says so where nodes are elsewhere", [["10.9.0.1"], true, true], "False AsExpected: "],
])("a pool %s", (_, given, expected) => {
  expect(degraded(...given)).toContain(expected);
});

test("a pool that nobody announces is told of both", () => {
  expect(degraded(["10.1.0.1"], false, true)).toMatch(
    /^True PoolNotAdvertised: no advertisement .*; and it holds own addresses of nodes.*"n0"/,
  );
});

test("nothing is said of a pool of which nothing is known", () => {
  expect(degraded([], undefined, true)).toBeUndefined();
});
