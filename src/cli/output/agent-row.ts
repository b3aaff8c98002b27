/** The agent of one node in one line: does it take part, what has it, what does it lack. Pure. */

import type { Announcer } from "../../api/announcer.ts";
import type { Lease } from "../../api/kubernetes.ts";
import { agentLeasePrefix } from "../../api/names.ts";
import type { Row } from "./table.ts";

export interface AgentSummary {
  readonly node: string;
  /** Silent: it has not renewed its Lease in time, so that what it said last may not be the case any more. */
  readonly state: "Starting" | "Ready" | "Leaving" | "Silent" | "Unseen";
  readonly version: string;
  /** How many it announces on layer 2. */
  readonly addresses: number;
  /** BGP sessions that are established, and that there are to be. */
  readonly sessions: { readonly established: number; readonly all: number } | undefined;
  /** What it can't do, and why; of BGP only where a BGPPeer selects the node. */
  readonly lacks: readonly { readonly name: string; readonly message: string }[];
  /** When it last renewed its Lease; `undefined` where that may not be read. */
  readonly renewed: string | undefined;
}

const ofBgp: ReadonlySet<string> = new Set(["BGP", "BFD"]);

/** `leases`: those of the agents; `undefined`: they may not be read. */
export function agentSummary(
  { metadata: { name: node = "" }, status }: Announcer,
  leases: readonly Lease[] | undefined,
  nowMs: number,
): AgentSummary {
  const lease = leases?.find(({ metadata }) => metadata.name === `${agentLeasePrefix}${node}`);
  const { renewTime, leaseDurationSeconds = 0 } = lease?.spec ?? {};
  const isSilent = renewTime !== undefined && nowMs - Date.parse(renewTime) > leaseDurationSeconds * 1000;
  const sessions = status?.bgp?.sessions;
  return {
    node,
    state: isSilent ? "Silent" : (status?.state ?? "Unseen"),
    version: status?.version ?? "",
    addresses: (status?.addresses ?? []).filter(isAnswered).length,
    sessions: sessions && {
      established: sessions.filter(({ state }) => state === "Established").length,
      all: sessions.length,
    },
    lacks: (status?.capabilities ?? [])
      .filter(({ name, available }) => !available && (status?.bgp !== undefined || !ofBgp.has(name)))
      .map(({ name, message = "" }) => ({ name, message })),
    renewed: renewTime,
  };
}

function isAnswered({ state }: { readonly state: string }): boolean {
  return state === "Announcing" || state === "Offering";
}

export const agentHeadings = ["AGENT ON", "STATE", "VERSION", "ADDRESSES", "BGP SESSIONS", "LACKS"] as const;

const tones = {
  Ready: "good",
  Starting: "warn",
  Leaving: "warn",
  Silent: "bad",
  Unseen: "dim",
} as const satisfies Record<AgentSummary["state"], string>;

export function agentCells({ node, state, version, addresses, sessions, lacks }: AgentSummary): Row {
  return [
    node,
    { text: state, tone: tones[state] },
    version,
    String(addresses),
    sessions === undefined ? "" : `${sessions.established}/${sessions.all}`,
    lacks.map(({ name }) => name).join(","),
  ];
}
