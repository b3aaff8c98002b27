/** Runs `fairlead drift`. */

import type { LoadBalancer } from "../../api/load-balancer.ts";
import { nearest } from "../../api/nearest.ts";
import { findDrift } from "../../controllers/drift/find-drift.ts";
import { cloudItself } from "../../controllers/offline/cloud-view.ts";
import { type Cluster, withCluster } from "../cluster.ts";
import { objectsOfCluster } from "../cluster-objects.ts";
import { exitCodes } from "../exit-codes.ts";
import { objectNamed } from "../object-named.ts";
import { print } from "../output/format.ts";
import { paintFor } from "../output/paint.ts";
import { bundledProviders } from "../providers.ts";
import { UserError } from "../user-error.ts";
import type { DriftOptions } from "./command.ts";
import { render } from "./render.ts";
import { type DriftReport, isTroubled, reportOn } from "./report.ts";

/** Returns the exit code. */
export async function runDrift(names: readonly string[], options: DriftOptions): Promise<number> {
  const report = await withCluster(options, (cluster) => compare(cluster, names, options));
  await print(options.output, report, () => render(report, paintFor(process.stdout)));
  return isTroubled(report) ? exitCodes.problems.code : exitCodes.ok.code;
}

async function compare(
  { client, namespace: own }: Cluster,
  names: readonly string[],
  options: DriftOptions,
): Promise<DriftReport> {
  const asked = names.map((given) => objectNamed(given, options.namespace, "a Service or LoadBalancer"));
  const providers = bundledProviders();
  const { objects, clusterUid } = await objectsOfCluster(client, providers);
  const keys = new Set(
    asked.map(({ name, namespace = own }) => keyAmong(objects.loadBalancers, `${namespace}/${name}`)),
  );
  const found = await findDrift(objects, {
    providers,
    cloud: cloudItself,
    clusterUid,
    only: whichOf(keys, options.namespace),
    signal: new AbortController().signal,
  });
  const report = reportOn(found);
  const [failure] = report.unknown;
  if (failure === undefined || report.compared + report.unsettled.length > 0) return report;
  throw new UserError(
    "No stack could be compared",
    ...new Set(report.unknown.map(({ className, message }) => `  class ${className}: ${message}`)),
    "Credentials are taken where the class's provider finds them.",
  );
}

/** Undefined: all. Without names, those of the namespace that was given. */
function whichOf(
  keys: ReadonlySet<string>,
  namespace: string | undefined,
): ((lb: LoadBalancer) => boolean) | undefined {
  if (keys.size > 0) return (lb) => keysOf(lb).some((key) => keys.has(key));
  return namespace === undefined ? undefined : ({ metadata }) => metadata.namespace === namespace;
}

/** Its own, and that of the Service it was made for. */
function keysOf({ metadata, spec }: LoadBalancer): string[] {
  return [metadata.name, spec.serviceRef?.name].flatMap((name) =>
    name === undefined ? [] : [`${metadata.namespace}/${name}`],
  );
}

/** @throws UserError where nothing is called so. */
function keyAmong(lbs: readonly LoadBalancer[], key: string): string {
  const all = [...new Set(lbs.flatMap(keysOf))];
  if (all.includes(key)) return key;
  const elsewhere = all.find((each) => each.endsWith(key.slice(key.indexOf("/"))));
  const similar = elsewhere ?? nearest(key, all);
  const hint = similar === undefined ? "" : `; did you mean ${similar}?`;
  throw new UserError(`There is no LoadBalancer "${key}", nor one of a Service of that name${hint}`);
}
