/** `fairlead explain`: its definition. */

import { Command } from "commander";
import { clusterOptions } from "../cluster-options.ts";
import { type Format, formatOption } from "../output/format.ts";

export interface ExplainOptions {
  readonly namespace?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: Format;
}

export function explainCommand(): Command {
  const command = new Command("explain")
    .summary("say what was decided about a Service, and what to do")
    .description(
      "Says what was decided about one Service and where: whose it is, by which class, what its load balancers have or wait for, which pools may serve it, and what to do.",
    )
    .argument("<service>", "name of the Service, or NAMESPACE/NAME")
    .option("-n, --namespace <name>", "namespace of the Service (default: the context's)");
  return clusterOptions(command)
    .addOption(formatOption())
    .action(async (service: string, options: ExplainOptions) => {
      const { runExplain } = await import("./run.ts");
      process.exitCode = await runExplain(service, options);
    });
}
