import { describe, expect, test } from "@jest/globals";
import type { Fields, ObservedResource } from "../../../../../src/core/plan/types.ts";
import { result } from "../../../../../src/providers/aws/desire/result.ts";
import { built, desired, facts, fields, member, planned } from "./world.ts";

const arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/web/0123456789abcdef";

function seen(state: Fields): readonly ObservedResource[] {
  const dnsName = "Web-0123.elb.eu-west-1.amazonaws.com";
  return built(desired().resources).map((each) =>
    each.kind === "load-balancer"
      ? { ...each, fields: { ...each.fields, dnsName, zoneAddresses: [], ...state } }
      : each,
  );
}

const hostname = { hostname: "web-0123.elb.eu-west-1.amazonaws.com" };

describe("what a member has", () => {
  test("is the name in lower case once the load balancer is active", () => {
    expect(result(member(), seen({ state: "active" }))).toEqual({
      addresses: [hostname],
      ports: [{ port: 80, protocol: "TCP" }],
    });
  });

  test("is the static addresses too, as those of a proxy", () => {
    const zoneAddresses = [
      { zone: "a", subnet: "s", ip: "203.0.113.7", privateIPv4: "10.0.1.7", allocationId: "eipalloc-1" },
      { zone: "b", subnet: "t", privateIPv4: "10.0.2.7", ipv6: "2001:db8::7" },
    ];
    expect(result(member(), seen({ state: "active", zoneAddresses })).addresses).toEqual([
      hostname,
      { ip: "203.0.113.7", ipMode: "Proxy" },
      { ip: "10.0.2.7", ipMode: "Proxy" },
      { ip: "2001:db8::7", ipMode: "Proxy" },
    ]);
  });

  test.each([
    [{ name: "other" }, { name: "web" }, 'keeps the name "web"'],
    [{}, { attributes: { "secondary_ips.auto_assigned.per_subnet": "2" } }, "stays 2"],
  ])("is told to keep what AWS can't change: asked for %j, there is %j", (settings, state, words) => {
    const lb = member({ settings });
    const { problems } = result(lb, seen({ state: "active", attributes: {}, ...state }));
    expect(problems).toEqual([
      { kind: "degraded", reason: "InvalidSettings", message: expect.stringContaining(words) },
    ]);
    const other = member({ settings, spec: { group: "front" } });
    expect(result(other, seen({ state: "active", attributes: {}, ...state })).problems).toBeUndefined();
  });

  test("is nothing while AWS provisions, and is looked at again", () => {
    expect(result(member(), seen({ state: "provisioning" }))).toMatchObject({
      addresses: [],
      problems: [{ kind: "pending", reason: "Pending" }],
      retryAfterMs: 10_000,
    });
  });

  test("is nothing where AWS failed, with its reason", () => {
    const { addresses, problems } = result(member(), seen({ state: "failed", stateReason: "no capacity" }));
    expect(addresses).toEqual([]);
    expect(problems).toEqual([
      {
        kind: "pending",
        reason: "RejectedByCloud",
        message: "AWS could not provision the load balancer: no capacity",
      },
    ]);
  });

  test("is the name, with a flaw, where AWS calls it impaired", () => {
    expect(result(member(), seen({ state: "active_impaired" }))).toMatchObject({
      addresses: [hostname],
      problems: [{ kind: "degraded" }],
    });
  });

  test("is nothing as long as no listener is its own", () => {
    const there = seen({ state: "active" });
    expect(result(member({ name: "other" }), there).addresses).toEqual([]);
    expect(result(member(), []).addresses).toEqual([]);
  });

  test("is nothing of a load balancer without our mark", () => {
    const foreign = seen({ state: "active" }).map((each) => ({ ...each, ours: false }));
    expect(result(member(), foreign).addresses).toEqual([]);
  });
});

describe("a load balancer that is adopted", () => {
  const adopting = desired({ spec: { adopt: arn } });

  test("is named, and keeps what nobody asks to be otherwise", () => {
    const balancer = adopting.resources.find(({ id }) => id === "load-balancer");
    expect(balancer?.adopt).toBe(arn);
    expect(balancer?.fields).not.toHaveProperty("ipAddressType");
    expect(balancer?.fields).not.toHaveProperty("minimumCapacity");
    expect(balancer?.fields).not.toHaveProperty("privateLinkRules");
    expect(balancer?.fields.attributes).toEqual({});
  });

  test("stays in its zones unless subnets are named", () => {
    const there = built(desired({}, facts({ subnets: facts().subnets.slice(0, 1) })).resources);
    const changes = (wanted: Parameters<typeof desired>[0]) =>
      planned(desired(wanted).resources, there).operations.map(({ key }) => key);
    expect(changes({ spec: { adopt: arn } })).toEqual([]);
    expect(changes({ spec: { adopt: arn }, settings: { subnets: ["subnet-a1", "subnet-b2"] } })).toEqual([
      "update load-balancer",
    ]);
  });

  test("gets what is asked for", () => {
    const of = desired({ spec: { adopt: arn }, settings: { crossZone: true, capacityUnits: 7 } });
    expect(fields(of, "load-balancer")).toMatchObject({
      attributes: { "load_balancing.cross_zone.enabled": "true" },
      minimumCapacity: 7,
    });
  });
});
