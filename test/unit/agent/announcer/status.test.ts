/** What the Announcer of a node says. */
import { expect, test } from "@jest/globals";
import {
  type AgentState,
  announcerStatus,
  differs,
  inheritedFrom,
} from "../../../../src/agent/announcer/status.ts";
import type { AddressReport, InterfaceReport } from "../../../../src/agent/thread/messages.ts";

const nowMs = Date.UTC(2026, 0, 1);
const address = (o: Partial<AddressReport> = {}): AddressReport => ({
  address: "192.0.2.1",
  state: "Announcing",
  mode: "Respond",
  epoch: 7,
  interfaces: ["eth0"],
  since: nowMs,
  reason: "Placed",
  message: "nobody had it",
  ...o,
});
const link = (name: string, skipped?: string): InterfaceReport => ({
  name,
  index: 1,
  mac: "02:00:00:00:00:01",
  up: true,
  networks: ["192.0.2.0/24"],
  ...(skipped === undefined ? {} : { skipped }),
});
const state: AgentState = {
  incarnation: 2,
  version: "1",
  state: "Ready",
  heartbeatPort: 7947,
  interfaces: [],
  capabilities: [],
  addresses: [],
  inherited: [],
  bgp: undefined,
};
const status = (o: Partial<AgentState> = {}) => announcerStatus({ ...state, ...o }, undefined, nowMs);
const readiness = (o: Partial<AgentState>) => status(o).conditions?.[0];

test("only what is claimed has an epoch: nobody waits after a restart for who merely asked for an address", () => {
  const states = ["Announcing", "Offering", "Probing", "Conflict"] as const;
  const addresses = states.map((state, at) => address({ address: `192.0.2.${at + 1}`, state }));
  expect(status({ addresses }).addresses?.map(({ epoch }) => epoch)).toEqual([7, 7, 0, 0]);
});

test("what a former process claimed stays on record until this one has claimed it", () => {
  const inherited = inheritedFrom(status({ addresses: [address()] }));
  expect(status({ inherited }).addresses).toMatchObject([
    { epoch: 7, state: "Probing", reason: "Restarted" },
  ]);
  const asking = [address({ state: "Probing", epoch: 0 })];
  expect(status({ inherited, addresses: asking }).addresses).toMatchObject([{ epoch: 7 }]);
  const claimed = [address({ epoch: 8 })];
  expect(status({ inherited, addresses: claimed }).addresses).toMatchObject([
    { epoch: 8, state: "Announcing" },
  ]);
});

test("it is ready when it takes part, and says what is missing when it can't", () => {
  expect(readiness({ state: "Starting" })).toMatchObject({ status: "False", reason: "Starting" });
  expect(readiness({ state: "Leaving" })).toMatchObject({ status: "False", reason: "Leaving" });
  expect(readiness({})).toMatchObject({ status: "True", reason: "Ready" });
  const capabilities = [{ name: "RawSockets", available: false, message: "CAP_NET_RAW is missing" }];
  expect(readiness({ capabilities })).toMatchObject({ status: "False", reason: "CapabilityMissing" });
  expect(readiness({ capabilities })?.message).toContain("CAP_NET_RAW is missing");
  const bgp = { sessions: [], routes: [] };
  expect(readiness({ capabilities, bgp })).toMatchObject({ status: "True" });
});

test("interfaces that are left alone come and go without a write, but are told with the next one", () => {
  const before = status({ interfaces: [link("eth0")] });
  const withPod = status({ interfaces: [link("veth1", "made for a pod"), link("eth0")] });
  expect(differs(before, withPod)).toBe(false);
  expect(withPod.interfaces?.map(({ name }) => name)).toEqual(["eth0", "veth1"]);
  expect(differs(before, status({ interfaces: [{ ...link("eth0"), up: false }] }))).toBe(true);
});

test("until the interfaces were looked at, it says what a former process saw: the other agents go by that", () => {
  const before = status({ interfaces: [link("eth0")] });
  expect(announcerStatus({ ...state, interfaces: undefined }, before, nowMs).interfaces).toEqual([
    { name: "eth0", mac: "02:00:00:00:00:01", up: true, networks: ["192.0.2.0/24"] },
  ]);
  expect(status({ interfaces: undefined }).interfaces).toEqual([]);
});

test("it stays within the bounds of its kind, and keeps the interfaces that are used", () => {
  const pods = Array.from({ length: 2_000 }, (_, at) => link(`veth${at}`, "x".repeat(500)));
  const networks = Array.from({ length: 100 }, (_, at) => `10.${at}.0.0/16`);
  const many = status({
    interfaces: [...pods, { ...link("eth0"), networks }],
    addresses: Array.from({ length: 5_000 }, (_, at) =>
      address({ address: `10.0.${at >> 8}.${at & 255}`, message: "x".repeat(1_000) }),
    ),
  });
  expect(many.interfaces).toHaveLength(1024);
  expect(many.interfaces?.[0]?.name).toBe("eth0");
  expect(many.interfaces?.[0]?.networks).toHaveLength(32);
  expect(many.interfaces?.[1]?.skipped).toHaveLength(256);
  expect(many.addresses).toHaveLength(4096);
  expect(many.addresses?.[0]?.message).toHaveLength(256);
});
