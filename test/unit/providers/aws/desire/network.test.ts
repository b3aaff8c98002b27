import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Json } from "../../../../../src/core/plan/types.ts";
import { claims } from "../../../../../src/providers/aws/desire/claims.ts";
import { desireShared } from "../../../../../src/providers/aws/desire/shared-network.ts";
import type { NetworkClaim } from "../../../../../src/providers/aws/model/resources.ts";
import {
  clusterUid,
  facts,
  member,
  node,
  type Surroundings,
  slice,
  stackWith,
  type Wanted,
} from "./world.ts";

const key = "network eu-west-1 vpc-1";

function claimed(wanted: Wanted, around?: Surroundings, where = facts()): NetworkClaim | undefined {
  const [claim, ...others] = claims(stackWith([member(wanted)], around), where);
  expect(others).toEqual([]);
  return claim?.needs as unknown as NetworkClaim | undefined;
}

describe("what a stack needs of the nodes' security groups", () => {
  const rows: Record<string, [wanted: Wanted, open: NetworkClaim["open"] | undefined]> = {
    "is the node port of its one TCP port": [{}, [{ ports: [{ protocol: "tcp", port: 30080 }] }]],
    "is the port of the health check too": [
      { spec: { externalTrafficPolicy: "Local", healthCheckNodePort: 30999 } },
      [
        {
          ports: [
            { protocol: "tcp", port: 30080 },
            { protocol: "tcp", port: 30999 },
          ],
        },
      ],
    ],
    "is TCP beside UDP, for health checks are TCP": [
      { spec: { ports: [{ port: 53, protocol: "UDP", nodePort: 30053 }] } },
      [
        {
          ports: [
            { protocol: "tcp", port: 30053 },
            { protocol: "udp", port: 30053 },
          ],
        },
      ],
    ],
    "is the port of the pods, with ip targets": [
      { settings: { targetType: "ip" } },
      [{ ports: [{ protocol: "tcp", port: 8080 }] }],
    ],
    "is nothing where the class leaves the rules to somebody else": [
      { cls: { manageNodeSecurityGroupRules: false } },
      undefined,
    ],
    "is nothing for named groups, unless asked for": [{ settings: { securityGroups: ["front"] } }, undefined],
    "is the same for named groups, where asked for": [
      { settings: { securityGroups: ["front"], manageBackendSecurityGroupRules: true } },
      [{ ports: [{ protocol: "tcp", port: 30080 }] }],
    ],
    "is the clients themselves without a group in front, and health checks from the zones": [
      { settings: { disableSecurityGroups: true }, spec: { sourceRanges: ["192.168.0.0/16"] } },
      [
        { ports: [{ protocol: "tcp", port: 30080 }], cidrs: ["192.168.0.0/16"] },
        {
          ports: [{ protocol: "tcp", port: 30080 }],
          cidrs: ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24", "10.0.4.0/24"],
        },
      ],
    ],
  };
  test.each(Object.entries(rows))("%s", (_name, [wanted, open]) => {
    expect(claimed(wanted)?.open).toEqual(open);
  });

  test("is told once for each number behind a target port that is a name", () => {
    const ports = [{ name: "http", protocol: "TCP", port: 9090 }] as const;
    const around = { slices: [slice(), slice({ ports: [...ports] })] };
    expect(claimed({ settings: { targetType: "ip" } }, around)?.open[0]?.ports).toEqual([
      { protocol: "tcp", port: 8080 },
      { protocol: "tcp", port: 9090 },
    ]);
  });

  const groups: Record<string, [cls: Record<string, unknown>, wanted: readonly string[]]> = {
    "the only one of a node, the tagged one of several": [{}, ["sg-01", "sg-03"]],
    "those that the class names": [{ nodeSecurityGroups: ["sg-0f", "sg-0e"] }, ["sg-0e", "sg-0f"]],
  };
  test.each(Object.entries(groups))("names groups: %s", (_name, [cls, wanted]) => {
    const instances = {
      "i-0a": { vpc: "vpc-1", securityGroups: [{ id: "sg-01", clusterTagged: false }] },
      "i-0b": {
        vpc: "vpc-1",
        securityGroups: [
          { id: "sg-02", clusterTagged: false },
          { id: "sg-03", clusterTagged: true },
        ],
      },
      "i-0c": { vpc: "vpc-2", securityGroups: [{ id: "sg-04", clusterTagged: false }] },
    };
    const around = { nodes: [node("a"), node("b"), node("c")] };
    expect(claimed({ cls }, around, facts({ instances }))?.groups).toEqual(wanted);
  });
});

interface Rule {
  readonly group: string;
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly source: { readonly cidr?: string };
}

const claimOf = (open: NetworkClaim["open"], more: Partial<NetworkClaim> = {}): Json =>
  ({ region: "eu-west-1", vpc: "vpc-1", tags: {}, groups: ["sg-0d"], open, ruleLimit: 50, ...more }) as Json;

function ruled(...needs: Json[]) {
  const of = desireShared(
    key,
    needs.map((each, index) => ({ stack: `shop/${index}`, needs: each })),
    clusterUid,
  );
  const rules = of.resources
    .filter(({ kind }) => kind === "node-rule")
    .map(({ fields }) => fields as unknown as Rule);
  return { of, rules, ids: of.resources.map(({ id }) => id) };
}

const tcp = (...ports: number[]): NetworkClaim["open"] => [
  { ports: ports.map((port) => ({ protocol: "tcp" as const, port })) },
];

describe("the shared network", () => {
  test("has exact rules for all claims together, each once", () => {
    expect(ruled(claimOf(tcp(30080, 8080)), claimOf(tcp(30080, 30999))).ids).toEqual([
      "backend-security-group",
      "node-rule/sg-0d/tcp/30080-30080",
      "node-rule/sg-0d/tcp/30999-30999",
      "node-rule/sg-0d/tcp/8080-8080",
    ]);
  });

  test("joins the nearest node ports, and no others, where rules are short", () => {
    const { rules, of } = ruled(claimOf(tcp(8080, 8090, 30001, 30010, 30012, 32000), { ruleLimit: 5 }));
    expect(rules.map(({ from, to }) => [from, to])).toEqual([
      [30001, 30001],
      [30010, 30012],
      [32000, 32000],
      [8080, 8080],
      [8090, 8090],
    ]);
    expect(of.problems).toEqual(new Map());
  });

  test("tells all who claim where even that is too much, and leaves nothing out", () => {
    const { rules, of } = ruled(claimOf(tcp(8080, 8090, 9000), { ruleLimit: 2 }), claimOf(tcp(8080)));
    expect(rules).toHaveLength(3);
    expect([...of.problems.keys()]).toEqual(["shop/0", "shop/1"]);
    expect(of.problems.get("shop/1")?.[0]?.message).toContain(
      "the security group sg-0d of the nodes needs 3 rules, and the class allows 2",
    );
  });

  test("has no backend group where only clients are let in", () => {
    const open = [{ ports: [{ protocol: "tcp" as const, port: 30080 }], cidrs: ["10.0.0.0/16"] }];
    expect(ruled(claimOf(open)).ids).toEqual(["node-rule/sg-0d/tcp/30080-30080/10.0.0.0/16"]);
  });

  test("has the tags of all classes on the backend group, whatever their keys are", () => {
    const tagged = (tags: NetworkClaim["tags"]) => claimOf(tcp(30080), { tags });
    const { of } = ruled(
      tagged({ constructor: "acme", team: "shop" }),
      tagged({ team: "cart", valueOf: "7" }),
    );
    const [backend] = of.resources.filter(({ kind }) => kind === "backend-security-group");
    expect(backend?.fields.tags).toMatchObject({ constructor: "acme", team: "shop", valueOf: "7" });
  });

  test("is nothing without claims", () => {
    expect(ruled().ids).toEqual([]);
  });

  const port = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 30000, max: 32767 }));
  const open = fc.record({
    ports: fc.array(fc.record({ protocol: fc.constantFrom("tcp" as const, "udp" as const), port }), {
      maxLength: 12,
    }),
    cidrs: fc.option(fc.constant(["10.0.0.0/16"]), { nil: undefined }),
  });
  const limit = fc.integer({ min: 2, max: 12 });
  const worlds = fc.array(fc.tuple(fc.array(open, { maxLength: 3 }), limit), { minLength: 1, maxLength: 4 });

  test("lets in all that is claimed, nothing else but node ports, within the limit or with a problem", () => {
    const property = fc.property(worlds, (world) => {
      const needs = world.map(([opens, ruleLimit]) => claimOf(opens as NetworkClaim["open"], { ruleLimit }));
      const { rules, of } = ruled(...needs);
      const most = Math.min(...world.map(([, ruleLimit]) => ruleLimit));
      const all = world.flatMap(([opens]) =>
        opens.flatMap(({ ports, cidrs }) => ports.map((each) => ({ ...each, cidr: cidrs?.[0] }))),
      );
      const covers = (rule: Rule, { protocol, port: number, cidr }: (typeof all)[number]): boolean =>
        rule.protocol === protocol && rule.source.cidr === cidr && rule.from <= number && number <= rule.to;
      const shut = all.filter((each) => !rules.some((rule) => covers(rule, each)));
      expect(shut).toEqual([]);
      const asked = new Set(all.map((each) => `${each.protocol} ${each.port} ${each.cidr}`));
      const unasked = rules.flatMap(({ protocol, from, to, source }) =>
        Array.from({ length: to - from + 1 }, (_, index) => from + index).filter(
          (number) =>
            !asked.has(`${protocol} ${number} ${source.cidr}`) && (number < 30000 || number > 32767),
        ),
      );
      expect(unasked).toEqual([]);
      if (rules.length > most) expect(of.problems.size).toBe(world.length);
      else expect(of.problems.size).toBe(0);
      const turned = desireShared(
        key,
        needs.map((each, index) => ({ stack: `shop/${index}`, needs: each })).toReversed(),
        clusterUid,
      );
      expect(turned.resources).toEqual(of.resources);
    });
    fc.assert(property, { numRuns: 300 });
  });
});
