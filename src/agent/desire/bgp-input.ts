/** What BGP on this node is made from. Pure. */
import type { BgpInput, BgpNode } from "../bgp/input.ts";
import type { GivenAddress } from "./given-addresses.ts";
import { givenOut } from "./given-out.ts";
import { unfit } from "./node-fitness.ts";
import type { ClusterObjects, NodeRules } from "./objects.ts";

export interface BgpObjects extends Pick<BgpInput, "peers" | "profiles" | "communities" | "passwords"> {
  readonly objects: ClusterObjects;
  /** Of these objects. */
  readonly given: readonly GivenAddress[];
}

export function bgpInput(
  { objects, given, ...rest }: BgpObjects,
  { node, ...rules }: NodeRules & { readonly node: string },
): BgpInput {
  const { pools, bgpAdvertisements } = objects;
  return {
    ...rest,
    node: bgpNode(objects, node, rules),
    given: givenOut(given, objects, node),
    advertisements: bgpAdvertisements,
    pools,
  };
}

function bgpNode({ nodes, announcers }: ClusterObjects, name: string, rules: NodeRules): BgpNode {
  const node = nodes.find(({ metadata }) => metadata.name === name);
  const objection = unfit(node, rules);
  // As on layer 2, a node that is about to go gives way only to others.
  const agents = new Set(announcers.map(({ metadata }) => metadata.name));
  const isLast =
    objection?.word === "Draining" &&
    !nodes.some((other) => agents.has(other.metadata.name) && unfit(other, rules) === undefined);
  return {
    name,
    labels: node?.metadata.labels,
    internalIPs: (node?.status?.addresses ?? [])
      .filter(({ type }) => type === "InternalIP")
      .map(({ address }) => address),
    unfit: objection === undefined || isLast ? undefined : `node ${name} ${objection.why}`,
  };
}
