/** `fairlead status`: its definition. */

import { Command } from "commander";
import { clusterOptions } from "../cluster-options.ts";
import { type Format, formatOption } from "../output/format.ts";
import { UserError } from "../user-error.ts";

export interface StatusOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: Format;
}

export function statusCommand(): Command {
  const command = new Command("status")
    .summary("show all load balancers of a cluster")
    .description(
      "Shows the load balancers of a cluster: do they work, at which address, and why not; then the classes and pools, what says how addresses are announced, and the agents of the nodes. fairlead explain SERVICE says more about one.",
    )
    .option("-n, --namespace <name>", "only of this namespace (default: all)")
    .option("-A, --all-namespaces", "of all namespaces, which is the default");
  return clusterOptions(command)
    .addOption(formatOption())
    .action(async (options: StatusOptions) => {
      if (options.namespace !== undefined && options.allNamespaces === true) {
        throw new UserError("-n and -A contradict each other; give one of them");
      }
      const { runStatus } = await import("./run.ts");
      process.exitCode = await runStatus(options);
    });
}
