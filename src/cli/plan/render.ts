/** A plan for people. Pure. */

import type { PlannedSharedStack, PlannedStack } from "../../controllers/offline/plan-objects.ts";
import { formatPlan } from "../../core/plan/format.ts";
import { resourceName } from "../../core/plan/resource-name.ts";
import type { Operation } from "../../core/plan/types.ts";
import { counted } from "../output/counted.ts";
import { loadBalancerCells, loadBalancerHeadings } from "../output/load-balancer-row.ts";
import type { Paint } from "../output/paint.ts";
import { poolCells, poolHeadings } from "../output/pool-row.ts";
import { printable } from "../output/printable.ts";
import { table } from "../output/table.ts";
import type { PlanProblem, PlanReport } from "./report.ts";

export function render(report: PlanReport, paint: Paint): string {
  const { loadBalancers, leftAlone, stacks, shared, pools, notes, problems } = report;
  const sections: string[] = [];
  if (loadBalancers.length > 0) {
    const rows = loadBalancers.map((lb) => [lb.change, ...loadBalancerCells(lb)]);
    sections.push(table(["CHANGE", ...loadBalancerHeadings], rows, paint));
  }
  if (pools.length > 0) {
    sections.push(table(poolHeadings, pools.map(poolCells), paint));
  }
  for (const { stack, claimedBy, result } of shared.filter(hasWork)) {
    const title = `Shared stack ${stack}, needed by ${counted(claimedBy.length, "stack")}`;
    if (result.ok) {
      const { operations } = result.plan;
      sections.push(`${titled(title, operations.length)}\n${printableLines(formatPlan(result.plan))}`);
    }
  }
  for (const { className, stack, result } of stacks.filter(hasWork)) {
    if (result.ok) {
      const steps = result.plan.operations.length + result.handedBack.length;
      sections.push(`${titled(`Stack ${className}/${stack}`, steps)}\n${work(result)}`);
    }
  }
  const idle = [...stacks, ...shared].filter((each) => each.result.ok && !hasWork(each));
  if (idle.length > 0) sections.push(`Nothing to do for ${counted(idle.length, "stack")}.`);
  if (leftAlone.length > 0) {
    const lines = leftAlone.map(({ service, why }) => `  ${service}: ${printable(why)}`);
    sections.push(["Left alone:", ...lines].join("\n"));
  }
  if (notes.length > 0) {
    sections.push(["Note:", ...notes.map((note) => `  - ${printable(note)}.`)].join("\n"));
  }
  if (problems.length > 0) {
    sections.push(
      [paint("strong", "Problems:"), ...problems.map((problem) => lines(problem, paint))].join("\n"),
    );
  }
  sections.push(summary(report));
  return sections.join("\n\n");
}

function hasWork({ result }: PlannedStack | PlannedSharedStack): boolean {
  if (!result.ok) return false;
  const { operations, held, refused } = result.plan;
  const handedBack = "handedBack" in result ? result.handedBack : [];
  return operations.length + held.length + refused.length + handedBack.length > 0;
}

function titled(title: string, steps: number): string {
  return printable(`${title}${steps > 1 ? ", in this order" : ""}:`);
}

function work({ plan, handedBack }: PlannedStack["result"] & { readonly ok: true }): string {
  if (handedBack.length === 0) return printableLines(formatPlan(plan));
  return handedBack
    .map(({ kind, id, cloudId }) =>
      printable(`> hand back ${resourceName({ kind, id })} (${cloudId}): our mark is taken off`),
    )
    .join("\n");
}

function lines({ file, line, kind, object, reason, message, remedy }: PlanProblem, paint: Paint): string {
  const where = file === undefined ? "" : ` (${file}:${line})`;
  const first = `  ${kind} ${printable(object)}${where}: ${paint("bad", reason)}: ${printable(message)}`;
  return remedy === undefined ? first : `${first}\n    ${paint("dim", remedy)}`;
}

function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function summary(report: PlanReport): string {
  const { loadBalancers, problems } = report;
  const staying = loadBalancers.filter(({ change }) => change !== "delete");
  const served = staying.filter(({ addresses }) => addresses.length > 0).length;
  const trouble = problems.length === 0 ? "no problems" : counted(problems.length, "problem");
  return [
    ...workload(report),
    `${counted(staying.length, "load balancer")}, ${served} with an address; ${trouble}.`,
  ].join("\n");
}

/** Nothing where no cloud is planned for. */
function workload({ stacks, shared }: PlanReport): string[] {
  const plans = [...stacks, ...shared].flatMap(({ result }) => (result.ok ? [result.plan] : []));
  if (plans.length === 0) return [];
  const operations = plans.flatMap((plan) => plan.operations);
  const count = (what: Operation["do"]) => operations.filter((each) => each.do === what).length;
  const handedBack = stacks.flatMap(({ result }) => (result.ok ? result.handedBack : [])).length;
  const held = plans.flatMap((plan) => plan.held).length;
  const parts = [
    [count("create"), "to create"],
    [count("update"), "to update"],
    [count("delete"), "to delete"],
    [handedBack, "to hand back"],
    [held, "held"],
    [plans.flatMap((plan) => plan.refused).length, "refused"],
  ] as const;
  const told = parts.flatMap(([number, what]) => (number === 0 ? [] : [`${number} ${what}`]));
  return told.length === 0 ? [] : [`In clouds: ${told.join(", ")}.`];
}
