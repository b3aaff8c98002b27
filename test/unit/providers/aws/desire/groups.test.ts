import { describe, expect, test } from "@jest/globals";
import { desire } from "../../../../../src/providers/aws/desire/desire.ts";
import { stackOf } from "../../../../../src/providers/aws/desire/view.ts";
import type { Desired } from "../../../../../src/providers/provider.ts";
import { clusterUid, facts, fields, member, resource, stackWith, told, type Wanted } from "./world.ts";

const group = "edge";

function grouped(...wanted: Wanted[]): Desired {
  const members = wanted.map((each) => member({ ...each, spec: { group, ...each.spec } }));
  return desire(stackWith(members), facts(), { clusterUid });
}

function port(number: number, protocol: "TCP" | "UDP" = "TCP") {
  return { port: number, protocol, nodePort: 30000 + number } as const;
}

const one: Wanted = { name: "one", spec: { ports: [port(80)] } };

describe("load balancers of one group", () => {
  test("share one in AWS, with the ports of each marked as its own", () => {
    const of = grouped(one, { name: "two", spec: { ports: [port(81)], sourceRanges: ["10.9.0.0/16"] } });
    expect(of.resources.map(({ id }) => id)).toEqual([
      "listener/80",
      "listener/81",
      "load-balancer",
      "security-group/internal",
      "target-group/80",
      "target-group/81",
      "targets/80",
      "targets/81",
    ]);
    expect(resource(of, "load-balancer").members).toEqual(["uid-of-one", "uid-of-two"]);
    expect(fields(of, "load-balancer").tags).not.toHaveProperty(["fairlead.io/members"]);
    expect(resource(of, "listener/81").members).toEqual(["uid-of-two"]);
    expect(fields(of, "listener/81").tags).toHaveProperty(["fairlead.io/members"], "uid-of-two");
    expect(fields(of, "security-group/internal").ingress).toEqual([
      { protocol: "tcp", from: 80, to: 80, source: { cidr: "10.0.0.0/16" } },
      { protocol: "tcp", from: 81, to: 81, source: { cidr: "10.9.0.0/16" } },
    ]);
    expect(of.problems).toEqual(new Map());
  });

  test("the older one has a port, and the other is told who", () => {
    const of = grouped(one, { name: "two", spec: { ports: [port(80), port(81)] } });
    expect(resource(of, "listener/80").members).toEqual(["uid-of-one"]);
    expect(resource(of, "listener/81").members).toEqual(["uid-of-two"]);
    expect(told(of, "shop/two")).toEqual([
      "degraded PortConflict: port 80 of the shared load balancer belongs to shop/one",
    ]);
  });

  test("who has a port in its status keeps it, whoever is older", () => {
    const two: Wanted = {
      name: "two",
      spec: { ports: [port(80)] },
      status: { ports: [{ port: 80, protocol: "TCP" }] },
    };
    const of = grouped(one, two);
    expect(resource(of, "listener/80").members).toEqual(["uid-of-two"]);
    expect(told(of, "shop/one")).toEqual([
      "pending PortConflict: port 80 of the shared load balancer belongs to shop/two",
    ]);
  });

  test("UDP and TCP of one number are of one listener, so that only one member has them", () => {
    const of = grouped(one, { name: "two", spec: { ports: [port(80, "UDP")] } });
    expect(told(of, "shop/two")).toEqual([expect.stringContaining("pending PortConflict")]);
  });

  test("a member that is refused leaves its ports to the others", () => {
    const bad: Wanted = { ...one, settings: { healthCheck: { port: "nope" } } };
    const of = grouped(bad, { name: "two", spec: { ports: [port(80)] } });
    expect(resource(of, "listener/80").members).toEqual(["uid-of-two"]);
    expect(told(of, "shop/one")).toEqual([expect.stringContaining("pending InvalidSettings")]);
  });

  test("the leader decides about the whole, and who wants otherwise is served and told", () => {
    const two: Wanted = {
      name: "two",
      settings: { attributes: { "deletion_protection.enabled": "true" } },
      spec: { ports: [port(81)] },
    };
    const of = grouped({ ...one, settings: { name: "edge" } }, two);
    expect(fields(of, "load-balancer")).toMatchObject({
      name: "edge",
      attributes: { "deletion_protection.enabled": "false" },
    });
    expect(told(of, "shop/two")).toEqual([
      'degraded GroupConflict: setting attributes is {"deletion_protection.enabled":"true"} here, but {} at shop/one, which leads the group and decides',
    ]);
    expect(resource(of, "listener/81").members).toEqual(["uid-of-two"]);
  });

  test("who says the same as the leader is not told anything", () => {
    const settings = { crossZone: true };
    const of = grouped({ ...one, settings }, { name: "two", settings, spec: { ports: [port(81)] } });
    expect(of.problems).toEqual(new Map());
  });

  test("another scheme or family than that of the group can't be served", () => {
    const of = grouped(
      one,
      { name: "two", spec: { ports: [port(81)], scheme: "external" } },
      { name: "six", spec: { ports: [port(82)], ipFamilies: ["IPv6"] } },
    );
    expect(told(of, "shop/two")).toEqual([
      "pending GroupConflict: it asks for an external load balancer, but that of its group is internal, as shop/one leads it",
    ]);
    expect(told(of, "shop/six")).toEqual([
      expect.stringContaining("pending GroupConflict: its targets have IPv6"),
    ]);
    expect(of.resources.filter(({ kind }) => kind === "listener")).toHaveLength(1);
  });

  test("where the leader's whole can't be, nobody has one, and each is told why", () => {
    const of = grouped(
      { ...one, settings: { subnets: ["subnet-0"] } },
      { name: "two", spec: { ports: [port(81)] } },
    );
    expect(of.resources).toEqual([]);
    expect(told(of, "shop/one")).toEqual([expect.stringContaining("pending MissingReference: subnets")]);
    expect(told(of, "shop/two")).toEqual([
      expect.stringContaining("its group has no load balancer, as shop/one leads it: subnets"),
    ]);
  });

  test("more ports than listeners go without, the youngest first", () => {
    const many = Array.from({ length: 50 }, (_, index) => port(100 + index));
    const of = grouped({ name: "one", spec: { ports: many } }, { name: "two", spec: { ports: [port(80)] } });
    expect(of.resources.filter(({ kind }) => kind === "listener")).toHaveLength(50);
    expect(told(of, "shop/two")).toEqual([
      "pending QuotaExceeded: port 80 would be one listener more than the 50 that an NLB can have",
    ]);
  });
});

describe("the key of a stack", () => {
  test("is the load balancer's own without a group, and that of class, namespace and group with one", () => {
    expect(stackOf(member({ name: "web" }))).toBe("shop/web");
    expect(stackOf(member({ spec: { group } }))).toBe("group aws shop edge");
  });

  test("is of all namespaces that share in the class", () => {
    const base = member({ spec: { group } });
    const policy = { ...base.cls.spec.policy, sharing: { namespaces: ["shop", "cart"] } };
    const shared = { ...base, cls: { ...base.cls, spec: { ...base.cls.spec, policy } } };
    expect(stackOf(shared)).toBe("group aws * edge");
  });

  test("fits into a tag, and stays another for another load balancer", () => {
    const long = (end: string): string => stackOf(member({ name: `${"x".repeat(252)}${end}` }));
    expect(long("a").length).toBeLessThanOrEqual(256);
    expect(long("a")).not.toBe(long("b"));
  });
});
