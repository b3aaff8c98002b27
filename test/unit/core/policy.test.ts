import { describe, expect, test } from "@jest/globals";
import type { LoadBalancerSpec } from "../../../src/api/load-balancer.ts";
import type { LoadBalancerClassSpec } from "../../../src/api/load-balancer-class.ts";
import { checkEdit, checkPolicy, sharingScope } from "../../../src/core/policy.ts";
import { classSpec, loadBalancer } from "./objects.ts";

const where = { className: "metal", namespaceLabels: { tier: "front" } };
const facts = { ...where, room: () => ({ free: true as const }) };
const full = { ...where, room: () => ({ free: false as const, limit: "maximum", maximum: 2 }) };

describe("a policy", () => {
  const rows: [
    string,
    Partial<LoadBalancerSpec>,
    Partial<LoadBalancerClassSpec["policy"]>,
    string | undefined,
  ][] = [
    [
      "that says nothing allows all that comes from a Service",
      { scheme: "external", pool: "p", addresses: ["10.0.0.1"] },
      {},
      undefined,
    ],
    [
      "allows internal ones where external ones are not allowed",
      {},
      { external: { from: "None" } },
      undefined,
    ],
    ["refuses external ones", { scheme: "external" }, { external: { from: "None" } }, "PublicNotAllowed"],
    [
      "allows external ones of a listed namespace",
      { scheme: "external" },
      { external: { from: "Selected", namespaces: ["shop"] } },
      undefined,
    ],
    [
      "allows external ones by labels of the namespace",
      { scheme: "external" },
      { external: { from: "Selected", namespaceSelector: { matchLabels: { tier: "front" } } } },
      undefined,
    ],
    [
      "refuses external ones with other labels",
      { scheme: "external" },
      { external: { from: "Selected", namespaceSelector: { matchLabels: { tier: "back" } } } },
      "PublicNotAllowed",
    ],
    ["refuses another pool", { pool: "p" }, { pools: ["q"] }, "PoolNotAllowed"],
    ["allows automatic choice with a list of pools", {}, { pools: ["q"] }, undefined],
    [
      "refuses an address outside its ranges",
      { addresses: ["10.0.0.9"] },
      { ranges: ["10.0.0.0/29"] },
      "AddressNotAllowed",
    ],
    [
      "refuses if one of two addresses is outside",
      { addresses: ["10.0.0.1", "2001:db8::1"] },
      { ranges: ["10.0.0.0/29"] },
      "AddressNotAllowed",
    ],
    [
      "allows the last address of a range",
      { addresses: ["10.0.0.7"] },
      { ranges: ["10.0.0.1-10.0.0.7"] },
      undefined,
    ],
    ["that says nothing allows no adoption", { adopt: "lb/a" }, {}, "AdoptionNotAllowed"],
    [
      "allows adoption by the pattern of the id",
      { adopt: "lb/a" },
      { adoption: { namespaces: { from: "All" }, ids: ["x", "lb/*"] } },
      undefined,
    ],
    [
      "refuses adoption of another id",
      { adopt: "db/a" },
      { adoption: { namespaces: { from: "All" }, ids: ["lb/*"] } },
      "AdoptionNotAllowed",
    ],
    [
      "refuses adoption in another namespace",
      { adopt: "lb/a" },
      { adoption: { namespaces: { from: "Selected", namespaces: ["other"] }, ids: ["lb/*"] } },
      "AdoptionNotAllowed",
    ],
  ];
  test.each(rows)("%s", (_sentence, spec, policy, reason) => {
    expect(checkPolicy(loadBalancer({ spec }), classSpec(policy), facts)?.reason).toBe(reason);
  });

  test("does not ask for room where something else is refused already", () => {
    let asked = 0;
    const room = () => {
      asked += 1;
      return { free: true as const };
    };
    checkPolicy(loadBalancer({ spec: { pool: "p" } }), classSpec({ pools: [] }), { ...where, room });
    expect(asked).toBe(0);
  });

  test("says what the maximum is", () => {
    expect(checkPolicy(loadBalancer(), classSpec(), full)).toMatchObject({
      reason: "TooManyLoadBalancers",
      message: expect.stringContaining("maximum of 2"),
    });
  });

  test("refuses what is written by hand unless its namespace is allowed, before all else", () => {
    const byHand = loadBalancer({ byHand: true, spec: { scheme: "external" } });
    const refusing = classSpec({ external: { from: "None" } });
    expect(checkPolicy(byHand, refusing, full)?.reason).toBe("HandWrittenNotAllowed");
    const allowing = classSpec({ handWritten: { from: "Selected", namespaces: ["shop"] } });
    expect(checkPolicy(byHand, allowing, facts)).toBeUndefined();
  });

  test("of namespace labels that are not known yet selects by name alone", () => {
    const external = { from: "Selected" as const, namespaceSelector: {} };
    const lb = loadBalancer({ spec: { scheme: "external" } });
    expect(checkPolicy(lb, classSpec({ external }), { ...facts, namespaceLabels: undefined })?.reason).toBe(
      "PublicNotAllowed",
    );
  });
});

describe("an edit", () => {
  const strict = classSpec({ external: { from: "None" }, pools: ["q"], ranges: ["10.0.0.0/30"] });
  const rows: [string, Partial<LoadBalancerSpec>, Partial<LoadBalancerSpec>, string | undefined][] = [
    [
      "of ports is not asked about what was accepted before",
      { scheme: "external", pool: "p" },
      { scheme: "external", pool: "p", ports: [{ port: 81, protocol: "TCP" }] },
      undefined,
    ],
    ["to external is asked", {}, { scheme: "external" }, "PublicNotAllowed"],
    ["back to internal is not", { scheme: "external" }, {}, undefined],
    ["to another pool is asked", { pool: "q" }, { pool: "p" }, "PoolNotAllowed"],
    ["to no pool is not", { pool: "p" }, {}, undefined],
    ["to adopt something is asked", {}, { adopt: "lb/a" }, "AdoptionNotAllowed"],
    ["that leaves an adoption as it was is not", { adopt: "lb/a" }, { adopt: "lb/a" }, undefined],
    ["to another address is asked", {}, { addresses: ["10.0.1.1"] }, "AddressNotAllowed"],
  ];
  test.each(rows)("%s", (_sentence, before, after, reason) => {
    const previous = loadBalancer({ spec: before }).spec;
    expect(checkEdit(loadBalancer({ spec: after }), previous, strict, where)?.reason).toBe(reason);
  });
});

test("those who may share have the same scope: a namespace, or the namespaces that a class lists, of that class alone", () => {
  const sharing = classSpec({ sharing: { namespaces: ["a", "b"] } });
  expect(sharingScope("a", "metal", sharing)).toBe(sharingScope("b", "metal", sharing));
  expect(sharingScope("a", "metal", sharing)).not.toBe(sharingScope("a", "other", sharing));
  expect(sharingScope("c", "metal", sharing)).not.toBe(sharingScope("a", "metal", sharing));
  expect(sharingScope("c", "metal", sharing)).toBe(sharingScope("c", "other", classSpec()));
  expect(sharingScope("c", "metal", undefined)).toBe(sharingScope("c", "metal", sharing));
});
