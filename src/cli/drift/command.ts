/** `fairlead drift`: its definition. */

import { Command } from "commander";
import { clusterOptions } from "../cluster-options.ts";
import { type Format, formatOption } from "../output/format.ts";

export interface DriftOptions {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: Format;
}

export function driftCommand(): Command {
  const command = new Command("drift")
    .summary("show what others changed in clouds, field by field")
    .description(
      "Compares what was applied for the load balancers of a cluster with what there is in their clouds, field by field, and says which differences their status tells of already. Reads only, with the credentials that the providers find. Load balancers on which the controller has still work to do are told apart: fairlead plan --from-cluster --online shows that. Without names, all are compared. Ends with code 2 if anything differs, or could not be compared.",
    )
    .argument("[names...]", "Services or LoadBalancers: NAMESPACE/NAME, or NAME")
    .option(
      "-n, --namespace <name>",
      "namespace of names without one (default: the context's); without names, only what is in it",
    );
  return clusterOptions(command)
    .addOption(formatOption())
    .action(async (names: readonly string[], options: DriftOptions) => {
      const { runDrift } = await import("./run.ts");
      process.exitCode = await runDrift(names, options);
    });
}
