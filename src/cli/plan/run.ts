/** Runs `fairlead plan`. */

import { cloudItself, type KnownClouds, knownClouds } from "../../controllers/offline/cloud-view.ts";
import { type Objects, planObjects } from "../../controllers/offline/plan-objects.ts";
import type { Provider } from "../../providers/provider.ts";
import { withCluster } from "../cluster.ts";
import { clusterUidIn, objectsOfCluster } from "../cluster-objects.ts";
import { exitCodes } from "../exit-codes.ts";
import { readFactsFile } from "../facts/file.ts";
import { readDocuments } from "../manifests/documents.ts";
import { type Interpreted, interpret, objectsOf } from "../manifests/interpret.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import { bundledProviders } from "../providers.ts";
import { UserError } from "../user-error.ts";
import type { PlanOptions } from "./command.ts";
import { notesOn } from "./notes.ts";
import { render } from "./render.ts";
import { reportOf } from "./report.ts";

/** Returns the exit code. */
export async function runPlan(options: PlanOptions): Promise<number> {
  const { online, output } = options;
  const providers = bundledProviders();
  const known = options.facts === undefined ? undefined : await readFactsFile(options.facts);
  const { objects, read, clusterUid: own } = await given(options, providers);
  const clusterUid = whichCluster(options, known, own);
  const cloud = online ? cloudItself : knownClouds(known ?? { classes: {} });
  const whole = read === undefined;
  const plan = await planObjects(objects, {
    providers,
    cloud,
    clusterUid,
    whole,
    signal: new AbortController().signal,
    nowMs: Date.now(),
  });
  const report = reportOf(plan, read, notesOn(plan, { cloud, clusterUid, whole }));
  await print(output, report, () => render(report, paintFor(process.stdout)));
  return report.problems.length === 0 ? exitCodes.ok.code : exitCodes.problems.code;
}

interface Given {
  readonly objects: Objects;
  /** Undefined: all objects of a cluster. */
  readonly read: Interpreted | undefined;
  readonly clusterUid: string | undefined;
}

async function given(options: PlanOptions, providers: readonly Provider[]): Promise<Given> {
  if (options.filename === undefined) {
    const found = await withCluster(options, ({ client }) => objectsOfCluster(client, providers));
    return { ...found, read: undefined };
  }
  const read = interpret(await readDocuments(options.filename), options.namespace);
  const objects = objectsOf(read);
  return { objects, read, clusterUid: clusterUidIn(objects) };
}

/** Of the cluster whose marks are looked for. All that name one must name the same. */
function whichCluster(
  { clusterUid: asked, facts, online }: PlanOptions,
  known: KnownClouds | undefined,
  own: string | undefined,
): string | undefined {
  const named = new Map(
    Object.entries({
      "--cluster-uid": asked,
      [`the facts in ${facts}`]: known?.clusterUid,
      "the objects": own,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const uids = new Set(named.values());
  if (uids.size > 1) {
    const each = [...named].map(([where, uid]) => `${where}: ${uid}`).join(", ");
    throw new UserError(`Different clusters are named by the UID of kube-system (${each})`);
  }
  const [uid] = uids;
  if (uid === undefined && online) {
    throw new UserError(
      "What exists in a cloud is found by the mark of the cluster, and none is named",
      "Give the UID of its namespace kube-system with --cluster-uid, or that namespace among the files.",
    );
  }
  return uid;
}
