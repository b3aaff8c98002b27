/** An object that says how and where addresses are announced, in one line: is it in force, and for what. Pure. */

import type { BFDProfile } from "../../api/bfd-profile.ts";
import type { BGPAdvertisement } from "../../api/bgp-advertisement.ts";
import type { BGPPeer } from "../../api/bgp-peer.ts";
import type { Community } from "../../api/community.ts";
import type { L2Advertisement } from "../../api/l2-advertisement.ts";
import type { Condition } from "../../api/meta.ts";
import { counted } from "./counted.ts";
import { acceptedCell } from "./pool-row.ts";
import type { Row } from "./table.ts";

export interface AdvertisingSummary {
  readonly kind: "L2Advertisement" | "BGPAdvertisement" | "BGPPeer" | "BFDProfile" | "Community";
  readonly name: string;
  /** `undefined` while no controller has looked at it. */
  readonly accepted: boolean | undefined;
  /** What it selects, or how many sessions there are; as text for people. */
  readonly has: string;
  /** What is amiss; empty if nothing is. */
  readonly reason: string;
  readonly message: string;
}

export function l2AdvertisementSummary({ metadata, status }: L2Advertisement): AdvertisingSummary {
  return { kind: "L2Advertisement", ...about(metadata.name, status), has: selection(status) };
}

export function bgpAdvertisementSummary({ metadata, status }: BGPAdvertisement): AdvertisingSummary {
  const peers = status?.peers === undefined ? "" : `, ${counted(status.peers, "peer")}`;
  return { kind: "BGPAdvertisement", ...about(metadata.name, status), has: `${selection(status)}${peers}` };
}

export function bgpPeerSummary({ metadata, status }: BGPPeer): AdvertisingSummary {
  const has = status?.sessions === undefined ? "" : `${status.sessions} sessions`;
  return { kind: "BGPPeer", ...about(metadata.name, status), has };
}

export function bfdProfileSummary({ metadata, status }: BFDProfile): AdvertisingSummary {
  const has = status?.peers === undefined ? "" : counted(status.peers, "peer");
  return { kind: "BFDProfile", ...about(metadata.name, status), has };
}

export function communitySummary({ metadata, spec, status }: Community): AdvertisingSummary {
  return {
    kind: "Community",
    ...about(metadata.name, status),
    has: counted(spec.communities.length, "name"),
  };
}

export const advertisingHeadings = ["KIND", "NAME", "ACCEPTED", "HAS", "REASON", "MESSAGE"] as const;

export function advertisingCells({ kind, name, accepted, has, reason, message }: AdvertisingSummary): Row {
  const tone = reason === "" ? undefined : ("warn" as const);
  return [kind, name, acceptedCell(accepted), has, { text: reason, tone }, message];
}

interface Told {
  readonly conditions?: readonly Condition[] | undefined;
}

/** The first of what is amiss: a refusal, then what is not as it should be, then sessions that are missing. */
function about(
  name = "",
  { conditions = [] }: Told = {},
): Pick<AdvertisingSummary, "name" | "accepted" | "reason" | "message"> {
  const of = (type: string) => conditions.find((condition) => condition.type === type);
  const accepted = of("Accepted");
  const amiss = [
    accepted?.status === "False" ? accepted : undefined,
    of("Degraded")?.status === "True" ? of("Degraded") : undefined,
    of("Established")?.status === "False" ? of("Established") : undefined,
  ].find((each) => each !== undefined);
  return {
    name,
    accepted: accepted === undefined ? undefined : accepted.status === "True",
    reason: amiss?.reason ?? "",
    message: amiss?.message ?? "",
  };
}

function selection({
  pools,
  nodes,
}: {
  pools?: number | undefined;
  nodes?: number | undefined;
} = {}): string {
  return pools === undefined || nodes === undefined
    ? ""
    : `${counted(pools, "pool")}, ${counted(nodes, "node")}`;
}
