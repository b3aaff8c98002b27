import { describe, expect, test } from "@jest/globals";
import { createAllocator } from "../../../../src/core/allocator/allocator.ts";
import type { AllocationRequest, PoolConfig } from "../../../../src/core/allocator/contract.ts";
import { messageOf, pool, range, request, said } from "./builders.ts";

function place(pools: readonly PoolConfig[], ...requests: AllocationRequest[]): string[] {
  const allocator = createAllocator();
  allocator.setPools(pools);
  return requests.map((one) => said(allocator.allocate(one)));
}

const dual = { families: ["IPv4", "IPv6"] } as const;
const prefer = { ...dual, familyPolicy: "PreferDualStack" } as const;
const require = { ...dual, familyPolicy: "RequireDualStack" } as const;
const onlyFor = (...namespaces: string[]) => ({
  allocation: { namespaces: new Set(namespaces), serviceSelectors: [] },
});
const web = { matchLabels: { app: "web" } };
const api = { matchLabels: { app: "api" } };

describe("automatic choice", () => {
  test.each<[string, PoolConfig[], AllocationRequest[], string[]]>([
    [
      "takes pools by name",
      [pool("b", ["10.2.0.0/24"]), pool("a", ["10.1.0.0/24"])],
      [request("x")],
      ["10.1.0.0"],
    ],
    [
      "takes ranges in the order of the list, not by number",
      [pool("a", ["10.9.0.1", "10.1.0.1"])],
      [request("x"), request("y")],
      ["10.9.0.1", "10.1.0.1"],
    ],
    [
      "goes on to the next pool when one is full",
      [pool("a", ["10.1.0.1"]), pool("b", ["10.2.0.1"])],
      [request("x"), request("y")],
      ["10.1.0.1", "10.2.0.1"],
    ],
    [
      "prefers a pool that names the namespace, whatever its name",
      [pool("a", ["10.1.0.1"]), pool("z", ["10.2.0.1"], onlyFor("default"))],
      [request("x"), request("y")],
      ["10.2.0.1", "10.1.0.1"],
    ],
    [
      "takes pinned pools by priority: 1 first, 0 last",
      [
        pool("a", ["10.1.0.1"], { ...onlyFor("default"), priority: 0 }),
        pool("b", ["10.2.0.1"], { ...onlyFor("default"), priority: 20 }),
        pool("c", ["10.3.0.1"], { ...onlyFor("default"), priority: 3 }),
      ],
      [request("x"), request("y"), request("z")],
      ["10.3.0.1", "10.2.0.1", "10.1.0.1"],
    ],
    [
      "counts a pool with nothing but a priority as pinned, and for everybody",
      [
        pool("a", ["10.1.0.1"]),
        pool("b", ["10.2.0.1"], { priority: 5, allocation: { serviceSelectors: [] } }),
      ],
      [request("x", { namespace: "any" })],
      ["10.2.0.1"],
    ],
    [
      "leaves out a pool for other namespaces",
      [pool("a", ["10.1.0.1"], onlyFor("other"))],
      [request("x")],
      ["NoPools"],
    ],
    [
      "leaves out a pool whose namespace selectors match no namespace",
      [pool("a", ["10.1.0.1"], onlyFor())],
      [request("x")],
      ["NoPools"],
    ],
    [
      "asks for one of the label selectors",
      [pool("a", ["10.1.0.0/30"], { allocation: { serviceSelectors: [web, api] } })],
      [request("x", { labels: { app: "api" } }), request("y", { labels: { app: "db" } })],
      ["10.1.0.0", "NoPools"],
    ],
    [
      "asks for namespace and labels, not one of them",
      [
        pool("a", ["10.1.0.0/30"], {
          allocation: { namespaces: new Set(["prod"]), serviceSelectors: [web] },
        }),
      ],
      [
        request("x", { namespace: "prod" }),
        request("y", { labels: { app: "web" } }),
        request("z", { namespace: "prod", labels: { app: "web" } }),
      ],
      ["NoPools", "NoPools", "10.1.0.0"],
    ],
    [
      "leaves out a pool with autoAssign off",
      [pool("a", ["10.1.0.1"], { autoAssign: false })],
      [request("x")],
      ["NoPools"],
    ],
    [
      "skips .0 and .255 where the pool avoids them",
      [pool("a", ["10.1.0.254-10.1.1.1"], { avoidBuggyIPs: true })],
      [request("x"), request("y"), request("z")],
      ["10.1.0.254", "10.1.1.1", "PoolExhausted"],
    ],
    [
      "gives .0 out where the entry is that one address",
      [pool("a", ["10.1.0.0", "10.1.0.255/32"], { avoidBuggyIPs: true })],
      [request("x"), request("y")],
      ["10.1.0.0", "10.1.0.255"],
    ],
    [
      "skips the anycast address of the routers in IPv6, and nothing else",
      [pool("a", ["2001:db8::/127"], { avoidBuggyIPs: true })],
      [request("x", { families: ["IPv6"] }), request("y", { families: ["IPv6"] })],
      ["2001:db8::1", "PoolExhausted"],
    ],
    [
      "stays within the pools that the class allows",
      [pool("a", ["10.1.0.1"]), pool("b", ["10.2.0.1"])],
      [request("x", { limits: { pools: ["b"] } }), request("y", { limits: { pools: [] } })],
      ["10.2.0.1", "PoolNotAllowed"],
    ],
    [
      "stays within the ranges that the class allows, across pools",
      [pool("a", ["10.1.0.0/24"]), pool("b", ["10.2.0.0/24"])],
      [
        request("x", { limits: { ranges: [range("10.1.0.77"), range("10.2.0.8-10.2.0.9")] } }),
        request("y", { limits: { ranges: [range("10.1.0.77"), range("10.2.0.8-10.2.0.9")] } }),
        request("z", { limits: { ranges: [range("192.0.2.0/24")] } }),
      ],
      ["10.1.0.77", "10.2.0.8", "AddressNotAllowed"],
    ],
    ["says that there is no pool at all", [], [request("x")], ["NoPools"]],
    [
      "says that no pool has the family",
      [pool("a", ["10.1.0.0/24"])],
      [request("x", { families: ["IPv6"] })],
      ["FamilyUnavailable"],
    ],
  ])("%s", (_, pools, requests, expected) => expect(place(pools, ...requests)).toEqual(expected));

  test("names each pool it looked at, with the reason, and what to do", () => {
    const allocator = createAllocator();
    allocator.setPools([
      pool("full", ["10.1.0.1"]),
      pool("manual", ["10.2.0.1"], { autoAssign: false }),
      pool("six", ["2001:db8::/64"]),
      pool("theirs", ["10.3.0.1"], onlyFor("other")),
    ]);
    allocator.allocate(request("x"));
    expect(messageOf(allocator.allocate(request("y")))).toBe(
      'No IPv4 address for default/y: pool "full" has none left (1 in use); pool "manual" has autoAssign off; ' +
        'pool "six" has no IPv4; pool "theirs" is for others. Enlarge a pool, or free an address',
    );
  });

  test("a thousand full pools make a message that can still be read", () => {
    const allocator = createAllocator();
    allocator.setPools(Array.from({ length: 1000 }, (_, at) => pool(`p${at}`, ["2001:db8::"])));
    const message = messageOf(allocator.allocate(request("x")));
    expect(message).toContain("and 992 more");
    expect(message.length).toBeLessThan(1000);
  });
});

describe("families", () => {
  test.each<[string, PoolConfig[], AllocationRequest[], string[]]>([
    [
      "two families may come from two pools",
      [pool("a", ["10.1.0.1"]), pool("b", ["2001:db8::1"])],
      [request("x", require)],
      ["10.1.0.1 2001:db8::1"],
    ],
    [
      "the preferred family comes first",
      [pool("a", ["10.1.0.1", "2001:db8::1"])],
      [request("x", { ...prefer, families: ["IPv6", "IPv4"] })],
      ["2001:db8::1 10.1.0.1"],
    ],
    [
      "SingleStack takes the first family only",
      [pool("a", ["10.1.0.1", "2001:db8::1"])],
      [request("x", { families: ["IPv6", "IPv4"] })],
      ["2001:db8::1"],
    ],
    [
      "RequireDualStack takes both or none",
      [pool("a", ["10.1.0.1"])],
      [request("x", require), request("y")],
      ["FamilyUnavailable", "10.1.0.1"],
    ],
    [
      "PreferDualStack takes what can be had and says what is missing",
      [pool("a", ["10.1.0.1"])],
      [request("x", prefer)],
      ["10.1.0.1 SecondFamilyUnavailable"],
    ],
    [
      "PreferDualStack takes the other family rather than nothing",
      [pool("a", ["2001:db8::1"])],
      [request("x", prefer)],
      ["2001:db8::1 SecondFamilyUnavailable"],
    ],
    [
      "PreferDualStack in a cluster of one family lacks nothing",
      [pool("a", ["10.1.0.1"])],
      [request("x", { familyPolicy: "PreferDualStack" })],
      ["10.1.0.1"],
    ],
    [
      "RequireDualStack in a cluster of one family waits",
      [pool("a", ["10.1.0.1"])],
      [request("x", { familyPolicy: "RequireDualStack" })],
      ["FamilyUnavailable"],
    ],
    [
      "no family at all waits",
      [pool("a", ["10.1.0.1"])],
      [request("x", { families: [] })],
      ["FamilyUnavailable"],
    ],
    [
      "an address asked for in one family leaves the other to automatic choice",
      [pool("a", ["10.1.0.0/24", "2001:db8::/64"])],
      [request("x", { ...prefer, addresses: ["2001:db8::99"] })],
      ["10.1.0.0 2001:db8::99"],
    ],
    [
      "an address asked for that can't be had makes the whole new request wait",
      [pool("a", ["10.1.0.0/24", "2001:db8::/64"])],
      [request("x", { ...prefer, addresses: ["192.0.2.1"] })],
      ["AddressNotInPool"],
    ],
  ])("%s", (_, pools, requests, expected) => expect(place(pools, ...requests)).toEqual(expected));
});

describe("what is asked for by name", () => {
  const pools = [
    pool("manual", ["10.1.0.0/24"], { autoAssign: false, avoidBuggyIPs: true }),
    pool("theirs", ["10.2.0.0/24"], onlyFor("other")),
    pool("wide", ["10.3.0.0/24", "2001:db8::/64", "::5"]),
  ];
  test.each<[string, AllocationRequest, string, string]>([
    ["a pool with autoAssign off serves who asks for it", request("x", { pool: "manual" }), "10.1.0.1", ""],
    ["an address of it too", request("x", { addresses: ["10.1.0.9"] }), "10.1.0.9", ""],
    ["an avoided address is honoured", request("x", { addresses: ["10.1.0.255"] }), "10.1.0.255", ""],
    [
      "a pool for others refuses",
      request("x", { pool: "theirs" }),
      "PoolNotAllowed",
      'Pool "theirs" is not for default/x; see serviceAllocation of the pool',
    ],
    [
      "an address of it too",
      request("x", { addresses: ["10.2.0.1"] }),
      "PoolNotAllowed",
      'Pool "theirs" is not for default/x; see serviceAllocation of the pool',
    ],
    [
      "a pool that the class does not allow refuses",
      request("x", { pool: "wide", limits: { pools: ["manual"] } }),
      "PoolNotAllowed",
      'The policy of the class does not allow pool "wide"',
    ],
    [
      "an address that the class does not allow is refused",
      request("x", { addresses: ["10.3.0.1"], limits: { ranges: [range("10.3.0.128/25")] } }),
      "AddressNotAllowed",
      "The policy of the class does not allow 10.3.0.1",
    ],
    [
      "a pool that is not there",
      request("x", { pool: "nope" }),
      "PoolNotFound",
      'There is no accepted pool "nope"; create it, or ask for another',
    ],
    [
      "an address in no pool",
      request("x", { addresses: ["192.0.2.1"] }),
      "AddressNotInPool",
      "192.0.2.1 is in no pool; add it to one, or ask for another",
    ],
    [
      "an address that is not in the pool asked for",
      request("x", { addresses: ["10.3.0.1"], pool: "manual" }),
      "AddressNotInPool",
      '10.3.0.1 is in pool "wide", not in "manual"; ask for one of the two',
    ],
    [
      "a pool without the family",
      request("x", { pool: "manual", families: ["IPv6"] }),
      "FamilyUnavailable",
      'No IPv6 address for default/x: pool "manual" has no IPv6. Add a range of that family to a pool',
    ],
    [
      "an address of a family that is not wanted",
      request("x", { addresses: ["2001:db8::1"] }),
      "FamilyUnavailable",
      "Cannot use 2001:db8::1: default/x is IPv4 only",
    ],
    [
      "two addresses of one family",
      request("x", { addresses: ["10.3.0.1", "10.3.0.2"] }),
      "FamilyUnavailable",
      "Cannot use both 10.3.0.1 and 10.3.0.2: one address per family",
    ],
    [
      "a low address of IPv6 is not taken for one of IPv4",
      request("x", { families: ["IPv6"], addresses: ["::5"] }),
      "::5",
      "",
    ],
    ["one address asked for twice", request("x", { addresses: ["10.3.0.1", "10.3.0.1"] }), "10.3.0.1", ""],
  ])("%s", (_, one, expected, message) => {
    const allocator = createAllocator();
    allocator.setPools(pools);
    const allocation = allocator.allocate(one);
    expect(said(allocation)).toBe(expected);
    expect(messageOf(allocation)).toBe(message);
  });

  test("an address in use is refused, with the name of who has it", () => {
    const allocator = createAllocator();
    allocator.setPools(pools);
    allocator.allocate(request("x", { addresses: ["10.3.0.1"] }));
    const allocation = allocator.allocate(request("y", { addresses: ["10.3.0.1"], ports: ["TCP/443"] }));
    expect(said(allocation)).toBe("AddressInUse");
    expect(messageOf(allocation)).toBe(
      "10.3.0.1 is in use by default/x; ask for another, or let both share it",
    );
  });
});

describe("freed addresses", () => {
  test("rest while there are fresh ones, and come back in the order of their freeing", () => {
    const allocator = createAllocator();
    allocator.setPools([pool("a", ["10.1.0.1-10.1.0.4"])]);
    for (const id of ["w", "x", "y"]) allocator.allocate(request(id));
    for (const id of ["y", "w", "x"]) allocator.release(id);
    const given = ["1", "2", "3", "4", "5"].map((id) => said(allocator.allocate(request(id))));
    expect(given).toEqual(["10.1.0.4", "10.1.0.3", "10.1.0.1", "10.1.0.2", "PoolExhausted"]);
  });

  test("are taken from the first pool before fresh ones of the second", () => {
    const allocator = createAllocator();
    allocator.setPools([pool("a", ["10.1.0.1"]), pool("b", ["10.2.0.1"])]);
    allocator.allocate(request("x"));
    allocator.release("x");
    expect(said(allocator.allocate(request("y")))).toBe("10.1.0.1");
  });

  test("are avoided like fresh ones", () => {
    const allocator = createAllocator();
    allocator.setPools([pool("a", ["10.1.0.0-10.1.0.1"], { avoidBuggyIPs: true })]);
    allocator.allocate(request("x", { addresses: ["10.1.0.0"] }));
    allocator.release("x");
    expect(["y", "z"].map((id) => said(allocator.allocate(request(id))))).toEqual([
      "10.1.0.1",
      "PoolExhausted",
    ]);
  });

  test("are remembered in bounded number: the one freed first becomes fresh again", () => {
    const allocator = createAllocator();
    allocator.setPools([pool("a", ["10.0.0.0/8"])]);
    const ids = Array.from({ length: 5000 }, (_, at) => `s${at}`);
    for (const id of ids) allocator.allocate(request(id));
    for (const id of ids) allocator.release(id);
    expect(said(allocator.allocate(request("x")))).toBe("10.0.0.0");
  });
});

test("a request asked again is answered the same", () => {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ["10.1.0.0/24", "2001:db8::/64"])]);
  const one = request("x", prefer);
  expect(allocator.allocate(one)).toEqual(allocator.allocate(one));
});

test("requests that come together are served by their order, not by that of the list", () => {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ["10.1.0.1-10.1.0.2"])]);
  const answers = allocator.allocateAll([
    request("young", { order: "3" }),
    request("old", { order: "1" }),
    request("middle", { order: "2" }),
  ]);
  expect(answers.map(said)).toEqual(["10.1.0.1", "10.1.0.2", "PoolExhausted"]);
  expect(said(allocator.allocate(request("old", { order: "1" })))).toBe("10.1.0.1");
});
