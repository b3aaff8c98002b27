/** `--kubeconfig` and `--context`, as kubectl has them. */

import type { Command } from "commander";

export function clusterOptions(command: Command): Command {
  return command
    .option("--kubeconfig <file>", "how to reach the API server (default: KUBECONFIG, else ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig (default: its current-context)");
}
