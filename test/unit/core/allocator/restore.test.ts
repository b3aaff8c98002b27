import { describe, expect, test } from "@jest/globals";
import { createAllocator } from "../../../../src/core/allocator/allocator.ts";
import type { Holding } from "../../../../src/core/allocator/contract.ts";
import { formatAddress } from "../../../../src/core/ip/address.ts";
import { ip, pool, request, said, type Wish } from "./builders.ts";

function holding(id: string, addresses: string[], wish: Wish = {}): Holding {
  const { namespace, name, order, ports, sharing } = request(id, wish);
  return { id, namespace, name, order, ports, sharing, addresses: addresses.map(ip) };
}

const one = "10.1.0.1";
const shared = (port: string, sharing = {}): Wish => ({ ports: [port], sharing });

describe("recorded addresses are taken back; of two claims on one address the better wins", () => {
  test.each<[string, Holding[], Record<string, string[]>, string[]]>([
    [
      "without conflict everybody has their own",
      [holding("x", [one]), holding("y", ["10.1.0.2", "2001:db8::1"])],
      { x: [one], y: ["10.1.0.2", "2001:db8::1"] },
      [],
    ],
    ["addresses in no pool are taken back too", [holding("x", ["192.0.2.1"])], { x: ["192.0.2.1"] }, []],
    [
      "who shares goes on sharing",
      [holding("x", [one], shared("TCP/80")), holding("y", [one], shared("TCP/443"))],
      { x: [one], y: [one] },
      [],
    ],
    [
      "the older has it, if they may not share",
      [holding("x", [one], { order: "2" }), holding("y", [one], { order: "1", ports: ["TCP/443"] })],
      { y: [one] },
      [`x ${one} AddressInUse`],
    ],
    [
      "of the same age the lower id",
      [holding("y", [one], { order: "1" }), holding("x", [one], { order: "1" })],
      { x: [one] },
      [`y ${one} AddressInUse`],
    ],
    [
      "the older has the port, though both share",
      [holding("x", [one], shared("TCP/80")), holding("y", [one], shared("TCP/80"))],
      { x: [one] },
      [`y ${one} PortConflict`],
    ],
    [
      "who has recorded ports comes before an older one without",
      [holding("x", [one], { ports: [] }), holding("y", [one])],
      { y: [one] },
      [`x ${one} AddressInUse`],
    ],
    [
      "the loser keeps its other address",
      [holding("x", [one]), holding("y", [one, "2001:db8::1"])],
      { x: [one], y: ["2001:db8::1"] },
      [`y ${one} AddressInUse`],
    ],
    [
      "who lost does not keep the port from a third",
      [
        holding("x", [one], { ports: ["TCP/1"], sharing: {} }),
        holding("y", [one], { ports: ["TCP/1", "TCP/2"], sharing: {} }),
        holding("z", [one], { ports: ["TCP/2"], sharing: {} }),
      ],
      { x: [one], z: [one] },
      [`y ${one} PortConflict`],
    ],
    [
      "a key that was being changed moves nobody",
      [holding("x", [one], shared("TCP/80", { key: "new" })), holding("y", [one], shared("TCP/443"))],
      { x: [one], y: [one] },
      [],
    ],
  ])("%s", (_, holdings, expected, lost) => {
    for (const order of permutations(holdings)) {
      for (const inOneCall of [true, false]) {
        const allocator = createAllocator();
        const losses = inOneCall
          ? allocator.restore(order)
          : order.flatMap((single) => allocator.restore([single]));
        for (const { id } of holdings) {
          expect(allocator.get(id)?.addresses.map(formatAddress) ?? []).toEqual(expected[id] ?? []);
        }
        // In many calls somebody may lose what a later call gives back; in one, only what is lost for good is told.
        const told = losses.map(
          ({ id, address, problem }) => `${id} ${formatAddress(address)} ${problem.reason}`,
        );
        if (inOneCall) expect(told).toEqual(lost);
        else expect(told).toEqual(expect.arrayContaining(lost));
      }
    }
  });
});

test("nobody joins those who were taken back under different keys", () => {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ["10.1.0.0/24"])]);
  allocator.restore([
    holding("x", [one], shared("TCP/80", { key: "new" })),
    holding("y", [one], shared("TCP/443")),
  ]);
  expect(said(allocator.allocate(request("x", shared("TCP/80", { key: "new" }))))).toBe(
    `${one} SharingConflict`,
  );
  expect(said(allocator.allocate(request("z", shared("TCP/1"))))).toBe("10.1.0.0");
  expect(said(allocator.allocate(request("w", shared("TCP/2", { key: "new" }))))).toBe("10.1.0.2");
});

test("what is in memory is newer than a record that comes late", () => {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ["10.1.0.0/24"])]);
  allocator.allocate(request("x", { addresses: ["10.1.0.7"] }));
  expect(allocator.restore([holding("x", [one])])).toEqual([]);
  expect(allocator.get("x")?.addresses.map(formatAddress)).toEqual(["10.1.0.7"]);
});

test("a loser that has been placed elsewhere does not come back for the old address", () => {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ["10.1.0.0/24"])]);
  allocator.restore([holding("x", [one]), holding("y", [one])]);
  expect(said(allocator.allocate(request("y")))).toBe("10.1.0.0");
  allocator.release("x");
  allocator.restore([holding("w", [one], { ports: [] })]);
  expect(allocator.holdersOf(ip(one)).map(({ id }) => id)).toEqual(["w"]);
  expect(allocator.get("y")?.addresses.map(formatAddress)).toEqual(["10.1.0.0"]);
});

test("taken back before pools are known, an address is not given out, and is kept when its holder asks", () => {
  const allocator = createAllocator();
  allocator.restore([holding("x", ["10.1.0.0"])]);
  expect(said(allocator.allocate(request("x")))).toBe("10.1.0.0 AddressOutsidePool");
  allocator.setPools([pool("a", ["10.1.0.0/30"])]);
  expect(said(allocator.allocate(request("y")))).toBe("10.1.0.1");
  expect(said(allocator.allocate(request("x")))).toBe("10.1.0.0");
});

test("two addresses of one family in a record: the first counts", () => {
  const allocator = createAllocator();
  allocator.restore([holding("x", ["10.1.0.2", "10.1.0.1"])]);
  expect(allocator.get("x")?.addresses.map(formatAddress)).toEqual(["10.1.0.2"]);
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) =>
    permutations(items.filter((_, other) => other !== at)).map((rest) => [item, ...rest]),
  );
}
