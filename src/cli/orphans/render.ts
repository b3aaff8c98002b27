/** Orphans for people. Pure. */

import { ageOf } from "../output/age.ts";
import { counted } from "../output/counted.ts";
import type { Paint } from "../output/paint.ts";
import { printable } from "../output/printable.ts";
import { table } from "../output/table.ts";
import type { OrphanedResource, OrphansReport, ReportedStack } from "./report.ts";

/** What was found, with what to do about it. */
export function renderFound(report: OrphansReport, nowMs: number, paint: Paint): string {
  const { clusterUid, orphans, inDoubt, notLookedAt } = report;
  const sections: string[] = [];
  if (orphans.length > 0) {
    sections.push(
      `Marked as cluster ${printable(clusterUid)}'s, and of no LoadBalancer; users stand before what they use:`,
      table(
        ["AGE", "CLASS", "STACK", "WHAT TO DO", "KIND", "ID"],
        orphans.flatMap((stack) =>
          stack.resources.map(({ kind, id, cloudId, createdAt }) => [
            createdAt === undefined ? "" : ageOf(createdAt, nowMs),
            stack.className,
            stack.stack,
            whatToDo(stack),
            kind,
            legible(cloudId, id),
          ]),
        ),
        paint,
      ),
    );
  }
  if (inDoubt.length > 0) {
    const lines = inDoubt.map((each) => `  ${each.className} ${each.stack}: ${each.why}`);
    sections.push(["In doubt, and left alone:", ...lines.map(printable)].join("\n"));
  }
  if (notLookedAt.length > 0) {
    const lines = notLookedAt.map((each) => `  ${each.className}: ${each.message}`);
    sections.push([paint("bad", "Classes that could not be looked at:"), ...lines.map(printable)].join("\n"));
  }
  return [...sections, summary(report)].join("\n\n");
}

/** What a provider made up in place of an id of the cloud is nothing that people could look for. */
function legible(cloudId: string, id: string): string {
  return /["{[]/.test(cloudId) ? id : cloudId;
}

function nameOf({ kind, id, cloudId }: OrphanedResource): string {
  return `${kind} ${legible(cloudId, id)}`;
}

function whatToDo({ retained, shared }: ReportedStack): string {
  if (retained) return "none: a class retains it";
  return shared ? "delete, after its users" : "delete";
}

function summary({ orphans, inDoubt, notLookedAt, deletion }: OrphansReport): string {
  if (orphans.length === 0) {
    if (notLookedAt.length > 0) return "There are no orphans where it could be looked.";
    return inDoubt.length > 0 ? "There are no orphans, but for what is in doubt." : "There are no orphans.";
  }
  const retained = orphans.filter((stack) => stack.retained);
  const rest = orphans.length - retained.length;
  const lines = [
    `${counted(countOf(orphans), "resource")} of ${counted(orphans.length, "stack")}${retained.length === 0 ? "" : `, ${retained.length} of them retained on purpose`}.`,
  ];
  if (deletion === undefined && rest > 0)
    lines.push("To delete what should not be there: fairlead orphans --delete --yes");
  if (deletion === undefined && retained.length > 0)
    lines.push("To delete what was retained as well: fairlead orphans --delete --retained --yes");
  if (deletion?.done === false) {
    const count = countOf(orphans.filter((each) => isIn(each, deletion.stacks)));
    lines.push(
      count === 0
        ? "Nothing of it would be deleted. What was retained is deleted with --retained only."
        : `Nothing was deleted. With --yes, ${counted(count, "resource")} will be.`,
    );
  }
  return lines.join("\n");
}

function isIn(stack: ReportedStack, some: readonly { readonly className: string; readonly stack: string }[]) {
  return some.some((each) => each.className === stack.className && each.stack === stack.stack);
}

function countOf(stacks: readonly ReportedStack[]): number {
  return stacks.reduce((sum, { resources }) => sum + resources.length, 0);
}

/** What came of the deletion. */
export function renderDeletion({ deletion }: OrphansReport, paint: Paint): string {
  const stacks = deletion?.stacks ?? [];
  const lines = stacks.flatMap(({ className, stack, deleted, failed, spared }) => [
    printable(`Stack ${className}/${stack}:`),
    ...deleted.map((each) => `  ${paint("good", "deleted")} ${printable(nameOf(each))}`),
    ...failed.map((each) => `  ${paint("bad", "failed")} ${printable(`${nameOf(each)}: ${each.message}`)}`),
    ...(spared === undefined ? [] : [`  ${paint("warn", "left alone")}: ${printable(spared)}`]),
  ]);
  const [done, failed] = [stacks.flatMap((each) => each.deleted), stacks.flatMap((each) => each.failed)];
  const tail =
    failed.length === 0 ? "" : `, ${failed.length} could not be; the command may be run again at any time`;
  return [...lines, "", `${counted(done.length, "resource")} deleted${tail}.`].join("\n");
}
