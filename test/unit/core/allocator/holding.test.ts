import { describe, expect, test } from "@jest/globals";
import { type Allocator, createAllocator } from "../../../../src/core/allocator/allocator.ts";
import type { PoolConfig } from "../../../../src/core/allocator/contract.ts";
import { formatAddress } from "../../../../src/core/ip/address.ts";
import { ip, messageOf, pool, range, request, said, type Wish } from "./builders.ts";

function allocatorWith(...pools: PoolConfig[]): Allocator {
  const allocator = createAllocator();
  allocator.setPools(pools);
  return allocator;
}

const a = pool("a", ["10.1.0.0/24"]);
const b = pool("b", ["10.2.0.1"]);
const six = pool("six", ["2001:db8::/64"]);
const prefer = { families: ["IPv4", "IPv6"], familyPolicy: "PreferDualStack" } as const;
const require = { families: ["IPv4", "IPv6"], familyPolicy: "RequireDualStack" } as const;

describe("x holds 10.1.0.0 of pool a", () => {
  test.each<[string, { pools?: PoolConfig[]; first?: Wish; now?: Wish; taken?: Wish[] }, string, string]>([
    [
      "its pool is gone: it keeps the address",
      { pools: [b] },
      "10.1.0.0 AddressOutsidePool",
      "Keeps 10.1.0.0, which would not be given out now: 10.1.0.0 is in no pool; add it to one, or ask for another",
    ],
    ["all pools are gone: it keeps the address", { pools: [] }, "10.1.0.0 AddressOutsidePool", "no pool"],
    [
      "its pool shrank: it keeps the address",
      { pools: [pool("a", ["10.1.0.8/29"])] },
      "10.1.0.0 AddressOutsidePool",
      "is in no pool",
    ],
    [
      "another pool has the address now: nothing to tell",
      { pools: [pool("z", ["10.0.0.0/8"])] },
      "10.1.0.0",
      "",
    ],
    [
      "its pool is for others now: it keeps the address",
      { pools: [{ ...a, allocation: { namespaces: new Set(["other"]), serviceSelectors: [] } }] },
      "10.1.0.0 PoolNotAllowed",
      'Pool "a" is not for default/x',
    ],
    [
      "its pool has autoAssign off now: nothing to tell",
      { pools: [{ ...a, autoAssign: false }] },
      "10.1.0.0",
      "",
    ],
    ["its pool avoids .0 now: nothing to tell", { pools: [{ ...a, avoidBuggyIPs: true }] }, "10.1.0.0", ""],
    [
      "the class does not allow the pool any more: it keeps the address",
      { now: { limits: { pools: ["b"] } } },
      "10.1.0.0 PoolNotAllowed",
      "The policy of the class does not allow pool",
    ],
    [
      "the class does not allow the range any more: it keeps the address",
      { now: { limits: { ranges: [range("10.1.0.128/25")] } } },
      "10.1.0.0 AddressNotAllowed",
      "The policy of the class does not allow 10.1.0.0",
    ],
    ["asks for a free address: it moves", { now: { addresses: ["10.1.0.7"] } }, "10.1.0.7", ""],
    ["asks for the one it has: it stays", { now: { addresses: ["10.1.0.0"] } }, "10.1.0.0", ""],
    ["asks for a pool with room: it moves", { now: { pool: "b" } }, "10.2.0.1", ""],
    ["asks for the pool it is in: it stays", { now: { pool: "a" } }, "10.1.0.0", ""],
    [
      "the range went from the pool it asked for to another: it keeps the address",
      {
        pools: [pool("a", ["10.1.0.8/29"]), pool("z", ["10.1.0.0/29"])],
        first: { pool: "a" },
        now: { pool: "a" },
      },
      "10.1.0.0 AddressOutsidePool",
      '10.1.0.0 is in pool "z", not in "a"',
    ],
    ["asks for nothing any more: it stays", { first: { addresses: ["10.1.0.0"] } }, "10.1.0.0", ""],
    [
      "asks for an address in use: it keeps what it has",
      { now: { addresses: ["10.1.0.1"] }, taken: [{}] },
      "10.1.0.0 RequestedAddressUnavailable",
      "Keeps 10.1.0.0, for what is asked for can't be had: 10.1.0.1 is in use by default/y0",
    ],
    [
      "asks for an address in no pool: it keeps what it has",
      { now: { addresses: ["192.0.2.1"] } },
      "10.1.0.0 RequestedAddressUnavailable",
      "192.0.2.1 is in no pool",
    ],
    [
      "asks for a full pool: it keeps what it has",
      { now: { pool: "b" }, taken: [{ pool: "b" }] },
      "10.1.0.0 RequestedAddressUnavailable",
      'pool "b" has none left (1 in use)',
    ],
    [
      "asks for a pool that is not there: it keeps what it has",
      { now: { pool: "nope" } },
      "10.1.0.0 RequestedAddressUnavailable",
      'no accepted pool "nope"',
    ],
    [
      "asks for two addresses of one family: it keeps what it has",
      { now: { addresses: ["10.1.0.1", "10.1.0.2"] } },
      "10.1.0.0 RequestedAddressUnavailable",
      "one address per family",
    ],
    [
      "asks for an address of a family it does not want: it keeps what it has",
      { now: { addresses: ["10.1.0.0", "2001:db8::1"] } },
      "10.1.0.0 RequestedAddressUnavailable",
      "Cannot use 2001:db8::1: default/x is IPv4 only",
    ],
    ["changes its ports: it stays", { now: { ports: ["UDP/53"] } }, "10.1.0.0", ""],
    ["becomes dual stack: it gets the second beside", { now: prefer }, "10.1.0.0 2001:db8::", ""],
    [
      "comes to require two families, and there is one: it keeps the first",
      { pools: [a], now: require },
      "10.1.0.0 SecondFamilyUnavailable",
      'Has no IPv6 address: No IPv6 address for default/x: pool "a" has no IPv6',
    ],
    ["wants IPv6 only from now on: it gives IPv4 back", { now: { families: ["IPv6"] } }, "2001:db8::", ""],
    [
      "wants IPv6 only, and there is none: it waits",
      { pools: [a], now: { families: ["IPv6"] } },
      "FamilyUnavailable",
      "",
    ],
    [
      "loses its cluster IPs: it keeps what it has",
      { now: { families: [] } },
      "10.1.0.0 RequestedAddressUnavailable",
      "has no IP family",
    ],
  ])("%s", (_, { pools = [a, b, six], first = {}, now = {}, taken = [] }, expected, message) => {
    const allocator = allocatorWith(a, b, six);
    expect(said(allocator.allocate(request("x", first)))).toBe("10.1.0.0");
    for (const [at, wish] of taken.entries()) allocator.allocate(request(`y${at}`, wish));
    allocator.setPools(pools);
    const allocation = allocator.allocate(request("x", now));
    expect(said(allocation)).toBe(expected);
    expect(messageOf(allocation)).toContain(message);
    // The answer is what is in force.
    const held = allocator.get("x")?.addresses ?? [];
    expect(held).toEqual(allocation.state === "held" ? allocation.holding.addresses : []);
    for (const address of held) expect(allocator.holdersOf(address).map(({ id }) => id)).toEqual(["x"]);
  });
});

describe("what is given back is told, and free for others", () => {
  test.each<[string, Wish, string]>([
    ["after a move", { addresses: ["10.1.0.7"] }, "Moved"],
    ["after a change of family", { families: ["IPv6"] }, "FamilyNotWanted"],
  ])("%s", (_, now, because) => {
    const allocator = allocatorWith(a, six);
    allocator.allocate(request("x"));
    expect(allocator.allocate(request("x", now)).released).toEqual([{ address: ip("10.1.0.0"), because }]);
    expect(said(allocator.allocate(request("y", { addresses: ["10.1.0.0"] })))).toBe("10.1.0.0");
  });
});

test("the missing family is added later, and the first does not move", () => {
  const allocator = allocatorWith(a);
  expect(said(allocator.allocate(request("x", prefer)))).toBe("10.1.0.0 SecondFamilyUnavailable");
  allocator.setPools([six, a]);
  expect(allocator.serveWaiting()).toEqual(["x"]);
  expect(said(allocator.allocate(request("x", prefer)))).toBe("10.1.0.0 2001:db8::");
});

test("a change of pools names those whose pool it changed, and moves nobody", () => {
  const allocator = allocatorWith(a, b);
  allocator.allocateAll([request("x"), request("y", { pool: "b" }), request("z")]);
  expect(allocator.setPools([a, b])).toEqual([]);
  expect(allocator.setPools([pool("a", ["10.1.0.0"]), pool("c", ["10.2.0.1"])])).toEqual(["y", "z"]);
  expect(allocator.poolOf(ip("10.2.0.1"))).toBe("c");
  expect(allocator.get("z")?.addresses.map(formatAddress)).toEqual(["10.1.0.1"]);
});

describe("counts", () => {
  test.each<[string, PoolConfig, Wish[], [bigint, bigint, bigint, bigint]]>([
    ["an empty pool", pool("a", ["10.1.0.0/24", "2001:db8::/64"]), [], [0n, 256n, 0n, 2n ** 64n]],
    [
      "what is avoided is not available",
      pool("a", ["10.1.0.0/16"], { avoidBuggyIPs: true }),
      [{}, {}],
      [2n, 65536n - 512n - 2n, 0n, 0n],
    ],
    [
      "an avoided address that was asked for is assigned, and was never available",
      pool("a", ["10.1.0.0/24"], { avoidBuggyIPs: true }),
      [{ addresses: ["10.1.0.0"] }],
      [1n, 254n, 0n, 0n],
    ],
    [
      "a shared address counts once",
      pool("a", ["10.1.0.0/24"]),
      [{ sharing: {} }, { sharing: {}, ports: ["TCP/81"] }],
      [1n, 255n, 0n, 0n],
    ],
    ["a whole /8", pool("a", ["10.0.0.0/8"]), [prefer], [1n, 2n ** 24n - 1n, 0n, 0n]],
  ])("%s", (_, config, wishes, [assignedIPv4, availableIPv4, assignedIPv6, availableIPv6]) => {
    const allocator = allocatorWith(config);
    for (const [at, wish] of wishes.entries()) allocator.allocate(request(`x${at}`, wish));
    expect(allocator.usage("a")).toEqual({ assignedIPv4, availableIPv4, assignedIPv6, availableIPv6 });
  });

  test("a pool that is not there has none", () => {
    expect(allocatorWith(a).usage("nope")).toBeUndefined();
  });

  test("overlapping pools that came through all the same count each address once", () => {
    const allocator = allocatorWith(pool("b", ["10.1.0.0/25"]), pool("a", ["10.1.0.0/24"]));
    allocator.allocate(request("x"));
    expect(allocator.usage("a")?.assignedIPv4).toBe(1n);
    expect(allocator.usage("b")?.assignedIPv4).toBe(0n);
  });
});

test("pools of a /8 and a /64 are used like small ones: full blocks are stepped over, not walked", () => {
  const allocator = allocatorWith(pool("a", ["10.0.0.0/8", "fd00::/64"], { avoidBuggyIPs: true }));
  for (let at = 0; at < 2000; at++) allocator.allocate(request(`s${at}`, prefer));
  expect(allocator.get("s1999")?.addresses.map(formatAddress)).toEqual(["10.0.7.222", "fd00::7d0"]);
  expect(allocator.usage("a")).toEqual({
    assignedIPv4: 2000n,
    availableIPv4: 2n ** 24n - 2n ** 17n - 2000n,
    assignedIPv6: 2000n,
    availableIPv6: 2n ** 64n - 1n - 2000n,
  });
});

test("release frees everything and forgets who waits", () => {
  const allocator = allocatorWith(b);
  allocator.allocateAll([request("x"), request("y")]);
  expect(allocator.waiting()).toEqual(["y"]);
  expect([allocator.release("y"), allocator.release("x"), allocator.release("x")]).toEqual([
    true,
    true,
    false,
  ]);
  expect([allocator.size, allocator.waiting(), allocator.serveWaiting()]).toEqual([0, [], []]);
});
