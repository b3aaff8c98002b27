/** Applies manifests as `kubectl apply --server-side` does, and waits for kinds that were only just created. */
import { readFile } from "node:fs/promises";
import { parseAllDocuments } from "yaml";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import { sleep } from "../../src/runtime/clock.ts";
import { isNotFound } from "../../src/runtime/kube/api-error.ts";
import type { KubeClient } from "../../src/runtime/kube/client.ts";

type Manifest = KubeObject & { readonly apiVersion: string; readonly kind: string };

/** A CustomResourceDefinition is served a moment after it was created. */
const mostWaitMs = 30_000;

/** Calls `applied` with each object, as it is applied. */
export async function applyFile(
  client: KubeClient,
  file: string,
  o: { readonly signal: AbortSignal; readonly applied?: (object: string) => void },
): Promise<void> {
  for (const document of parseAllDocuments(await readFile(file, "utf8"))) {
    const manifest = document.toJS() as Manifest | null;
    if (manifest === null) continue;
    const resource = await resourceOf(client, manifest, o.signal);
    const { name = "", namespace } = manifest.metadata;
    const body = { type: "apply", fieldManager: "quickstart", force: true, signal: o.signal } as const;
    await client.patch(resource, { name, namespace }, manifest, body);
    o.applied?.(`${manifest.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`);
  }
}

interface Discovered {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
  }[];
}

async function resourceOf(client: KubeClient, manifest: Manifest, signal: AbortSignal): Promise<Resource> {
  const { apiVersion, kind } = manifest;
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const path = group === "" ? `/api/${version}` : `/apis/${apiVersion}`;
  const until = performance.now() + mostWaitMs;
  for (;;) {
    try {
      const { resources } = (await client.request("GET", path, { signal })) as Discovered;
      const found = resources.find((each) => each.kind === kind && !each.name.includes("/"));
      if (found !== undefined)
        return { group, version, kind, plural: found.name, namespaced: found.namespaced };
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    if (performance.now() > until) throw new Error(`The API server does not serve ${kind} of ${apiVersion}`);
    await sleep(100, { signal });
  }
}
