/** Which BGPPeers can't be together on a node. */
import { expect, test } from "@jest/globals";
import { planBgp } from "../../../../src/agent/bgp/plan.ts";
import { acceptInOrder } from "../../../../src/controllers/advertising/accept-in-order.ts";
import { peerAgainst } from "../../../../src/controllers/advertising/bgp-peers.ts";
import { surroundings } from "../../../../src/controllers/advertising/surroundings.ts";
import { aNode, bgpInput, peer } from "../../../objects/bgp.ts";

const around = surroundings({ pools: [], nodes: [{ metadata: { name: "node-a" } }], announcers: [] });

test.each([
  ["no VRF", undefined, "PeerConflict"],
  ["the default VRF by its name", "default", "PeerConflict"],
  ["another VRF", "red", undefined],
])("a peer of %s beside one of the same address in the default VRF", (_what, vrf, reason) => {
  const { spec } = peer("b", vrf === undefined ? {} : { vrf });
  const others = [{ name: "a", order: "", spec: peer("a", {}).spec }];
  expect(peerAgainst(around)("b", spec, others, "b")?.reason).toBe(reason);
});

const on = (node: string) => ({ nodeSelectors: [{ matchLabels: { node } }] });
const nodes = ["a", "b"].map((node) => ({ metadata: { name: node, labels: { node } } }));
/** By age, each with an address of its own. */
const routerIDs: [string, Parameters<typeof peer>[1][], { of: string; says: RegExp } | undefined][] = [
  [
    "one that another alone sets",
    [{}, { routerID: "9.9.9.9" }],
    { of: "p1", says: /is not the usual .* BGPPeer "p0"/ },
  ],
  [
    "two",
    [{ routerID: "1.1.1.1" }, { routerID: "9.9.9.9" }],
    { of: "p1", says: /differs from the 1.1.1.1 of BGPPeer "p0"/ },
  ],
  [
    "the oldest's, that others say nothing of",
    [{ routerID: "1.1.1.1" }, {}, { routerID: "1.1.1.1" }],
    undefined,
  ],
  [
    "another than the oldest's, after one that says nothing",
    [{ routerID: "1.1.1.1" }, {}, { routerID: "9.9.9.9" }],
    { of: "p2", says: /BGPPeer "p0"/ },
  ],
  [
    "others on nodes of their own",
    [
      { ...on("a"), routerID: "1.1.1.1" },
      { ...on("b"), routerID: "9.9.9.9" },
    ],
    undefined,
  ],
  ["others on one of two nodes", [on("a"), { routerID: "9.9.9.9" }], { of: "p1", says: /BGPPeer "p0"/ }],
  ["others in another VRF", [{}, { routerID: "9.9.9.9", vrf: "red" }], undefined],
];
test.each(routerIDs)("router IDs: %s; agents have the same opinion", (_what, specs, refused) => {
  const peers = specs.map((spec, at) =>
    peer(`p${at}`, { peerAddress: `10.88.${at}.1`, ...spec }, { born: at }),
  );
  const found = acceptInOrder(
    peers.map(({ metadata: { name = "" }, spec }) => ({
      name,
      order: name,
      wanted: spec,
      accepted: undefined,
    })),
    peerAgainst(surroundings({ pools: [], nodes, announcers: [] })),
  );
  expect([...found].filter(([, { refusal }]) => refusal !== undefined)).toEqual(
    refused === undefined
      ? []
      : [
          [
            refused.of,
            expect.objectContaining({
              refusal: { reason: "PeerConflict", message: expect.stringMatching(refused.says) },
            }),
          ],
        ],
  );
  const leftOut = nodes.flatMap(({ metadata: { labels } }) =>
    planBgp(bgpInput({ peers, node: { ...aNode, labels } })).problems.map(({ name }) => name),
  );
  expect([...new Set(leftOut)]).toEqual(refused === undefined ? [] : [refused.of]);
});

test("an older peer's edit of its router ID does not end the sessions of a younger one", () => {
  const older = peer("a", { routerID: "1.1.1.1" }).spec;
  const younger = peer("b", { routerID: "1.1.1.1", peerAddress: "10.88.2.1" }).spec;
  const found = acceptInOrder(
    [
      { name: "a", order: "a", wanted: peer("a", {}).spec, accepted: older },
      { name: "b", order: "b", wanted: younger, accepted: younger },
    ],
    peerAgainst(around),
  );
  expect(found.get("a")?.refusal?.message).toMatch(
    /^spec.routerID: none differs from the 1.1.1.1 of BGPPeer "b"/,
  );
});
