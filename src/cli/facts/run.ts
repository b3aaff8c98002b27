/** Runs `fairlead facts`. */

import { NO_CLUSTER } from "../../controllers/offline/plan-objects.ts";
import { readCloud } from "../../controllers/offline/read-clouds.ts";
import type { Provider } from "../../providers/provider.ts";
import { messageOf } from "../../runtime/errors.ts";
import { withCluster } from "../cluster.ts";
import { type ClusterObjects, clusterUidIn, objectsOfCluster } from "../cluster-objects.ts";
import { exitCodes } from "../exit-codes.ts";
import { readDocuments } from "../manifests/documents.ts";
import { describeManifestProblem, interpret, objectsOf } from "../manifests/interpret.ts";
import { print } from "../output/format.ts";
import { bundledProviders } from "../providers.ts";
import { UserError } from "../user-error.ts";
import type { FactsOptions } from "./command.ts";

/** Returns the exit code. */
export async function runFacts(options: FactsOptions): Promise<number> {
  const providers = bundledProviders();
  const { objects, clusterUid } = await given(options, providers);
  if (options.observed && clusterUid === NO_CLUSTER) {
    throw new UserError(
      "What exists is found by the mark of the cluster, and none is named",
      "Give the UID of its namespace kube-system with --cluster-uid, or that namespace among the manifests.",
    );
  }
  const { class: className, observed, output } = options;
  const { signal } = new AbortController();
  const clouds = await readCloud(objects, { className, providers, clusterUid, observed, signal }).catch(
    (error: unknown) => {
      throw new UserError(messageOf(error));
    },
  );
  await print(output, clusterUid === NO_CLUSTER ? { classes: clouds.classes } : clouds, () => "");
  return exitCodes.ok.code;
}

async function given(options: FactsOptions, providers: readonly Provider[]): Promise<ClusterObjects> {
  const { filename, namespace } = options;
  if (filename === undefined)
    return withCluster(options, ({ client }) => objectsOfCluster(client, providers));
  const read = interpret(await readDocuments(filename), namespace);
  if (read.problems.length > 0) throw new UserError(read.problems.map(describeManifestProblem).join("\n"));
  const objects = objectsOf(read);
  return { objects, clusterUid: options.clusterUid ?? clusterUidIn(objects) ?? NO_CLUSTER };
}
