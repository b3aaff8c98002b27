import { describe, expect, test } from "@jest/globals";
import type { LoadBalancer, LoadBalancerStatus } from "../../../../src/api/load-balancer.ts";
import {
  asNewcomer,
  outcomeOfMove,
  roleIn,
  stacksOfMove,
  statusWithout,
} from "../../../../src/controllers/load-balancer/stack-move.ts";

const address = [{ hostname: "old.example.com" }];

function lb(status: LoadBalancerStatus): LoadBalancer {
  return { metadata: { namespace: "shop", name: "web", uid: "1" }, spec: {}, status } as LoadBalancer;
}

describe("one that moves", () => {
  const moving = lb({
    addresses: address,
    ports: [{ port: 80, protocol: "TCP" }],
    resources: [{ kind: "load-balancer", id: "old" }],
    stack: "shop/web",
    leads: true,
    appliedHash: "a",
    formerStacks: ["older"],
  });
  const move = { stack: "front", from: "shop/web" };

  test("has to do with where it is to be, where it is, and where something of it is left", () => {
    const stacks = stacksOfMove(moving, move);
    expect(stacks.map((stack) => [stack, roleIn(stack, move)])).toEqual([
      ["front", "arriving"],
      ["shop/web", "departing"],
      ["older", "former"],
    ]);
  });

  test("has no right to anything where it comes to, by what it has elsewhere", () => {
    const { addresses, ports, leads, stack, resources } = asNewcomer(moving).status ?? {};
    expect([addresses, ports, leads, stack, resources]).toEqual(Array(5).fill(undefined));
  });

  test("keeps in status what it has until it has an address there, with what is begun for it", () => {
    const begun = { kind: "load-balancer", id: "new" };
    const problems = [{ kind: "pending", reason: "Pending", message: "being made" }] as const;
    const told = outcomeOfMove(moving, { addresses: [], ports: [], resources: [begun], problems }, move);
    expect(told).toMatchObject({ addresses: address, stack: "shop/web", leads: true, appliedHash: "a" });
    expect(told.resources?.map(({ id }) => id)).toEqual(["old", "new"]);
    expect(told.problems).toEqual([
      { kind: "degraded", reason: "Pending", message: expect.stringContaining("being made") },
    ]);
  });

  test("is remembered where it was, once it is served elsewhere, until nothing is left there", () => {
    const addresses = [{ hostname: "new.example.com" }];
    const told = outcomeOfMove(moving, { addresses, ports: [], problems: [] }, move);
    expect(told).toMatchObject({ addresses, stack: "front", formerStacks: ["shop/web", "older"] });
    const after = statusWithout("older", lb({ stack: "front", formerStacks: ["shop/web", "older"] }));
    expect(after).toEqual({ stack: "front", formerStacks: ["shop/web"] });
  });

  test("that comes back is not a former member of where it is", () => {
    const back = lb({ addresses: address, stack: "front", formerStacks: ["shop/web"] });
    const told = outcomeOfMove(
      back,
      { addresses: address, ports: [], problems: [] },
      { stack: "shop/web", from: "front" },
    );
    expect(told).toMatchObject({ stack: "shop/web", formerStacks: ["front"] });
  });
});

test("what was begun for one without an address is left at once, and remembered", () => {
  const begun = lb({ stack: "shop/web", resources: [{ kind: "load-balancer", id: "1" }] });
  const move = { stack: "front", left: "shop/web" };
  expect(stacksOfMove(begun, move)).toEqual(["front", "shop/web"]);
  expect([roleIn("front", move), roleIn("shop/web", move)]).toEqual(["settled", "former"]);
  const told = outcomeOfMove(begun, { addresses: [], ports: [], problems: [] }, move);
  expect(told).toMatchObject({ stack: "front", formerStacks: ["shop/web"] });
});
