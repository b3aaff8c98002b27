import { expect, test } from "@jest/globals";
import { rules } from "../../../../../src/providers/aws/model/rules.ts";
import { stateOf, zonesAfter, zonesOf } from "../../../../../src/providers/aws/observe/load-balancer.ts";

const elastic = (zone: string) => ({
  ZoneName: zone,
  SubnetId: `subnet-${zone}`,
  LoadBalancerAddresses: [{ AllocationId: `eipalloc-${zone}`, IpAddress: `192.0.2.${zone.charCodeAt(0)}` }],
});
const bare = (zone: string) => ({ ZoneName: zone, SubnetId: `subnet-${zone}` });
const desired = { a: { subnet: "subnet-a", allocationId: "eipalloc-a" } };
const isSame = (pins: unknown) => rules["load-balancer"].equal("pins", desired, pins as never);

test("addresses that AWS does not show yet are no reason for another load balancer", () => {
  const made = stateOf({ State: { Code: "provisioning" }, AvailabilityZones: [bare("a")] });
  expect(isSame(made.pins)).toBe(true);
  const shown = stateOf({ State: { Code: "provisioning" }, AvailabilityZones: [elastic("a")] });
  expect(isSame(shown.pins)).toBe(true);
  const active = stateOf({ State: { Code: "active" }, AvailabilityZones: [bare("a")] });
  expect(isSame(active.pins)).toBe(false);
});

test("addresses are kept where zones come and the answer does not show them", () => {
  const before = zonesOf([elastic("a"), elastic("c")]);
  const asked = [
    { zone: "a", subnet: "subnet-a", allocationId: "eipalloc-a" },
    { zone: "b", subnet: "subnet-b", allocationId: "eipalloc-b" },
  ];
  const after = zonesAfter(zonesOf([bare("a"), bare("b")]), before, asked);
  expect(after).toEqual({
    zones: asked,
    pins: {
      a: { subnet: "subnet-a", allocationId: "eipalloc-a" },
      b: { subnet: "subnet-b", allocationId: "eipalloc-b" },
    },
    zoneAddresses: [
      { zone: "a", subnet: "subnet-a", allocationId: "eipalloc-a", ip: "192.0.2.97" },
      { zone: "b", subnet: "subnet-b", allocationId: "eipalloc-b" },
    ],
  });
  expect(zonesAfter(zonesOf([elastic("a"), elastic("b")]), before, asked)).toEqual(
    zonesOf([elastic("a"), elastic("b")]),
  );
});
