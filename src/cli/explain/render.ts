/** An explanation for people. Pure. */

import { ageOf } from "../output/age.ts";
import { stateCell } from "../output/load-balancer-row.ts";
import type { Paint } from "../output/paint.ts";
import { poolCells, poolHeadings } from "../output/pool-row.ts";
import { printable } from "../output/printable.ts";
import { table } from "../output/table.ts";
import type { ExplainedLoadBalancer, Explanation } from "./explanation.ts";
import { renderAnnouncement } from "./render-announcement.ts";

const mostEvents = 10;

export function render(told: Explanation, nowMs: number, paint: Paint): string {
  const title = (text: string) => paint("strong", text);
  const sections = [
    [
      `${title("Service")} ${printable(told.service)}`,
      `  ${owner(told.ours)}: ${printable(told.why)}`,
      ...(told.published.length > 0
        ? [`  status.loadBalancer: ${told.published.map(printable).join(", ")}`]
        : told.ours
          ? ["  status.loadBalancer: no address yet"]
          : []),
      ...classLines(told, paint),
    ].join("\n"),
    ...told.loadBalancers.map((lb) => loadBalancer(lb, nowMs, paint)),
  ];
  if (told.events.length > 0) {
    const rows = told.events
      .slice(-mostEvents)
      .map(({ last, type, reason, message, count }) => [
        ageOf(last, nowMs),
        type === "Warning" ? { text: type, tone: "warn" as const } : type,
        reason,
        count > 1 ? `${message} (${count} times)` : message,
      ]);
    sections.push(
      `${title("Events")}\n${indented(table(["AGO", "TYPE", "REASON", "MESSAGE"], rows, paint))}`,
    );
  }
  const steps = told.toDo.map((step) => `  - ${printable(step)}`);
  sections.push(`${title("What to do")}\n${steps.length === 0 ? "  Nothing." : steps.join("\n")}`);
  return sections.join("\n\n");
}

function owner(ours: boolean | undefined): string {
  if (ours === undefined) return "Not known whose";
  return ours ? "Fairlead's" : "Not Fairlead's";
}

function classLines({ class: cls }: Explanation, paint: Paint): string[] {
  if (cls === undefined) return [];
  const { name, provider, accepted, reason, message } = cls;
  const state =
    accepted === undefined ? "not accepted yet" : accepted ? "accepted" : paint("bad", "not accepted");
  const why =
    reason === "" || reason === "Accepted" || reason === "AsExpected"
      ? ""
      : ` (${reason}: ${printable(message)})`;
  return [`  Class ${printable(name)}: provider ${printable(provider)}, ${state}${why}`];
}

function loadBalancer(lb: ExplainedLoadBalancer, nowMs: number, paint: Paint): string {
  const { text: state, tone } = stateCell(lb.state) as { text: string; tone: Parameters<Paint>[0] };
  const { families, addresses, pool, sharing } = lb.wants;
  const edit = lb.unhandledEdit;
  const lines = [
    `${paint("strong", "LoadBalancer")} ${printable(`${lb.namespace}/${lb.name}`)}: ${paint(tone, state)}${edit === undefined ? "" : ", before the last edit"}`,
    ...(edit === undefined ? [] : [`  ${paint("warn", "Not worked on yet")}: ${printable(edit)}`]),
    `  Frontend ${lb.frontend}, scheme ${lb.scheme}`,
    `  Asks for: ${printable(`${families}; address: ${addresses}; pool: ${pool}; sharing: ${sharing}`)}`,
    `  Has: ${lb.has.length === 0 ? "no address" : lb.has.map(printable).join(", ")}`,
    ...lb.conditions.flatMap(({ type, status, reason, message, meaning }) => {
      const line = `  ${type}=${status} ${reason}${message === "" ? "" : `: ${printable(message)}`}`;
      const good = reason === type || reason === "AsExpected";
      return good || meaning === undefined ? [line] : [line, `    ${paint("dim", meaning)}`];
    }),
  ];
  if (lb.state !== "Ready" && lb.pools.length > 0) {
    const rows = lb.pools.map((each) => [...poolCells(each), each.unusable ?? "may serve it"]);
    lines.push(indented(table([...poolHeadings, "FOR THIS ONE"], rows, paint)));
  }
  for (const each of lb.announcements) lines.push(indented(renderAnnouncement(each, nowMs, paint)));
  return lines.join("\n");
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
