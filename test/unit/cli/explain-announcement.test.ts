/** Who announces an address and why, and of every other node why it does not. */
import { describe, expect, test } from "@jest/globals";
import type { Announcer, AnnouncerStatus } from "../../../src/api/announcer.ts";
import type { Node } from "../../../src/api/kubernetes.ts";
import { explainAnnouncements } from "../../../src/cli/explain/announcement.ts";
import type { AnnouncingObjects } from "../../../src/cli/explain/announcing-objects.ts";
import { renderAnnouncement } from "../../../src/cli/explain/render-announcement.ts";
import { paintFor } from "../../../src/cli/output/paint.ts";
import { classSpec, edgePool, loadBalancer } from "../core/objects.ts";

const nowMs = Date.parse("2026-01-03T00:00:00Z");
const address = "192.0.2.7";
const served = loadBalancer({
  spec: { externalTrafficPolicy: "Cluster" },
  status: { addresses: [{ ip: address, ipMode: "VIP", pool: "edge" }] },
});
const classes = [{ metadata: { name: served.spec.className }, spec: classSpec() }];
const pools = [edgePool];

const agent = (name: string, status: Partial<AnnouncerStatus> = {}): Announcer => ({
  metadata: { name },
  status: {
    incarnation: 1,
    version: "1",
    state: "Ready",
    interfaces: [{ name: "eth0", up: true }],
    ...status,
  },
});

const holder = agent("a", {
  addresses: [
    {
      address,
      protocol: "Layer2",
      state: "Announcing",
      mode: "Respond",
      epoch: 1,
      interfaces: ["eth0"],
      since: "2026-01-02T23:59:00Z",
      reason: "TookOver",
      message: "node z, which had it, is silent",
    },
  ],
});

const node = (name: string, labels: Record<string, string> = {}): Node => ({ metadata: { name, labels } });

function explained(some: Partial<AnnouncingObjects>) {
  const announcing: AnnouncingObjects = {
    announcers: [],
    l2Advertisements: [],
    bgpAdvertisements: [],
    bgpPeers: [],
    nodes: [],
    leases: undefined,
    sharers: [served],
    services: new Map(),
    endpointSlices: new Map(),
    ...some,
  };
  const [told] = explainAnnouncements(served, announcing, { classes, pools }, nowMs);
  if (told === undefined) throw new Error("nothing is told");
  return { ...told, text: renderAnnouncement(told, nowMs, paintFor({ isTTY: false })) };
}

describe("of a node that does not announce it is told", () => {
  test.each<[string, Announcer, string]>([
    ["that another does", agent("b"), "may announce it, and a does"],
    [
      "that it is not ready",
      agent("b", { state: "Starting" }),
      "may announce it, but its agent is not ready (Starting)",
    ],
    [
      "that it has no link",
      agent("b", { interfaces: [{ name: "eth0", up: false }] }),
      "has no interface that is up and in use",
    ],
    [
      "what its agent lacks",
      agent("b", { capabilities: [{ name: "RawSockets", available: false, message: "NET_RAW is missing" }] }),
      "its agent can't answer for addresses: NET_RAW is missing",
    ],
  ])("%s", (_what, other, why) => {
    const { nodes } = explained({ announcers: [holder, other], nodes: [node("a"), node("b")] });
    expect(nodes.map((each) => [each.node, each.announces, each.why])).toEqual([
      ["a", true, "node z, which had it, is silent"],
      ["b", false, why],
    ]);
  });
});

describe("where the network of the address is on nodes", () => {
  const networks = ["192.0.2.0/24"];
  const near = {
    ...holder,
    status: { ...holder.status, interfaces: [{ name: "eth0", up: true, networks }] },
  };
  test.each<[string, AnnouncerStatus["interfaces"], string]>([
    [
      "one without it",
      [{ name: "eth0", up: true, networks: ["198.51.100.0/24"] }],
      "has no interface in the network of the address, and other nodes have",
    ],
    [
      "one whose interface there is down",
      [
        { name: "eth0", up: false, networks },
        { name: "mgmt0", up: true },
      ],
      "has none of the interfaces eth0 up and in use",
    ],
  ])("%s is told why it does not announce it", (_what, interfaces, why) => {
    const announcers = [near as Announcer, agent("b", { interfaces })];
    const { nodes } = explained({ announcers, nodes: [node("a"), node("b")] });
    expect(nodes.map((each) => [each.node, each.announces, each.why])).toEqual([
      ["a", true, "node z, which had it, is silent"],
      ["b", false, why],
    ]);
  });
});

test("what a node had before its agent was started anew is history once another has claimed it", () => {
  const [entry] = holder.status?.addresses ?? [];
  if (entry === undefined) throw new Error("The holder holds something");
  const said = (epoch: number) => {
    const addresses = [
      { ...entry, state: "Probing" as const, reason: "Restarted", message: "starts", epoch },
    ];
    const { nodes } = explained({
      announcers: [holder, agent("b", { addresses })],
      nodes: [node("a"), node("b")],
    });
    return nodes.find((each) => each.node === "b")?.why;
  };
  expect(said(entry.epoch - 1)).toBe("may announce it, and a does");
  expect(said(entry.epoch + 1)).toBe("Probing: starts");
});

test("an agent that was not heard of lately does not announce it, whatever it said last", () => {
  const renewals = [
    {
      metadata: { name: "fairlead-agent-a", namespace: "fairlead-system" },
      spec: { renewTime: "2026-01-02T23:50:00Z", leaseDurationSeconds: 9 },
    },
  ];
  const { nodes, text } = explained({
    announcers: [holder, agent("b")],
    nodes: [node("a"), node("b")],
    leases: renewals,
  });
  expect(text).toContain("Announced by nobody: 192.0.2.7");
  expect(nodes.map(({ why }) => why)).toEqual([
    "its agent was not heard of lately; what it said last: node z, which had it, is silent",
    "may announce it, and says nothing of it: see the log of its agent",
  ]);
});

test("nodes of which the same is to be said are told together", () => {
  const names = ["b", "c", "d", "e", "f", "g"];
  const { text } = explained({
    announcers: [holder],
    nodes: [node("a"), ...names.map((name) => node(name))],
  });
  expect(text.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["Announced: 192.0.2.7 (layer 2: IPAddressPool edge says so itself (spec.advertise: Layer2))"],
    ["NODE", "PROTOCOL", "ANNOUNCES", "ON", "SINCE", "WHY"],
    ["a", "Layer2", "yes", "eth0", "60s", "node z, which had it, is silent"],
    ["b, c, d, e and 2 more", "Layer2", "no", "-", "-", "has no agent that has said anything"],
  ]);
});

test("who may not list Nodes is told what the agents say, and what is not known", () => {
  const { nodes, text } = explained({ announcers: [holder, agent("b")], nodes: undefined });
  expect(nodes.map((each) => each.node)).toEqual(["a"]);
  expect(text).toContain("Not known is why other nodes do not announce it: you may not list Nodes");
});
