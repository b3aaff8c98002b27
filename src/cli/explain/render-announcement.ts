/** Who announces an address, for people: nodes of which the same is to be said are told together. Pure. */

import { someOf } from "../../core/some-of.ts";
import { ageOf } from "../output/age.ts";
import type { Paint } from "../output/paint.ts";
import { printable } from "../output/printable.ts";
import { type Row, table } from "../output/table.ts";
import type { ExplainedAnnouncement, ExplainedNode } from "./announcement.ts";

const MOST_NAMED = 4;

export function renderAnnouncement(told: ExplainedAnnouncement, nowMs: number, paint: Paint): string {
  const { address, layer2, nodes, unknown } = told;
  const announced = nodes.some(({ announces }) => announces);
  const title = announced ? "Announced" : paint("bad", "Announced by nobody");
  const lines = [`${title}: ${printable(address)} (layer 2: ${printable(layer2)})`];
  const groups = grouped(nodes);
  if (groups.length > 0) {
    const rows = groups.map((group) => row(group, nowMs));
    lines.push(table(["NODE", "PROTOCOL", "ANNOUNCES", "ON", "SINCE", "WHY"], rows, paint));
  }
  if (unknown !== undefined) lines.push(`Not known is ${unknown}.`);
  return lines.join("\n").replaceAll("\n", "\n  ");
}

function row(group: readonly ExplainedNode[], nowMs: number): Row {
  const [first] = group;
  if (first === undefined) return [];
  return [
    someOf(
      group.map(({ node }) => node),
      MOST_NAMED,
    ),
    first.protocol,
    first.announces ? { text: "yes", tone: "good" } : "no",
    first.on.join(","),
    first.since === undefined ? "" : ageOf(first.since, nowMs),
    first.why,
  ];
}

/** Those that announce it stand alone. */
function grouped(nodes: readonly ExplainedNode[]): ExplainedNode[][] {
  const groups = new Map<string, ExplainedNode[]>();
  for (const each of nodes) {
    const key = JSON.stringify([
      each.protocol,
      each.announces || each.since !== undefined ? each.node : "",
      each.why,
    ]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}
