/** `fairlead validate`: its definition. */

import { Command } from "commander";
import { fileOption } from "../file-option.ts";
import { type Format, formatOption } from "../output/format.ts";

export interface ValidateOptions {
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly output: Format;
}

export function validateCommand(): Command {
  return new Command("validate")
    .summary("check manifests without a cluster")
    .description(
      "Checks manifests without a cluster: objects of Fairlead's kinds by all rules of their kinds and beside each other, and the annotations of Services. Objects of other kinds are passed over. Ends with code 2 if anything is found.",
    )
    .addOption(fileOption())
    .option("-n, --namespace <name>", "namespace of objects that name none", "default")
    .addOption(formatOption())
    .action(async (options: ValidateOptions) => {
      const { runValidate } = await import("./run.ts");
      process.exitCode = await runValidate(options);
    });
}
