/** Runs `fairlead validate`. */

import { exitCodes } from "../exit-codes.ts";
import { readDocuments } from "../manifests/documents.ts";
import { describeManifestProblem, interpret } from "../manifests/interpret.ts";
import { counted } from "../output/counted.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import { printable } from "../output/printable.ts";
import { bundledProviders } from "../providers.ts";
import { findProblems } from "./check.ts";
import type { ValidateOptions } from "./command.ts";

/** Returns the exit code. */
export async function runValidate({ filename, namespace, output }: ValidateOptions): Promise<number> {
  const read = interpret(await readDocuments(filename), namespace);
  const problems = findProblems(read, bundledProviders());
  const checked = Object.values(read.objects).reduce((sum, objects) => sum + objects.length, 0);
  const paint = paintFor(process.stdout);
  await print(output, { problems, checked, passedOver: read.passedOver }, () =>
    [
      ...problems.map((problem) => {
        const tone = problem.severity === "error" ? "bad" : "warn";
        return `${paint(tone, problem.severity.padEnd(7))} ${printable(describeManifestProblem(problem))}`;
      }),
      `${counted(checked, "object")} of use, ${counted(read.passedOver, "other")} passed over: ${problems.length === 0 ? "no problems" : counted(problems.length, "problem")}`,
    ].join("\n"),
  );
  return problems.length === 0 ? exitCodes.ok.code : exitCodes.problems.code;
}
