import { describe, expect, test } from "@jest/globals";
import { type Allocator, createAllocator } from "../../../../src/core/allocator/allocator.ts";
import { formatAddress } from "../../../../src/core/ip/address.ts";
import { pool, range, request, type Wish } from "./builders.ts";

function allocatorWith(ranges: string[], ...wishes: [string, Wish][]): Allocator {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ranges)]);
  for (const [id, wish] of wishes) allocator.allocate(request(id, wish));
  return allocator;
}

const held = (allocator: Allocator, id: string) => allocator.get(id)?.addresses.map(formatAddress).join(" ");

describe("who waits is served as soon as it can be", () => {
  test("by the stated order, not by that of arrival", () => {
    const allocator = allocatorWith(
      ["10.1.0.1"],
      ["x", {}],
      ["young", { order: "9" }],
      ["old", { order: "5" }],
    );
    expect(allocator.waiting()).toEqual(["old", "young"]);
    allocator.release("x");
    expect(allocator.serveWaiting()).toEqual(["old"]);
    expect(held(allocator, "old")).toBe("10.1.0.1");
    expect(allocator.waiting()).toEqual(["young"]);
    expect(allocator.serveWaiting()).toEqual([]);
  });

  test("with an address just freed, however short it has rested", () => {
    const allocator = allocatorWith(["10.1.0.1"], ["x", {}], ["y", {}]);
    allocator.release("x");
    allocator.serveWaiting();
    expect(held(allocator, "y")).toBe("10.1.0.1");
  });

  test("in pools that came later", () => {
    const allocator = allocatorWith([], ["x", {}], ["y", {}]);
    allocator.setPools([pool("b", ["10.2.0.1-10.2.0.2"])]);
    expect(allocator.serveWaiting()).toEqual(["x", "y"]);
    expect([held(allocator, "x"), held(allocator, "y")]).toEqual(["10.2.0.1", "10.2.0.2"]);
  });

  test("with the address asked for, moving from the one held meanwhile, which serves the next", () => {
    const allocator = allocatorWith(["10.1.0.1-10.1.0.2"], ["x", {}], ["y", {}], ["z", {}]);
    allocator.allocate(request("y", { addresses: ["10.1.0.1"] }));
    allocator.release("x");
    expect(allocator.serveWaiting()).toEqual(["y", "z"]);
    expect([held(allocator, "y"), held(allocator, "z")]).toEqual(["10.1.0.1", "10.1.0.2"]);
  });

  test("with the port it waits for on an address it asked for", () => {
    const allocator = allocatorWith(
      ["10.1.0.1"],
      ["x", { sharing: {}, ports: ["TCP/80", "TCP/443"] }],
      ["y", { sharing: {}, ports: ["TCP/80"], addresses: ["10.1.0.1"] }],
    );
    allocator.allocate(request("x", { sharing: {}, ports: ["TCP/443"] }));
    expect(allocator.serveWaiting()).toEqual(["y"]);
  });

  test("beside one who was served before it and shares with it", () => {
    const allocator = allocatorWith(
      ["10.1.0.1"],
      ["x", {}],
      ["y", { sharing: {}, ports: ["TCP/80"] }],
      ["z", { sharing: {}, ports: ["TCP/443"] }],
    );
    allocator.release("x");
    expect(allocator.serveWaiting()).toEqual(["y", "z"]);
    expect([held(allocator, "y"), held(allocator, "z")]).toEqual(["10.1.0.1", "10.1.0.1"]);
  });

  test("with both families or with none, if it requires both", () => {
    const both = { families: ["IPv4", "IPv6"], familyPolicy: "RequireDualStack" } as const;
    const allocator = allocatorWith(
      ["10.1.0.1", "2001:db8::1"],
      ["x", {}],
      ["y", both],
      ["six", { families: ["IPv6"] }],
    );
    allocator.release("x");
    expect(allocator.serveWaiting()).toEqual([]);
    allocator.release("six");
    expect(allocator.serveWaiting()).toEqual(["y"]);
    expect(held(allocator, "y")).toBe("10.1.0.1 2001:db8::1");
  });

  test("by the stated order, even if their needs differ", () => {
    const limits = { pools: ["a"], ranges: [range("10.1.0.0/24")] };
    const allocator = allocatorWith(
      ["10.1.0.1"],
      ["x", {}],
      ["young", { order: "9" }],
      ["old", { order: "5", limits }],
    );
    allocator.release("x");
    expect(allocator.serveWaiting()).toEqual(["old"]);
  });

  test("with the port that another gave up on an address where all share", () => {
    const allocator = allocatorWith(
      ["10.1.0.1"],
      ["x", { sharing: {}, ports: ["TCP/80"] }],
      ["y", { sharing: {}, ports: ["TCP/443"] }],
      ["z", { sharing: {}, ports: ["TCP/80"] }],
    );
    allocator.release("x");
    expect(allocator.serveWaiting()).toEqual(["z"]);
  });

  test("though an older one wants the same, and something else that can't be had", () => {
    const prefer = { families: ["IPv4", "IPv6"], familyPolicy: "PreferDualStack" } as const;
    const allocator = allocatorWith(
      ["10.1.0.1-10.1.0.2", "2001:db8::1"],
      ["x", { families: ["IPv6"] }],
      ["six", {}],
      ["z", { ...prefer, order: "9" }],
      ["y", { ...prefer, order: "5", addresses: ["10.1.0.1"] }],
    );
    allocator.release("x");
    expect(allocator.serveWaiting()).toEqual(["z"]);
    expect(held(allocator, "z")).toBe("10.1.0.2 2001:db8::1");
  });

  test.each<[string, Wish]>([
    ["contradicts itself", { pool: "a", addresses: ["2001:db8::1"] }],
    ["may not use the pool it asks for", { pool: "a", namespace: "other" }],
  ])("though an older one %s", (_, wish) => {
    const allocator = createAllocator();
    const allocation = { namespaces: new Set(["default"]), serviceSelectors: [] };
    allocator.setPools([pool("a", ["10.1.0.1"], { allocation })]);
    allocator.allocateAll([request("x"), request("y", { ...wish, order: "y" }), request("z", { pool: "a" })]);
    allocator.release("x");
    expect(allocator.serveWaiting()).toEqual(["z"]);
  });

  test("told of a new reason when its pool is gone", () => {
    const allocator = allocatorWith(["10.1.0.1"], ["x", {}], ["y", {}]);
    allocator.setPools([]);
    expect(allocator.serveWaiting()).toEqual(["y"]);
  });
});

test("of many who wait for one address, each has it in turn, by the stated order", () => {
  const allocator = allocatorWith(["10.1.0.1-10.1.0.9"], ["x", { addresses: ["10.1.0.1"] }]);
  const wish = { addresses: ["10.1.0.1"] };
  allocator.allocate(request("holds", {}));
  for (const id of ["c", "a", "b"]) allocator.allocate(request(id, wish));
  allocator.allocate(request("aa", { ...wish, limits: { pools: [] } }));
  allocator.allocate(request("holds", { ...wish, order: "bb" }));
  const turns = ["x", "a", "b", "holds"].map((id) => {
    allocator.release(id);
    return allocator.serveWaiting().join();
  });
  expect(turns).toEqual(["a", "b", "holds", "c"]);
});

test("who gave up sharing is told when its neighbour goes, though an older one waits for the address", () => {
  const wish = { addresses: ["10.1.0.1"] };
  const allocator = allocatorWith(
    ["10.1.0.1"],
    ["x", { ...wish, sharing: {} }],
    ["y", { sharing: {}, ports: ["TCP/443"] }],
    ["w", { ...wish, order: "old" }],
    ["x", wish],
  );
  expect(allocator.waiting()).toEqual(["w", "x"]);
  allocator.release("y");
  expect(allocator.serveWaiting()).toEqual(["x"]);
});

test("who may join is not held up by an older one who may not", () => {
  const wish = { addresses: ["10.1.0.1"] };
  const allocator = allocatorWith(
    ["10.1.0.1"],
    ["x", { sharing: {}, ports: ["TCP/80", "TCP/443"] }],
    ["w", { ...wish, sharing: { key: "other" } }],
    ["y", { ...wish, sharing: {} }],
  );
  allocator.allocate(request("x", { sharing: {}, ports: ["TCP/443"] }));
  expect(allocator.serveWaiting()).toEqual(["y"]);
});

test("of five thousand who wait, those served are the oldest, one for each address freed", () => {
  const allocator = createAllocator();
  allocator.setPools([pool("a", ["10.1.0.0/28"])]);
  const id = (at: number) => `s${String(at).padStart(4, "0")}`;
  for (let at = 4999; at >= 0; at--) allocator.allocate(request(id(at)));
  for (let at = 4984; at <= 4999; at++) {
    allocator.release(id(at));
    expect(allocator.serveWaiting()).toEqual([id(at - 4984)]);
  }
  expect(allocator.waiting().length).toBe(5000 - 32);
});
