/** What `fairlead announcements` lists. */
import { expect, test } from "@jest/globals";
import type { AnnouncedAddress, Announcer } from "../../../src/api/announcer.ts";
import { render } from "../../../src/cli/announcements/render.ts";
import { announcementsReport, ofNode } from "../../../src/cli/announcements/report.ts";
import { paintFor } from "../../../src/cli/output/paint.ts";

const nowMs = Date.parse("2026-01-03T00:00:00Z");
const said = (node: string, address: Partial<AnnouncedAddress>): Announcer => ({
  metadata: { name: node },
  status: {
    incarnation: 1,
    version: "1",
    state: "Ready",
    addresses: [
      {
        address: "192.0.2.7",
        protocol: "Layer2",
        state: "Announcing",
        mode: "Respond",
        epoch: 5,
        interfaces: ["eth0"],
        since: "2026-01-02T23:59:00Z",
        reason: "TookOver",
        message: "",
        ...address,
      },
    ],
  },
});
const listed = (...announcers: Announcer[]) =>
  announcementsReport({ announcers, loadBalancers: undefined, leases: undefined }, nowMs).announcements.map(
    ({ node, state }) => `${node} ${state}`,
  );

test("the claim of a process that is gone is listed until another node has claimed the address", () => {
  const former = said("b", { state: "Probing", reason: "Restarted", epoch: 4 });
  expect(listed(former)).toEqual(["b Probing"]);
  expect(listed(said("a", {}), former)).toEqual(["a Announcing"]);
  expect(listed(said("a", { state: "Probing", epoch: 0 }), former)).toEqual(["a Probing", "b Probing"]);
  expect(listed(said("a", { epoch: 3 }), former)).toEqual(["a Announcing", "b Probing"]);
});

test("whoever else uses an address is named beside why it is there, once", () => {
  const foreignMAC = "02:00:00:00:00:09";
  const whyOf = (address: Partial<AnnouncedAddress>) =>
    announcementsReport(
      { announcers: [said("a", { foreignMAC, ...address })], loadBalancers: undefined, leases: undefined },
      nowMs,
    ).announcements[0]?.message;
  expect(whyOf({ message: "this node is first" })).toBe(
    "this node is first; 02:00:00:00:00:09, which is no agent's, uses it too",
  );
  const message = "02:00:00:00:00:09, which is no agent's, has it";
  expect(whyOf({ state: "Conflict", message })).toBe(message);
});

test("those that nobody announces are counted once, in whatever state agents have them, but for what a route leads to", () => {
  const state = "Conflict";
  const conflict = said("a", { state });
  const alsoProbing = said("b", { state: "Probing" });
  const elsewhere = said("c", { address: "192.0.2.9" });
  const routed: Announcer = {
    metadata: { name: "d" },
    status: {
      ...said("d", { address: "198.51.100.7", state }).status,
      incarnation: 1,
      version: "1",
      state: "Ready",
      bgp: {
        sessions: [{ peer: "tor", state: "Established", prefixes: 1 }],
        routes: [{ prefix: "198.51.100.0/24", peers: ["tor"] }],
      },
    },
  };
  const announcers = [conflict, alsoProbing, elsewhere, routed];
  const report = announcementsReport({ announcers, loadBalancers: undefined, leases: undefined }, nowMs);
  expect(report.unannounced).toEqual(["192.0.2.7"]);
  const ofOne = (node: string) => ofNode(report, node).unannounced;
  expect([ofOne("a"), ofOne("c")]).toEqual([["192.0.2.7"], []]);
  const look = { nowMs, wide: false, paint: paintFor({ isTTY: false }) };
  expect(render(report, look)).toContain("\n1 address that nobody announces.");
});
