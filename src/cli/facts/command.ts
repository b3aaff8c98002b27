/** `fairlead facts`: its definition. */

import { Command, Option } from "commander";
import { clusterOptions } from "../cluster-options.ts";
import { fileOption } from "../file-option.ts";

export interface FactsOptions {
  readonly class: string;
  readonly filename?: readonly string[];
  readonly namespace: string;
  readonly observed: boolean;
  readonly clusterUid?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: "yaml" | "json";
}

export function factsCommand(): Command {
  const command = new Command("facts")
    .summary("write down what plan has to know of a cloud")
    .description(
      "Reads what the load balancers of one class are decided by in its cloud, such as networks and instances, and prints it as a file for fairlead plan --facts. Reads only, with the credentials that the class's provider finds. The class, Services and nodes are those of the cluster, or with -f those of manifests.",
    )
    .requiredOption("--class <name>", "the LoadBalancerClass whose cloud is read")
    .option(
      "--observed",
      "also what exists there of the load balancers, so that changes can be planned",
      false,
    )
    .addOption(fileOption().makeOptionMandatory(false))
    .option("-n, --namespace <name>", "with -f: namespace of objects that name none", "default")
    .option(
      "--cluster-uid <uid>",
      "with -f: UID of the namespace kube-system, by whose mark what exists is found",
    );
  return clusterOptions(command)
    .addOption(new Option("-o, --output <format>", "yaml or json").choices(["yaml", "json"]).default("yaml"))
    .action(async (options: FactsOptions) => {
      const { runFacts } = await import("./run.ts");
      process.exitCode = await runFacts(options);
    });
}
