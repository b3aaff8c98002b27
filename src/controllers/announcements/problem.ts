/** What is amiss with the announcement of one address. Pure. */
import type { Announcer } from "../../api/announcer.ts";
import type { Node } from "../../api/kubernetes.ts";
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
  /** All agents, and the labels of their nodes. */
  readonly announcers: readonly Announcer[];
  labelsOf(node: string): Node["metadata"]["labels"];
}

export type AddressProblem = Finding & {
  /** It may be over in a moment, and is worth telling only if it lasts. */
  readonly passing: boolean;
};

/** What is told where nobody announces an address begins with this. */
export const NOBODY = "nobody announces";

export function addressProblem(facts: AddressFacts): AddressProblem | undefined {
  const { address, seen, advertised, pool = "" } = facts;
  if (seen.foreign.length > 0) {
    return { reason: "AddressInUse", message: foreignText(address, seen.foreign), passing: false };
  }
  if (seen.announcing.length > 0 || seen.routing.length > 0) return undefined;
  switch (advertised.how) {
    case "left-out":
      return undefined;
    case "not-advertised":
      return {
        reason: "PoolNotAdvertised",
        message: `${NOBODY} ${address}: no advertisement selects IPAddressPool ${quote(pool)}, and its spec.advertise does not count since one has; create one that does`,
        passing: true,
      };
    case "no-pool":
      return {
        reason: "NotAnnounced",
        message: `${NOBODY} ${address}: it is of no IPAddressPool, and no advertisement is for it`,
        passing: true,
      };
    case "not-for-service":
      return {
        reason: "NotAnnounced",
        message: `${NOBODY} ${address}: serviceSelectors of ${titles(advertised.by)} do not select its Service`,
        passing: true,
      };
    case "not-for-all":
      return {
        reason: "NotAnnounced",
        message: `${NOBODY} ${address}: serviceSelectors of ${titles(advertised.by)} select only some of the Services that share it; label all of them alike`,
        passing: true,
      };
    case "advertised":
      return { ...silence(facts, advertised.by), passing: true };
    default:
      return advertised satisfies never;
  }
}

function silence(facts: AddressFacts, by: readonly NamedAdvertisement[]): Finding {
  const { address, seen, policy, announcers } = facts;
  const ready = announcers.filter(({ status }) => status?.state === "Ready");
  const able = ready.filter(
    ({ metadata: { name = "" } }) =>
      by.length === 0 || by.some(({ spec }) => selectsNode(spec, facts.labelsOf(name))),
  );
  const nobody = `${NOBODY} ${address}`;
  if (able.length === 0) {
    const which = by.length === 0 ? "no node" : `no node that ${titles(by)} selects`;
    return { reason: "NoFitNode", message: `${nobody}: ${which} has an agent that is ready` };
  }
  const names = someNodes(able.map(({ metadata: { name = "" } }) => name));
  if (seen.probing.length > 0) {
    const message = `${nobody} yet: ${someNodes(seen.probing)} finds out whether somebody else has it`;
    return { reason: "NotAnnounced", message };
  }
  const local =
    policy === "Local"
      ? "with externalTrafficPolicy: Local a node announces only if a ready endpoint is on it"
      : "the nodes are kept out, lack the interfaces, or have no session";
  return {
    reason: "NotAnnounced",
    message: `${nobody}, though agents are ready on ${names}: ${local}; fairlead explain says why for each node`,
  };
}

function foreignText(address: string, foreign: readonly Foreign[]): string {
  const [first, ...more] = foreign;
  const on = first?.interfaces.length ? ` (${first.interfaces.join(", ")})` : "";
  const others = more.length === 0 ? "" : `, and so see ${someNodes(more.map(({ node }) => node))}`;
  return `${address} is in use by ${first?.mac ?? "a device"} on the network of node ${first?.node}${on}${others}, which is no node's; take it from that device, or out of the pool`;
}

function titles(by: readonly NamedAdvertisement[]): string {
  return by.map(({ title }) => title).join(", ");
}
