/** Runs `fairlead plan`. */

import { planObjects } from "../../controllers/offline/plan-objects.ts";
import { exitCodes } from "../exit-codes.ts";
import { readDocuments } from "../manifests/documents.ts";
import { interpret, objectsOf } from "../manifests/interpret.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import { bundledProviders } from "../providers.ts";
import type { PlanOptions } from "./command.ts";
import { render } from "./render.ts";
import { reportOf } from "./report.ts";

/** Returns the exit code. */
export async function runPlan({ filename, namespace, output }: PlanOptions): Promise<number> {
  const read = interpret(await readDocuments(filename), namespace);
  const plan = await planObjects(objectsOf(read), {
    providers: bundledProviders(),
    signal: new AbortController().signal,
    nowMs: Date.now(),
  });
  const report = reportOf(plan, read, read.problems);
  await print(output, report, () => render(report, paintFor(process.stdout)));
  return report.problems.length === 0 ? exitCodes.ok.code : exitCodes.problems.code;
}
