/** Drift for people. Pure. */

import { changeLines } from "../../core/plan/format-change.ts";
import { resourceName } from "../../core/plan/resource-name.ts";
import { counted } from "../output/counted.ts";
import type { Paint } from "../output/paint.ts";
import { printable } from "../output/printable.ts";
import type { DriftedField, DriftedStack, DriftReport } from "./report.ts";

export function render(report: DriftReport, paint: Paint): string {
  const { drifted, gone, unsettled, unknown } = report;
  const sections = drifted.map((stack) => [titleOf(stack, paint), ...byResource(stack, paint)].join("\n"));
  if (gone.length > 0) {
    const lines = gone.map(({ stack, kind, id, field }) => `  ${stack}: ${field} of ${kind} ${id}`);
    sections.push(["Told in status, and not so any more:", ...lines.map(printable)].join("\n"));
  }
  if (unsettled.length > 0) {
    const lines = unsettled.map((each) => `  ${each.className}/${each.stack}`);
    sections.push(
      [
        "The controller has still work to do here, so that what differs may be its own; see fairlead plan --from-cluster --online:",
        ...lines.map(printable),
      ].join("\n"),
    );
  }
  for (const [message, stacks] of Map.groupBy(unknown, (each) => each.message)) {
    const lines = stacks.map((each) => `  ${each.className}/${each.stack}`);
    sections.push(
      [`${paint("bad", "Not compared")}: ${printable(message)}`, ...lines.map(printable)].join("\n"),
    );
  }
  return [...sections, summary(report)].join("\n\n");
}

function titleOf({ className, stack, shared, repaired }: DriftedStack, paint: Paint): string {
  const name = printable(shared ? `Shared stack ${stack}` : `Stack ${className}/${stack}`);
  const fate = repaired ? "put back when it is verified next" : "only reported, as its class says";
  return `${paint("strong", name)} (${fate}):`;
}

function byResource({ fields, repaired }: DriftedStack, paint: Paint): string[] {
  const resources = Map.groupBy(fields, ({ kind, id }) => JSON.stringify([kind, id]));
  return [...resources.values()].flatMap((some) => {
    const [{ kind, id, loadBalancers }] = some as [DriftedField];
    const whose = loadBalancers.length === 1 ? ` of ${loadBalancers.join()}` : "";
    return [
      printable(`  ${resourceName({ kind, id })}${whose}`),
      ...some.flatMap((field) => {
        const [first = "", ...rest] = linesOf(field).map((line) => `    ${printable(line)}`);
        return [`${first}${repaired ? "" : noted(field, paint)}`, ...rest];
      }),
    ];
  });
}

/** From what was applied to what is there. */
function linesOf({ field, wanted, found }: DriftedField): string[] {
  if (field === "exists") return [wanted === true ? "it is not there" : "it should not be there"];
  return changeLines(field, wanted, found);
}

function noted({ recorded }: DriftedField, paint: Paint): string {
  return recorded ? paint("dim", "  (told in status)") : paint("warn", "  (not told in status yet)");
}

function summary({ compared, drifted }: DriftReport): string {
  if (compared === 0) return "There was nothing to compare.";
  const fields = drifted.reduce((sum, each) => sum + each.fields.length, 0);
  const found =
    fields === 0
      ? "nothing differs"
      : `${counted(fields, "field")} of ${counted(drifted.length, "stack")} ${fields === 1 ? "differs" : "differ"} (applied → found)`;
  return `${counted(compared, "stack")} compared; ${found}.`;
}
