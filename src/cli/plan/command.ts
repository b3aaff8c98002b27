/** `fairlead plan`: its definition. */

import { Command } from "commander";
import { fileOption } from "../file-option.ts";
import { type Format, formatOption } from "../output/format.ts";

export interface PlanOptions {
  readonly filename: readonly string[];
  readonly namespace: string;
  readonly output: Format;
}

export function planCommand(): Command {
  return new Command("plan")
    .summary("show what would become of manifests, without a cluster")
    .description(
      "Shows what the controller would make of manifests, without a cluster: which LoadBalancers there would be, which addresses they would get, and what stands in the way. Give it all that counts: Services, LoadBalancerClasses, IPAddressPools, Namespaces where rules select by their labels, and LoadBalancers with their status where addresses are given out already (kubectl get -o yaml). It decides by the controller's own code. Ends with code 2 if a load balancer would not be served as asked.",
    )
    .addOption(fileOption())
    .option("-n, --namespace <name>", "namespace of objects that name none", "default")
    .addOption(formatOption())
    .action(async (options: PlanOptions) => {
      const { runPlan } = await import("./run.ts");
      process.exitCode = await runPlan(options);
    });
}
