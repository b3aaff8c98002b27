/** BGPPeers beside each other on one node: what one BGP daemon can't be told together. Pure. */
import type { BFDProfile } from "../../api/bfd-profile.ts";
import type { BGPPeerSpec } from "../../api/bgp-peer.ts";
import { vrfOf } from "../../core/advertising/vrf-of.ts";
import { parseAddress, sameAddress } from "../../core/ip/address.ts";
import { quote } from "../../core/quote.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { Against } from "./accept-in-order.ts";
import { unknownNames } from "./names.ts";
import { nodeFlaws } from "./selection.ts";
import { meet, type Surroundings } from "./surroundings.ts";

/** Only peers that meet on a node stand in each other's way, and only within one VRF. */
export function peerAgainst(around: Surroundings): Against<BGPPeerSpec> {
  return (_name, spec, others) => {
    for (const { name, spec: other } of others) {
      if (vrfOf(spec) !== vrfOf(other)) continue;
      const clash = clashOf(spec, other);
      if (clash === undefined || !meet(spec, other, around)) continue;
      return {
        reason: "PeerConflict",
        message: `${clash} of BGPPeer ${quote(name)}; change one of them, or let them select different nodes`,
      };
    }
    return undefined;
  };
}

function clashOf(spec: BGPPeerSpec, other: BGPPeerSpec): string | undefined {
  if (spec.interface !== undefined && spec.interface === other.interface)
    return `spec.interface: ${quote(spec.interface)} is that`;
  if (isSame(spec.peerAddress, other.peerAddress))
    return `spec.peerAddress: ${quote(spec.peerAddress ?? "")} is that`;
  if (spec.myASN !== other.myASN) return `spec.myASN: ${spec.myASN} differs from the ${other.myASN}`;
  if (spec.routerID !== undefined && other.routerID !== undefined && !isSame(spec.routerID, other.routerID))
    return `spec.routerID: ${spec.routerID} differs from the ${other.routerID}`;
  return undefined;
}

/** Addresses may be written in several ways. */
function isSame(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const [one, two] = [parseAddress(a), parseAddress(b)];
  return one.ok && two.ok ? sameAddress(one.address, two.address) : a === b;
}

/** `profiles`: `undefined` where it is not known which there are. */
export function peerFlaws(
  spec: BGPPeerSpec,
  profiles: readonly BFDProfile[] | undefined,
  around: Surroundings,
): readonly Finding[] {
  const nodes = around.nodesOf(spec);
  const known = profiles && new Set(profiles.map(({ metadata }) => metadata.name ?? ""));
  const names = spec.bfdProfile === undefined ? [] : [spec.bfdProfile];
  const unknown = known && unknownNames("spec.bfdProfile", "BFDProfile", names, known);
  const flaws = [...nodeFlaws(spec, nodes, around)];
  if (unknown !== undefined) flaws.push(unknown);
  if (spec.routerID !== undefined && nodes !== undefined && nodes.size > 1)
    flaws.push({
      reason: "PeerConflict",
      message: `spec.routerID: ${nodes.size} nodes are selected and would all have the BGP identifier ${spec.routerID}, of which a router accepts one; select one node, or leave it out`,
    });
  return flaws;
}
