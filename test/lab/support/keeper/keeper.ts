/**
 * The program that keeps one lab: takes an index for it, and when its parent is gone, however it went, removes all that has the lab's
 * name. It also removes labs whose own keepers are gone.
 */
import { giveBack, sweepAbandoned, takeIndex } from "./marks.ts";
import { removeLab } from "./remove-lab.ts";

/** What the parent is told. */
export type Report =
  | { readonly at: "ready"; readonly index: number }
  | { readonly at: "failed"; readonly message: string };

let index: number | undefined;
let ending = false;

async function begin(): Promise<void> {
  await sweepAbandoned(removeLab);
  index = takeIndex();
  if (index === undefined) throw new Error("Cannot make a lab: all indexes are taken");
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  if (index !== undefined) {
    await removeLab(index);
    giveBack(index);
  }
  process.exit(0);
}

function report(what: Report): void {
  if (process.connected) process.send?.(what, undefined, undefined, () => {});
}

process.on("disconnect", () => void end());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void end());
try {
  await begin();
  if (index !== undefined) report({ at: "ready", index });
} catch (error) {
  report({ at: "failed", message: Error.isError(error) ? error.message : String(error) });
}
if (!process.connected) await end();
