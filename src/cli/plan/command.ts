/** `fairlead plan`: its definition. */

import { Command } from "commander";
import { clusterOptions } from "../cluster-options.ts";
import { fileOption } from "../file-option.ts";
import { type Format, formatOption } from "../output/format.ts";
import { UserError } from "../user-error.ts";

export interface PlanOptions {
  readonly filename?: readonly string[];
  readonly fromCluster: boolean;
  readonly namespace: string;
  readonly facts?: string;
  readonly online: boolean;
  readonly clusterUid?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: Format;
}

export function planCommand(): Command {
  const command = new Command("plan")
    .summary("show what would become of manifests, or of a cluster, and change nothing")
    .description(
      "Shows what the controller would make of manifests, without a cluster: which LoadBalancers there would be, which addresses they would get, what would be done in a cloud, field by field, and what stands in the way. Give it all that counts: Services, LoadBalancerClasses, IPAddressPools, Nodes and EndpointSlices where a cloud follows them, Namespaces where rules select by their labels, and LoadBalancers with their status where addresses are given out already (kubectl get -o yaml). It decides by the controller's own code. No cloud is called unless --online is given, and then only to read; without it, --facts says what a cloud looks like (fairlead facts writes such a file). With --from-cluster it tells what this version's controller would do in the cluster now, as before an upgrade. Ends with code 2 if a load balancer would not be served as asked, or can't be planned.",
    )
    .addOption(fileOption().makeOptionMandatory(false))
    .option("--from-cluster", "all objects of a cluster, in place of files", false)
    .option("-n, --namespace <name>", "namespace of objects in files that name none", "default")
    .option("--facts <file>", "what is known of the clouds of classes, as fairlead facts writes it")
    .option("--online", "read the clouds, with the credentials that the providers find", false)
    .option(
      "--cluster-uid <uid>",
      "UID of the namespace kube-system, by which what exists in a cloud is found (default: that of the facts, of the cluster, or of that namespace among the files)",
    );
  return clusterOptions(command)
    .addOption(formatOption())
    .action(async (options: PlanOptions) => {
      if ((options.filename === undefined) !== options.fromCluster) {
        throw new UserError(
          options.fromCluster
            ? "--filename and --from-cluster contradict each other; give one of them"
            : "Nothing to plan: name files with -f, --filename, or take a cluster's objects with --from-cluster",
        );
      }
      if (options.facts !== undefined && options.online) {
        throw new UserError("--facts and --online contradict each other; give one of them");
      }
      const { runPlan } = await import("./run.ts");
      process.exitCode = await runPlan(options);
    });
}
