import { expect, test } from "@jest/globals";
import { addressesIn, createHappenings } from "../../../src/agent/happenings.ts";
import type { LoadBalancer } from "../../../src/api/load-balancer.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { silentLogger } from "../../../src/runtime/logger.ts";

const balancer = (name: string, ...ips: string[]): LoadBalancer =>
  ({
    apiVersion: "fairlead.io/v1alpha1",
    kind: "LoadBalancer",
    metadata: { namespace: "shop", name, uid: `uid-${name}` },
    spec: { className: "metal", serviceRef: { name, uid: `service-${name}` } },
    status: { addresses: ips.map((ip) => ({ ip })) },
  }) as LoadBalancer;

test("an address is found however it was written, and a host name is no address", () => {
  expect(addressesIn(balancer("web", "192.0.2.1", "2001:DB8:0::1", "lb.example.com"))).toEqual([
    "192.0.2.1",
    "2001:db8::1",
  ]);
});

test("the Services that wait for an address hear what changes who answers for it, and of nothing else", () => {
  const told: string[] = [];
  const o = {
    node: "node-a",
    loadBalancersWith: (address: string) =>
      [balancer("web", "192.0.2.1"), balancer("api", "192.0.2.2")].filter((lb) =>
        addressesIn(lb).includes(address),
      ),
    events: {
      event: (
        { kind, metadata }: { kind: string; metadata: { name?: string } },
        type: string,
        reason: string,
      ) => void told.push([kind, metadata.name, type, reason].join(" ")),
    },
    logger: silentLogger,
    clock: systemClock,
  };
  const happenings = createHappenings(o);
  happenings.tell([
    { level: "info", reason: "TookOver", message: "m", address: "192.0.2.1" },
    { level: "info", reason: "HandedOver", message: "m", address: "192.0.2.1" },
    { level: "warn", reason: "AddressInUse", message: "m", address: "192.0.2.2" },
    { level: "warn", reason: "Trouble", message: "m" },
  ]);
  happenings.end();
  expect(told).toEqual(["Service web Normal TookOver", "Service api Warning AddressInUse"]);
});
