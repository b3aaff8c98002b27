import { expect, test } from "@jest/globals";
import { compileSkipList, type InterfaceTraits, whySkipped } from "../../../../src/agent/linux/skip-list.ts";

const eth0: InterfaceTraits = {
  name: "eth0",
  isEthernet: true,
  isLoopback: false,
  hasArp: true,
  hasBroadcast: true,
  master: undefined,
};

test.each<[Partial<InterfaceTraits>, string | undefined]>([
  [{}, undefined],
  [{ name: "bond0" }, undefined],
  [{ name: "enp1s0.100" }, undefined],
  [{ name: "br0" }, undefined],
  [{ name: "lo", isLoopback: true, isEthernet: false }, "is a loopback interface"],
  [{ name: "ib0", isEthernet: false }, "is not an Ethernet interface"],
  [{ name: "eth1", master: "bond0" }, "is a port of bond0"],
  [{ name: "veth12ab", master: undefined }, "matches ^veth.* of the interfaces to skip"],
  [{ name: "br-0123456789ab" }, "matches ^br-[0-9a-f]{12}$ of the interfaces to skip"],
  [{ name: "cilium_host" }, "matches ^cilium_.* of the interfaces to skip"],
  [{ hasArp: false }, "does without ARP (flag NOARP)"],
  [{ hasBroadcast: false }, "has no broadcast"],
])("of the usual list: %j → %s", (traits, why) => {
  expect(whySkipped({ ...eth0, ...traits }, compileSkipList())).toBe(why);
});

test("a list of one's own takes the place of the usual one, but can't make a loopback interface fit", () => {
  const own = compileSkipList(["^eth0$"]);
  expect(whySkipped(eth0, own)).toBe("matches ^eth0$ of the interfaces to skip");
  expect(whySkipped({ ...eth0, name: "veth0" }, own)).toBeUndefined();
  expect(whySkipped({ ...eth0, name: "lo", isLoopback: true }, own)).toBe("is a loopback interface");
});
