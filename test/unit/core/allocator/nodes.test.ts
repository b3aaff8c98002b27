/** Addresses that are a node's own: given to nobody, and taken from nobody. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createAllocator } from "../../../../src/core/allocator/allocator.ts";
import type { PoolConfig } from "../../../../src/core/allocator/contract.ts";
import { createNodeBook } from "../../../../src/core/allocator/node-book.ts";
import { formatAddress } from "../../../../src/core/ip/address.ts";
import { ip, messageOf, pool, range, request, said } from "./builders.ts";

function started(...pools: PoolConfig[]) {
  const allocator = createAllocator();
  allocator.setPools(pools);
  return allocator;
}

describe("an address of a node", () => {
  test("is passed over by automatic choice, also once it was in use", () => {
    const allocator = started(pool("a", ["10.1.0.1-10.1.0.4"]));
    expect(said(allocator.allocate(request("x")))).toBe("10.1.0.1");
    allocator.release("x");
    allocator.setNode("n1", [ip("10.1.0.1"), ip("10.1.0.3")]);
    const given = ["x", "y", "z"].map((id) => said(allocator.allocate(request(id))));
    expect(given).toEqual(["10.1.0.2", "10.1.0.4", "PoolExhausted"]);
    expect(messageOf(allocator.allocate(request("z")))).toContain(
      'pool "a" has none left (2 in use, 2 of nodes)',
    );
  });

  test("is refused to who asks for it, by the name of the node", () => {
    const allocator = started(pool("a", ["10.1.0.1-10.1.0.4"]));
    for (const node of ["n4", "n1", "n3", "n2"]) allocator.setNode(node, [ip("10.1.0.1")]);
    const answer = allocator.allocate(request("x", { addresses: ["10.1.0.1"] }));
    expect(said(answer)).toBe("AddressOfNode");
    expect(messageOf(answer)).toContain('10.1.0.1 is the own address of nodes "n1", "n2", "n3" and 1 more;');
  });

  test("stays with who got it before the node came, is told, and is well once the node is gone", () => {
    const allocator = started(pool("a", ["10.1.0.1-10.1.0.2"]));
    allocator.allocate(request("x"));
    allocator.allocate(request("y"));
    expect(allocator.setNode("n1", [ip("10.1.0.1"), ip("10.9.9.9")])).toEqual({
      holders: ["x"],
      pools: true,
    });
    expect(allocator.serveWaiting()).toEqual([]);
    const told = allocator.allocate(request("x"));
    expect(said(told)).toBe("10.1.0.1 AddressOfNode");
    expect(messageOf(told)).toContain(
      "Keeps 10.1.0.1, which would not be given out now: 10.1.0.1 is the own",
    );
    expect(allocator.setNode("n1", [])).toEqual({ holders: ["x"], pools: true });
    expect(said(allocator.allocate(request("x")))).toBe("10.1.0.1");
  });

  test("stays with who has it recorded, whatever is known first", () => {
    const allocator = started(pool("a", ["10.1.0.1-10.1.0.2"]));
    allocator.setNode("n1", [ip("10.1.0.1")]);
    const record = { id: "x", namespace: "default", name: "x", order: "x", ports: [] };
    expect(allocator.restore([{ ...record, addresses: [ip("10.1.0.1")] }])).toEqual([]);
    expect(said(allocator.allocate(request("x")))).toBe("10.1.0.1 AddressOfNode");
  });

  test("is told anew to who asks for it when another node has it", () => {
    const allocator = started(pool("a", ["10.1.0.1"]));
    allocator.setNode("n1", [ip("10.1.0.1")]);
    const asked = request("x", { addresses: ["10.1.0.1"] });
    allocator.allocate(asked);
    allocator.setNode("n2", [ip("10.1.0.1")]);
    allocator.setNode("n1", []);
    expect(allocator.serveWaiting()).toEqual(["x"]);
    expect(messageOf(allocator.allocate(asked))).toContain('node "n2"');
  });

  test("is joined by nobody who would share it", () => {
    const allocator = started(pool("a", ["10.1.0.1-10.1.0.2"]));
    allocator.allocate(request("x", { sharing: {} }));
    allocator.setNode("n1", [ip("10.1.0.1")]);
    const beside = request("y", { sharing: {}, ports: ["TCP/443"] });
    expect(said(allocator.allocate(beside))).toBe("10.1.0.2");
  });

  test.each<[string, Parameters<typeof request>[1], string]>([
    ["for any address", {}, "10.1.0.1"],
    ["for this one", { addresses: ["10.1.0.1"] }, "10.1.0.1"],
  ])("goes to who waits %s once no node has it any more", (_, wish, expected) => {
    const allocator = started(pool("a", ["10.1.0.1"]));
    allocator.setNode("n1", [ip("10.1.0.1")]);
    allocator.setNode("n2", [ip("10.1.0.1")]);
    allocator.allocate(request("x", wish));
    allocator.setNode("n1", []);
    allocator.serveWaiting();
    expect(allocator.get("x")).toBeUndefined();
    allocator.setNode("n2", [ip("10.9.9.9")]);
    expect(allocator.serveWaiting()).toEqual(["x"]);
    expect(said(allocator.allocate(request("x", wish)))).toBe(expected);
  });

  test("is joined by who waits to share it once no node has it any more, though others wait for an address of their own", () => {
    const allocator = started(pool("a", ["10.1.0.1"]));
    allocator.allocate(request("x", { sharing: {} }));
    allocator.setNode("n1", [ip("10.1.0.1")]);
    allocator.allocate(request("a"));
    allocator.allocate(request("y", { sharing: {}, ports: ["TCP/443"] }));
    allocator.setNode("n1", []);
    expect(allocator.serveWaiting()).toEqual(["y"]);
  });

  test("counts as none that is to be had, and as one in use where somebody has it", () => {
    const allocator = started(pool("a", ["10.1.0.0/29", "2001:db8::/126"], { avoidBuggyIPs: true }));
    allocator.allocate(request("x"));
    allocator.setNode("n1", ["10.1.0.0", "10.1.0.1", "10.1.0.5", "2001:db8::3"].map(ip));
    expect(allocator.usage("a")).toEqual({
      assignedIPv4: 1n,
      assignedIPv6: 0n,
      availableIPv4: 5n,
      availableIPv6: 2n,
    });
  });

  test("concerns nobody outside all pools", () => {
    const allocator = started(pool("a", ["10.1.0.1"]));
    allocator.allocate(request("x"));
    allocator.allocate(request("y"));
    expect(allocator.setNode("n1", [ip("10.9.9.9")])).toEqual({ holders: [], pools: false });
    expect(allocator.setNode("n1", [ip("10.9.9.9")])).toEqual({ holders: [], pools: false });
    expect(allocator.nodesIn("a", 4)).toEqual({ count: 0n, some: [] });
  });
});

test("of many addresses of nodes in a pool some are named and all are counted", () => {
  const allocator = started(pool("a", ["10.1.0.0/24", "2001:db8::1"]));
  for (let n = 0; n < 9; n++) allocator.setNode(`n${n}`, [ip(`10.1.0.${n}`), ip("2001:db8::1")]);
  expect(allocator.nodesIn("a", 1)).toEqual({
    count: 10n,
    some: [{ address: ip("10.1.0.0"), nodes: ["n0"] }],
  });
});

test("whatever nodes come and go: nobody new gets what is theirs, nobody loses anything, nobody waits for what can be had", () => {
  const last = fc.nat(7);
  const step = fc.oneof(
    fc.record({ do: fc.constant("node" as const), node: fc.nat(2), has: fc.array(last, { maxLength: 3 }) }),
    fc.record({
      do: fc.constant("ask" as const),
      id: fc.constantFrom("s1", "s2", "s3", "s4", "s5", "s6", "s7"),
      address: fc.option(last, { nil: undefined, freq: 3 }),
      shares: fc.boolean(),
    }),
    fc.record({ do: fc.constant("release" as const), id: fc.constantFrom("s1", "s2", "s3", "s4", "s5") }),
  );
  const at = (n: number) => `10.1.0.${n}`;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
      const allocator = started(pool("a", ["10.1.0.0/30"]), pool("b", ["10.1.0.4-10.1.0.6"]));
      const nodes = new Map<number, string[]>();
      const requests = new Map<string, ReturnType<typeof request>>();
      const held = () =>
        new Map(["s1", "s2", "s3", "s4", "s5", "s6", "s7"].map((id) => [id, addressOf(id)] as const));
      const addressOf = (id: string) => allocator.get(id)?.addresses.map(formatAddress)[0];
      for (const each of steps) {
        const before = held();
        if (each.do === "node") {
          nodes.set(each.node, each.has.map(at));
          allocator.setNode(`n${each.node}`, each.has.map(at).map(ip));
        } else if (each.do === "ask") {
          const ports = [`TCP/${each.id.charCodeAt(1)}`];
          const addresses = each.address === undefined ? [] : [at(each.address)];
          const asked = request(each.id, { ports, addresses, sharing: each.shares ? {} : undefined });
          requests.set(each.id, asked);
          allocator.allocate(asked);
        } else {
          requests.delete(each.id);
          allocator.release(each.id);
        }
        allocator.serveWaiting();
        const own = new Set([...nodes.values()].flat());
        for (const [id, address] of held()) {
          const had = before.get(id);
          if (address !== had && address !== undefined) expect(own).not.toContain(address);
          if (each.do === "node" && had !== undefined && requests.get(id)?.addresses.length === 0)
            expect(address).toBe(had);
        }
        // Whoever asks again gets nothing that was not offered already.
        const after = held();
        for (const asked of requests.values()) {
          const answer = said(allocator.allocate(asked));
          const has = after.get(asked.id);
          if (has !== undefined) expect(answer.includes("AddressOfNode")).toBe(own.has(has));
        }
        expect(held()).toEqual(after);
        let free = 0n;
        for (let n = 0; n < 7; n++) {
          if (!own.has(at(n)) && allocator.holdersOf(ip(at(n))).length === 0) free += 1n;
        }
        const available = ["a", "b"].map((name) => allocator.usage(name)?.availableIPv4 ?? 0n);
        expect((available[0] ?? 0n) + (available[1] ?? 0n)).toBe(free);
      }
    }),
    { numRuns: Number(process.env.FAIRLEAD_TEST_RUNS ?? 300) },
  );
});

test("an address is a node's as long as one node says so", () => {
  const book = createNodeBook();
  const [one, two] = [ip("10.1.0.1"), ip("10.1.0.2")];
  expect(book.put("a", [one, one, two])).toEqual({ concerned: [one, two], freed: [] });
  expect(book.put("b", [two])).toEqual({ concerned: [two], freed: [] });
  expect(book.put("a", [])).toEqual({ concerned: [one, two], freed: [one] });
  expect(book.nodesAt(two)).toEqual(["b"]);
  expect(book.in([range("10.1.0.0/24")], 9)).toEqual({ count: 1n, some: [{ address: two, nodes: ["b"] }] });
});
