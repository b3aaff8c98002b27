/** What `fairlead agent` prints at its start, for people: on what it announces, how, what it can do here and what not. Pure. */

import type { AgentView } from "../../agent/agent.ts";
import type { InterfaceReport } from "../../agent/thread/messages.ts";
import { counted } from "../output/counted.ts";
import type { Paint } from "../output/paint.ts";
import { table } from "../output/table.ts";

export interface BannerInput {
  readonly version: string;
  readonly node: string;
  readonly agent: Pick<AgentView, "incarnation" | "interfaces" | "capabilities">;
  readonly heartbeatPort: number;
  /** Number of keys; undefined: heartbeats are not authenticated. */
  readonly keys: number | undefined;
  readonly keyFile: string | undefined;
}

export function banner(o: BannerInput): string {
  const { interfaces, capabilities, incarnation } = o.agent;
  const used = interfaces.filter(({ skipped }) => skipped === undefined);
  const skipped = interfaces.filter(({ skipped: why }) => why !== undefined);
  const raw = capabilities.find(({ name }) => name === "RawSockets");
  return [
    `fairlead agent ${o.version}, node ${o.node}, incarnation ${incarnation}`,
    "",
    `Mode         ${modeOf(raw?.available !== false, used.length, capabilities)}`,
    `Heartbeats   UDP port ${o.heartbeatPort}, ${keysOf(o)}`,
    "",
    ...interfaceTable(used, skipped),
    "",
    table(
      ["CAPABILITY", "HERE", "NOTE"],
      capabilities.map(({ name, available, message }) => [name, available ? "yes" : "no", message ?? ""]),
      plain,
    ),
    "",
  ].join("\n");
}

function modeOf(raw: boolean, used: number, capabilities: AgentView["capabilities"]): string {
  const bgp = capabilities.find(({ name }) => name === "BGP");
  const layer2 = !raw
    ? "no layer 2: it can't open raw sockets"
    : used === 0
      ? "layer 2 as soon as there is an interface for it"
      : "layer 2 (ARP, NDP)";
  return bgp?.available === true ? `${layer2}; BGP` : layer2;
}

function keysOf({ keys, keyFile }: BannerInput): string {
  if (keys === undefined)
    return "NOT authenticated (--insecure-heartbeats): keep the nodes' network to yourself";
  return `authenticated by ${counted(keys, "key")} from ${keyFile}`;
}

function interfaceTable(used: readonly InterfaceReport[], skipped: readonly InterfaceReport[]): string[] {
  if (used.length + skipped.length === 0) return ["No interface was found."];
  const rows = [
    ...used.map(({ name, mac, up }) => [name, mac, up ? "used" : "used as soon as it is up"]),
    ...skipped.map(({ name, mac, skipped: why }) => [name, mac, `skipped: ${why}`]),
  ];
  return [table(["INTERFACE", "MAC", "STATE"], rows, plain)];
}

const plain: Paint = (_, text) => text;
