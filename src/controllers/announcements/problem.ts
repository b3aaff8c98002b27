/** What is amiss with the announcement of one address. Pure. */
import type { Announcer } from "../../api/announcer.ts";
import type { Node } from "../../api/kubernetes.ts";
import type { Reason } from "../../api/reasons.ts";
import { selectsNode } from "../../core/advertising/selects.ts";
import { quote } from "../../core/quote.ts";
import type { Finding } from "../../core/translate/annotations.ts";
import { someNodes } from "../advertising/surroundings.ts";
import type { Advertised, NamedAdvertisement } from "./advertised-by.ts";
import type { Foreign, Seen } from "./seen.ts";

export interface AddressFacts {
  readonly address: string;
  readonly pool: string | undefined;
  readonly advertised: Advertised;
  readonly seen: Seen;
  readonly policy: "Cluster" | "Local";
  /** All agents that are heard of, and the labels of their nodes. */
  readonly announcers: readonly Announcer[];
  /** Nodes whose agents are not heard of any more. */
  readonly silent: readonly string[];
  labelsOf(node: string): Node["metadata"]["labels"];
}

export type AddressProblem =
  /** Somebody who is no agent has it. */
  | { readonly is: "taken"; readonly message: string }
  /** It may be over in a moment, and is worth telling only if it lasts. */
  | { readonly is: "silent"; readonly address: string; readonly reason: Reason; readonly why: string };

/** What is told where nobody announces an address begins with this. */
export const NOBODY = "nobody announces";
/** At the end of what is told where the nodes have to be looked at. */
export const SEE_EXPLAIN = "; fairlead explain says why for each node";

export function addressProblem(facts: AddressFacts): AddressProblem | undefined {
  const { address, seen, advertised, pool = "" } = facts;
  if (seen.foreign.length > 0) return { is: "taken", message: foreignText(address, seen.foreign) };
  if (seen.announcing.length > 0 || seen.routing.length > 0) return undefined;
  const silent = (reason: Reason, why: string): AddressProblem => ({ is: "silent", address, reason, why });
  switch (advertised.how) {
    case "left-out":
      return undefined;
    case "not-advertised":
      return silent(
        "PoolNotAdvertised",
        `no advertisement selects IPAddressPool ${quote(pool)}, and its spec.advertise does not count since one has; create one that does`,
      );
    case "no-pool":
      return silent("NotAnnounced", "it is of no IPAddressPool, and no advertisement is for it");
    case "not-for-service":
      return silent("NotAnnounced", `serviceSelectors of ${titles(advertised.by)} do not select its Service`);
    case "not-for-all":
      return silent(
        "NotAnnounced",
        `serviceSelectors of ${titles(advertised.by)} select only some of the Services that share it; label all of them alike`,
      );
    case "advertised": {
      const { reason, message } = silence(facts, advertised.by);
      return silent(reason, message);
    }
    default:
      return advertised satisfies never;
  }
}

/** Addresses of which the same is to be said are told together. */
export function findingsOf(problems: readonly AddressProblem[]): Finding[] {
  const silent = new Map<
    string,
    { readonly reason: Reason; readonly why: string; readonly addresses: string[] }
  >();
  const taken: Finding[] = [];
  for (const problem of problems) {
    if (problem.is === "taken") {
      taken.push({ reason: "AddressInUse", message: problem.message });
      continue;
    }
    const { address, reason, why } = problem;
    const key = `${reason} ${why}`;
    const group = silent.get(key) ?? { reason, why, addresses: [] };
    group.addresses.push(address);
    silent.set(key, group);
  }
  const told = [...silent.values()].map(({ reason, why, addresses }) => ({
    reason,
    message: `${NOBODY} ${addresses.join(" and ")}: ${why}`,
  }));
  return [...taken, ...told];
}

/** Nodes may announce it, and none does. */
function silence(facts: AddressFacts, by: readonly NamedAdvertisement[]): Finding {
  const { seen, policy, announcers } = facts;
  // The first BGPAdvertisement for a pool ends what the pool announces by itself.
  const isBgpOnly = by.length > 0 && by.every(({ protocol }) => protocol === "BGP");
  const bgpOnly = isBgpOnly
    ? "; it is announced by BGP only, as no L2Advertisement is for it: create one if it should be announced on layer 2 too"
    : "";
  const ready = announcers.filter(({ status }) => status?.state === "Ready");
  const able = ready.filter(
    ({ metadata: { name = "" } }) =>
      by.length === 0 || by.some(({ spec }) => selectsNode(spec, facts.labelsOf(name))),
  );
  if (able.length === 0) {
    const which = by.length === 0 ? "no node" : `no node that ${titles(by)} selects`;
    const gone = facts.silent.length === 0 ? "" : `; not heard of any more: ${someNodes(facts.silent)}`;
    return { reason: "NoFitNode", message: `${which} has an agent that is ready${gone}${bgpOnly}` };
  }
  const [unclaimed] = seen.unclaimed;
  if (unclaimed !== undefined) {
    const message = `node ${unclaimed.node} may announce it, but ${unclaimed.message}`;
    return { reason: "NotAnnounced", message };
  }
  if (seen.probing.length > 0) {
    const message = `${someNodes(seen.probing)} finds out whether somebody else has it`;
    return { reason: "NotAnnounced", message };
  }
  const names = someNodes(able.map(({ metadata: { name = "" } }) => name));
  const local =
    policy === "Local"
      ? "with externalTrafficPolicy: Local a node announces only if a ready endpoint is on it"
      : isBgpOnly
        ? "the nodes are kept out, or have no session with a peer that is to hear of it"
        : "the nodes are kept out, lack the interfaces, or have no session";
  return {
    reason: "NotAnnounced",
    message: `agents are ready on ${names}, but ${local}${bgpOnly}${SEE_EXPLAIN}`,
  };
}

function foreignText(address: string, foreign: readonly Foreign[]): string {
  // No hardware address is told where it is the node itself that has it.
  const owner = foreign.find(({ mac }) => mac === undefined);
  if (owner !== undefined)
    return `${address} is node ${owner.node}'s own address; take it away there, or leave it out of its pool`;
  const [first, ...more] = foreign;
  const on = first?.interfaces.length ? ` (${first.interfaces.join(", ")})` : "";
  const others = more.length === 0 ? "" : `, seen by ${someNodes(more.map(({ node }) => node))} too`;
  return `${address} is in use by ${first?.mac}, which is no node's, on the network of node ${first?.node}${on}${others}; take it from that device, or out of the pool`;
}

function titles(by: readonly NamedAdvertisement[]): string {
  return by.map(({ title }) => title).join(", ");
}
