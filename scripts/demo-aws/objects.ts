/** The objects of the demo's cluster: nodes for its instances, Services and LoadBalancers as `kubectl get` shows them, waits. */
import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import { namespaces, nodes, type Service, services } from "../../src/api/kubernetes.ts";
import { type LoadBalancer, loadBalancers } from "../../src/api/load-balancer.ts";
import { loadBalancerClasses } from "../../src/api/load-balancer-class.ts";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import { sleep } from "../../src/runtime/clock.ts";
import type { KubeClient } from "../../src/runtime/kube/client.ts";

export const namespace = "shop";
const mostWaitMs = 120_000;

/** As `kubectl get -o yaml` of all that a plan is made from, without that Service. */
export async function writeCluster(client: KubeClient, file: string, without: string): Promise<void> {
  const all = async <T extends KubeObject>({ group, version, kind, plural, namespaced }: Resource<T>) => {
    const { items } = await client.list<T>({ group, version, kind, plural, namespaced }, {});
    const apiVersion = group === "" ? version : `${group}/${version}`;
    return items
      .filter(({ metadata }) => kind !== "Service" || metadata.name !== without)
      .map((item) => ({ ...item, apiVersion, kind }));
  };
  const objects = [
    ...(await all(namespaces)),
    ...(await all(nodes)),
    ...(await all(loadBalancerClasses)),
    ...(await all(services)),
    ...(await all(loadBalancers)),
  ];
  await writeFile(file, objects.map((object) => stringify(object)).join("---\n"));
}

export interface Seen {
  readonly services: readonly Service[];
  readonly lbs: readonly LoadBalancer[];
}

async function look(client: KubeClient, signal: AbortSignal): Promise<Seen> {
  const { items: some } = await client.list(services, { namespace, signal });
  const { items: lbs } = await client.list(loadBalancers, { namespace, signal });
  return { services: some, lbs };
}

/**
 * Waits until nothing is missing, and gives what there is then.
 * @throws {Error} with what is missing after two minutes
 */
export async function until(
  client: KubeClient,
  missing: (seen: Seen) => string | undefined,
  signal: AbortSignal,
): Promise<Seen> {
  const ends = performance.now() + mostWaitMs;
  for (;;) {
    const seen = await look(client, signal);
    const what = missing(seen);
    if (what === undefined) return seen;
    if (performance.now() > ends) throw new Error(`After ${mostWaitMs / 1000} s: ${what}`);
    await sleep(200, { signal });
  }
}

/** Both load balancers are to be so. */
export function whatIsMissing(
  lbs: readonly LoadBalancer[],
  isSo: (lb: LoadBalancer) => boolean,
): string | undefined {
  const others = lbs.filter((lb) => !isSo(lb)).map(({ metadata }) => metadata.name);
  if (lbs.length === 2 && others.length === 0) return undefined;
  return `of ${lbs.length} load balancers, not yet as expected: ${others.join(", ") || "those that are missing"}`;
}

export function isBeingProvisioned(lb: LoadBalancer): boolean {
  const programmed = programmedOf(lb);
  // Created in full: what is recorded names the listener, which comes last.
  const isMade = lb.status?.resources?.some(({ kind }) => kind === "listener") === true;
  return isMade && programmed?.status !== "True";
}

export function isServed(lb: LoadBalancer): boolean {
  return programmedOf(lb)?.status === "True";
}

function programmedOf({ status }: LoadBalancer) {
  return status?.conditions?.find(({ type }) => type === "Programmed");
}

/** What `kubectl get services` shows. */
export function serviceLines(some: readonly Service[]): string[] {
  const rows = some.map(({ metadata, spec, status }) => [
    metadata.name ?? "",
    spec?.type ?? "",
    spec?.clusterIP ?? "",
    status?.loadBalancer?.ingress?.map(({ hostname, ip }) => hostname ?? ip).join(",") ?? "<pending>",
    (spec?.ports ?? []).map(({ port, nodePort, protocol }) => `${port}:${nodePort}/${protocol}`).join(","),
    `${Math.round((Date.now() - Date.parse(metadata.creationTimestamp ?? "")) / 1000)}s`,
  ]);
  const all = [["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"], ...rows];
  const width = (column: number) => Math.max(...all.map((row) => row[column]?.length ?? 0));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(width(column)))
      .join("   ")
      .trimEnd(),
  );
}
