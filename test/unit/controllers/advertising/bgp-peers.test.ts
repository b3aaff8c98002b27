/** Which BGPPeers can't be together on a node. */
import { expect, test } from "@jest/globals";
import { peerAgainst } from "../../../../src/controllers/advertising/bgp-peers.ts";
import { surroundings } from "../../../../src/controllers/advertising/surroundings.ts";
import { peer } from "../../../objects/bgp.ts";

const around = surroundings({ pools: [], nodes: [{ metadata: { name: "node-a" } }], announcers: [] });

test.each([
  ["no VRF", undefined, "PeerConflict"],
  ["the default VRF by its name", "default", "PeerConflict"],
  ["another VRF", "red", undefined],
])("a peer of %s beside one of the same address in the default VRF", (_what, vrf, reason) => {
  const { spec } = peer("b", vrf === undefined ? {} : { vrf });
  const others = [{ name: "a", order: "", spec: peer("a", {}).spec }];
  expect(peerAgainst(around)("b", spec, others)?.reason).toBe(reason);
});
