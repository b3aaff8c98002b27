/** Which nodes announce an address by BGP, to whom, and why the others do not. Pure. */

import { whereUsable } from "../../agent/desire/local-endpoints.ts";
import { unfit } from "../../agent/desire/node-fitness.ts";
import type { Announcer } from "../../api/announcer.ts";
import type { BGPAdvertisement, BGPAdvertisementSpec } from "../../api/bgp-advertisement.ts";
import type { BGPPeerSpec } from "../../api/bgp-peer.ts";
import type { IPAddressPool } from "../../api/ip-address-pool.ts";
import type { Node } from "../../api/kubernetes.ts";
import { selectsNode, selectsPool, selectsService } from "../../core/advertising/selects.ts";
import { specInForce } from "../../core/advertising/spec-in-force.ts";
import { type IPAddress, parseAddress } from "../../core/ip/address.ts";
import { parseRange, rangeContains } from "../../core/ip/range.ts";
import type { ExplainedNode } from "./announcement.ts";
import type { AnnouncingObjects } from "./announcing-objects.ts";
import { usualRules } from "./usual-rules.ts";

interface Asked {
  readonly address: string;
  /** That it was given from; `undefined`: it is gone. */
  readonly pool: IPAddressPool | undefined;
  readonly announcing: AnnouncingObjects;
}

interface Named {
  readonly name: string;
  readonly spec: BGPAdvertisementSpec;
}

/** Empty where no BGPAdvertisement is for the pool and no node has a route. */
export function bgpNodes({ address, pool, announcing }: Asked): ExplainedNode[] {
  const parsed = parseAddress(address);
  if (!parsed.ok) return [];
  const asking = advertisementsFor(pool, announcing.bgpAdvertisements);
  const routed = announcing.announcers.flatMap((each) => asRouted(each, parsed.address) ?? []);
  if (asking.length === 0 || announcing.nodes === undefined) return routed;
  const silent = announcing.nodes.filter(
    ({ metadata }) => !routed.some(({ node }) => node === metadata.name),
  );
  return [
    ...routed,
    ...silent.map((node): ExplainedNode => {
      const why = whyNot(node, asking, parsed.address, announcing);
      const { name = "" } = node.metadata;
      return { node: name, protocol: "BGP", announces: false, on: [], since: undefined, why };
    }),
  ].sort((a, b) => Number(b.announces) - Number(a.announces) || (a.node < b.node ? -1 : 1));
}

function advertisementsFor(
  pool: IPAddressPool | undefined,
  advertisements: readonly BGPAdvertisement[],
): Named[] {
  return advertisements.flatMap((each) => {
    const spec = specInForce<BGPAdvertisementSpec>(each);
    const { name, labels } = pool?.metadata ?? {};
    return spec !== undefined && selectsPool(spec, { name, labels })
      ? [{ name: each.metadata.name ?? "", spec }]
      : [];
  });
}

function asRouted({ metadata, status }: Announcer, address: IPAddress): ExplainedNode | undefined {
  const { routes = [], sessions = [] } = status?.bgp ?? {};
  const covering = routes.filter(({ prefix }) => {
    const range = parseRange(prefix);
    return range.ok && rangeContains(range.range, address);
  });
  const [first] = covering;
  if (first === undefined) return undefined;
  const to = new Set(covering.flatMap(({ peers }) => peers));
  const mine = sessions.filter(({ peer }) => to.has(peer));
  const open = mine.filter(({ state }) => state === "Established");
  const told = mine.find(({ message }) => message !== undefined)?.message;
  const no = `has the route ${first.prefix}, and no session with ${[...to].join(", ")} is established${told === undefined ? "" : `: ${told}`}`;
  return {
    node: metadata.name ?? "",
    protocol: "BGP",
    announces: open.length > 0,
    on: open.map(({ peer }) => peer).sort(),
    since: open.flatMap(({ since }) => since ?? []).sort()[0],
    why: open.length > 0 ? `announces ${first.prefix}` : no,
  };
}

/** In the order in which a person would look. */
function whyNot(node: Node, asking: readonly Named[], address: IPAddress, from: AnnouncingObjects): string {
  const { name = "", labels } = node.metadata;
  const announcer = from.announcers.find(({ metadata }) => metadata.name === name);
  if (announcer === undefined) return "has no agent that has said anything";
  const { bgp, capabilities = [] } = announcer.status ?? {};
  const objection = unfit(node, usualRules);
  if (objection !== undefined) return objection.why;
  const here = asking.filter(({ spec }) => selectsNode(spec, labels));
  if (here.length === 0) return `is selected by none of BGPAdvertisement ${namesOf(asking)}`;
  const able = capabilities.find((each) => each.name === "BGP");
  if (able?.available === false) return `its agent can't do BGP: ${able.message ?? "no reason given"}`;
  const peers = from.bgpPeers.filter((peer) => {
    const spec = specInForce<BGPPeerSpec>(peer);
    return spec !== undefined && selectsNode(spec, labels);
  });
  const named = here.filter(({ spec }) =>
    peers.some(({ metadata }) => spec.peers === undefined || spec.peers.includes(metadata.name ?? "")),
  );
  if (named.length === 0) return `no BGPPeer that BGPAdvertisement ${namesOf(here)} is for selects it`;
  const served = [...from.services].filter(([, { metadata }]) =>
    named.some(({ spec }) => selectsService(spec, metadata.labels)),
  );
  if (served.length === 0)
    return `serviceSelectors of BGPAdvertisement ${namesOf(named)} do not select the Service`;
  const usable = served.some(([key, { spec }]) => {
    const where = whereUsable(from.endpointSlices.get(key) ?? [], address.family, name);
    return spec.externalTrafficPolicy === "Local" ? where === "here" : where !== "nowhere";
  });
  if (!usable) return "no endpoint takes traffic that comes here";
  const problem = bgp?.problems?.find(({ name: of }) => named.some((each) => each.name === of));
  return problem?.message ?? bgp?.error ?? "has no route for it: see the log of its agent";
}

function namesOf(named: readonly Named[]): string {
  return named.map(({ name }) => name).join(", ");
}
