import { expect, test } from "@jest/globals";
import { strictArp } from "../../../src/agent/strict-arp.ts";

const withIpvs = [{ name: "eth0" }, { name: "eth1" }, { name: "kube-ipvs0", skipped: "is left alone" }];

test("without IPVS there is nothing to say", () => {
  expect(strictArp([{ name: "eth0" }], () => 0)).toEqual([]);
});

test("with IPVS, an interface that answers for what others have is named, with what to do", () => {
  const [told] = strictArp(withIpvs, (name) => (name === "eth1" ? 0 : 1));
  expect(told).toMatchObject({ name: "StrictARP", available: false });
  expect(told?.message).toContain("on eth1, so that");
  expect(told?.message).toContain("strictARP: true");
  // Keeps silent only about addresses that are valid on this machine alone: not enough.
  expect(strictArp(withIpvs, () => 3)).toMatchObject([{ available: false }]);
});

test.each([1, 2])("with IPVS and arp_ignore %d all is well", (value) => {
  expect(strictArp(withIpvs, () => value)).toEqual([{ name: "StrictARP", available: true }]);
});
