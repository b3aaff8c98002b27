/** BGPPeers beside each other on one node: what one BGP daemon can't be told together. Pure. */
import type { BFDProfile } from "../../api/bfd-profile.ts";
import type { BGPPeerSpec } from "../../api/bgp-peer.ts";
import { vrfOf } from "../../core/advertising/vrf-of.ts";
import { parseAddress, sameAddress } from "../../core/ip/address.ts";
import { compareOrder } from "../../core/order.ts";
import { quote } from "../../core/quote.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import type { Against, InForce } from "./accept-in-order.ts";
import { unknownNames } from "./names.ts";
import { nodeFlaws } from "./selection.ts";
import { meet, type Surroundings } from "./surroundings.ts";

/** Only peers that meet on a node stand in each other's way, and only within one VRF. */
export function peerAgainst(around: Surroundings): Against<BGPPeerSpec> {
  return (_name, spec, others, order) => {
    const beside = [...others].filter((other) => vrfOf(other.spec) === vrfOf(spec));
    for (const { name, spec: other } of beside) {
      const clash = clashOf(spec, other);
      if (clash === undefined || !meet(spec, other, around)) continue;
      return {
        reason: "PeerConflict",
        message: `${clash} of BGPPeer ${quote(name)}; change one of them, or let them select different nodes`,
      };
    }
    const message = idClash(spec, order, beside, around);
    return message === undefined ? undefined : { reason: "PeerConflict", message };
  };
}

function clashOf(spec: BGPPeerSpec, other: BGPPeerSpec): string | undefined {
  if (spec.interface !== undefined && spec.interface === other.interface)
    return `spec.interface: ${quote(spec.interface)} is that`;
  if (isSame(spec.peerAddress, other.peerAddress))
    return `spec.peerAddress: ${quote(spec.peerAddress ?? "")} is that`;
  if (spec.myASN !== other.myASN) return `spec.myASN: ${spec.myASN} differs from the ${other.myASN}`;
  return undefined;
}

/** On every node the oldest peer says the router ID, by leaving it out too; the others have the same, or say nothing of it. */
function idClash(
  spec: BGPPeerSpec,
  order: string,
  others: readonly InForce<BGPPeerSpec>[],
  around: Surroundings,
): string | undefined {
  const { routerID } = spec;
  const byAge = others.toSorted((a, b) => compareOrder(a.order, b.order));
  if (routerID === undefined && byAge.every((each) => each.spec.routerID === undefined)) return undefined;
  const advice = "or let them select different nodes";
  for (const node of around.nodesOf(spec) ?? [undefined]) {
    const here = byAge.filter((each) => node === undefined || around.nodesOf(each.spec)?.has(node));
    const [oldest] = here;
    if (oldest !== undefined && compareOrder(oldest.order, order) < 0) {
      const { routerID: theirs } = oldest.spec;
      if (routerID === undefined || isSame(routerID, theirs)) continue;
      const by = `of BGPPeer ${quote(oldest.name)}, which is older`;
      return theirs === undefined
        ? `spec.routerID: ${routerID} is not the usual router ID, with which nodes have the sessions ${by} and sets none; leave it out, ${advice}`
        : `spec.routerID: ${routerID} differs from the ${theirs} ${by}; change one of them, ${advice}`;
    }
    const other = here.find(
      (each) => each.spec.routerID !== undefined && !isSame(each.spec.routerID, routerID),
    );
    if (other !== undefined)
      return `spec.routerID: ${routerID ?? "none"} differs from the ${other.spec.routerID} of BGPPeer ${quote(other.name)}; change one of them, ${advice}`;
  }
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
