/** `fairlead orphans`: its definition. */

import { Command } from "commander";
import { clusterOptions } from "../cluster-options.ts";
import { type Format, formatOption } from "../output/format.ts";
import { UserError } from "../user-error.ts";

export interface OrphansOptions {
  readonly class?: string;
  readonly delete: boolean;
  readonly yes: boolean;
  readonly retained: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: Format;
}

export function orphansCommand(): Command {
  const command = new Command("orphans")
    .summary("list, and on request delete, what is left in clouds and belongs to no load balancer")
    .description(
      "Lists what carries this cluster's mark in the clouds of its classes and belongs to no LoadBalancer: what is left where objects were removed by force, or a class retained it. Reads the whole cluster and the clouds, with the credentials that the providers find. What other clusters marked is never looked at, and what may belong to something is told apart and left alone. With --delete --yes it is deleted, users before what they use, after one more look at the cluster for each stack; what a cloud holds for a while, such as a security group, is tried again for five minutes. Ends with code 2 if anything is left that should not be there, or a class could not be looked at; what is in doubt alone, as while a Service is refused, is no reason for it.",
    )
    .option("--class <name>", "only what is in reach of this LoadBalancerClass (default: of all)")
    .option("--delete", "show what would be deleted; together with --yes, delete it", false)
    .option("--yes", "with --delete: do it", false)
    .option(
      "--retained",
      "with --delete: also what classes with the deletion policy Retain left on purpose",
      false,
    );
  return clusterOptions(command)
    .addOption(formatOption())
    .action(async (options: OrphansOptions) => {
      for (const flag of ["yes", "retained"] as const) {
        if (options[flag] && !options.delete)
          throw new UserError(`--${flag} says how to delete; give --delete with it`);
      }
      const { runOrphans } = await import("./run.ts");
      process.exitCode = await runOrphans(options);
    });
}
