/** Writes a plan as lines for a person to read. */
import { changeLines, valueLines } from "./format-change.ts";
import { resourceName } from "./resource-name.ts";
import type { FieldChange, HeldOperation, Operation, Plan } from "./types.ts";

/**
 * `+` create, `~` update, `-` delete, `-/+` replaced after, `+/-` before the old one goes; what waits is set apart, with its
 * reason. In the order in which it is done. No colours and no line end at the end.
 */
export function formatPlan(plan: Plan): string {
  const lines = plan.operations.flatMap(operationLines);
  if (lines.length === 0) lines.push("Nothing to do.");
  if (plan.held.length > 0)
    lines.push("", "Held:", ...plan.held.flatMap(heldLines).map((line) => `  ${line}`));
  if (plan.refused.length > 0) lines.push("", "Refused:");
  for (const { kind, id, cloudId, because } of plan.refused)
    lines.push(`  ! ${resourceName({ kind, id })} (${cloudId}): ${because}`);
  if (plan.id !== "") lines.push("", `Plan ${plan.id} destroys addresses.`);
  return lines.join("\n");
}

function heldLines(held: HeldOperation): string[] {
  const [first = "", ...rest] = operationLines(held.operation);
  const { acknowledge } = held.operation;
  const id = held.waitsFor === "Acknowledgement" && acknowledge !== undefined ? ` ${acknowledge}` : "";
  return [`${first} [${waits[held.waitsFor]}${id}]`, ...rest];
}

const waits = {
  Acknowledgement: "waits for acknowledgement",
  Drift: "changed by others; the class only reports it",
  Deletion: "the class retains it",
  Refused: "needs what is not ours",
  Held: "goes with what is held",
  InUse: "still in use",
  Rejected: "the cloud rejects it",
} as const satisfies Record<HeldOperation["waitsFor"], string>;

function operationLines(operation: Operation): string[] {
  const { id, because, changes } = operation;
  const name = resourceName(operation);
  switch (operation.do) {
    case "create": {
      const deletesFirst = operation.after.some((key) => key.startsWith(`delete ${id} `));
      const sign = operation.replaces.length === 0 ? "+" : deletesFirst ? "-/+" : "+/-";
      const verb = operation.replaces.length === 0 ? "create" : "replace";
      return [`${sign} ${verb} ${name}: ${because}`, ...changes.flatMap(fieldLines)];
    }
    case "update": {
      const verb = operation.step === "whole" ? "update" : operation.step;
      return [`~ ${verb} ${name}: ${because}`, ...changes.flatMap(fieldLines)];
    }
    case "delete":
      return [`- delete ${name} (${operation.cloudId}): ${because}`];
    default:
      return operation satisfies never;
  }
}

function fieldLines({ field, from, to }: FieldChange): string[] {
  const lines = from === undefined ? valueLines(field, to) : changeLines(field, from, to);
  return lines.map((line) => `    ${line}`);
}
