/** Announcements for people. Pure. */

import { ageOf } from "../output/age.ts";
import { agentCells, agentHeadings } from "../output/agent-row.ts";
import { counted } from "../output/counted.ts";
import type { Paint, Tone } from "../output/paint.ts";
import { type Row, table } from "../output/table.ts";
import type { Announcement, AnnouncementsReport } from "./report.ts";

const tones = {
  Announcing: "good",
  Offering: "warn",
  Probing: "warn",
  Conflict: "bad",
  NotAnnounced: "bad",
} as const satisfies Record<Announcement["state"], Tone>;

interface Look {
  readonly nowMs: number;
  readonly wide: boolean;
  readonly paint: Paint;
}

export function render({ announcements, agents, unannounced }: AnnouncementsReport, look: Look): string {
  const { wide, paint, nowMs } = look;
  const sections: string[] = [];
  if (agents.length === 0) sections.push("No agent has said anything: run fairlead agent on the nodes.");
  sections.push(
    announcements.length === 0
      ? "Nothing is announced."
      : table(
          headings(wide),
          announcements.map((each) => cells(each, look)),
          paint,
        ),
  );
  if (wide && agents.length > 0) sections.push(table(agentHeadings, agents.map(agentCells), paint));
  const notes = agents.flatMap(({ node, state, renewed }) =>
    state === "Silent"
      ? `The agent on ${node} was last heard of ${ageOf(renewed, nowMs)} ago: what stands here of it may be old.`
      : [],
  );
  if (notes.length > 0) sections.push(paint("warn", notes.join("\n")));
  if (unannounced.length > 0)
    sections.push(
      paint("warn", `${counted(unannounced.length, "address", "addresses")} that nobody announces.`),
    );
  return sections.join("\n\n");
}

function headings(wide: boolean): string[] {
  const usual = ["ADDRESS", "NODE", "ON", "PROTOCOL", "STATE", "SINCE"];
  return wide ? [...usual, "MODE", "EPOCH", "POOL", "LOAD BALANCERS", "REASON", "WHY"] : [...usual, "WHY"];
}

function cells(each: Announcement, { nowMs, wide }: Look): Row {
  const usual = [
    each.address,
    each.node ?? "",
    (each.protocol === "BGP" ? each.peers : each.interfaces).join(","),
    each.protocol ?? "",
    { text: each.state, tone: tones[each.state] },
    each.since === undefined ? "" : ageOf(each.since, nowMs),
  ];
  if (!wide) return [...usual, each.message];
  const { mode = "", epoch, pool = "", loadBalancers, reason, message } = each;
  return [
    ...usual,
    mode,
    epoch === undefined ? "" : String(epoch),
    pool,
    loadBalancers.join(","),
    reason,
    message,
  ];
}
