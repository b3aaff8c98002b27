/** Runs `fairlead orphans`. */

import { type DeletedStack, deleteOrphans, stillOrphaned } from "../../controllers/orphans/delete-orphans.ts";
import { findOrphans, type OrphanedStack } from "../../controllers/orphans/find-orphans.ts";
import { stacksInUse } from "../../controllers/orphans/stacks-in-use.ts";
import { type Cluster, withCluster } from "../cluster.ts";
import { type ClusterObjects, objectsOfCluster } from "../cluster-objects.ts";
import { exitCodes } from "../exit-codes.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import { bundledProviders } from "../providers.ts";
import { UserError } from "../user-error.ts";
import type { OrphansOptions } from "./command.ts";
import { renderDeletion, renderFound } from "./render.ts";
import { isTroubled, type OrphansReport, reportOn, withDeletion } from "./report.ts";

/** Returns the exit code. */
export async function runOrphans(options: OrphansOptions): Promise<number> {
  const report = await withCluster(options, (cluster) => work(cluster, options));
  return isTroubled(report) ? exitCodes.problems.code : exitCodes.ok.code;
}

async function work({ client }: Cluster, options: OrphansOptions): Promise<OrphansReport> {
  const { output } = options;
  const paint = paintFor(process.stdout);
  const { signal } = new AbortController();
  const providers = bundledProviders();
  const read = () => objectsOfCluster(client, providers);
  const now = await read();
  const { clusterUid } = now;
  const className = knownClass(now, options.class);
  const first = await findOrphans(now.objects, { providers, clusterUid, className, signal });
  const inUse = async () => stacksInUse((await read()).objects, providers);
  const found = { ...first, stacks: await stillOrphaned(first.stacks, { inUse, signal }) };
  const something = found.looked.length + found.stacks.length + found.inDoubt.length > 0;
  if (found.unknown.length > 0 && !something) {
    throw new UserError(
      "No cloud could be looked at",
      ...found.unknown.map((each) => `  class ${each.className}: ${each.message}`),
      "Credentials are taken where the class's provider finds them.",
    );
  }
  const report = reportOn(found, clusterUid);
  const chosen = options.delete ? found.stacks.filter((each) => options.retained || !each.retained) : [];
  if (!options.yes || chosen.length === 0) {
    const shown = options.delete ? withDeletion(report, chosen.map(untouched), false) : report;
    await print(output, shown, () => renderFound(shown, Date.now(), paint));
    return shown;
  }
  // A person sees it before it begins.
  if (output === "table")
    process.stdout.write(
      `${renderFound(withDeletion(report, chosen.map(untouched), true), Date.now(), paint)}\n\n`,
    );
  const stacks = await deleteOrphans(chosen, {
    inUse,
    onWait: (ms) =>
      process.stderr.write(
        `What the cloud does not let go yet is tried again in ${Math.ceil(ms / 1000)} s.\n`,
      ),
    signal,
  });
  const done = withDeletion(report, stacks, true);
  await print(output, done, () => renderDeletion(done, paint));
  return done;
}

function knownClass({ objects }: ClusterObjects, name: string | undefined): string | undefined {
  if (name === undefined || objects.classes.some(({ metadata }) => metadata.name === name)) return name;
  const names = objects.classes.map(({ metadata }) => metadata.name).join(", ");
  throw new UserError(
    `There is no LoadBalancerClass "${name}"`,
    names === "" ? "There are none at all; what is in reach of none is not found." : `There are: ${names}.`,
  );
}

function untouched({ cls, key }: OrphanedStack): DeletedStack {
  return { className: cls.metadata.name ?? "", stack: key, deleted: [], failed: [], spared: undefined };
}
