import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import { createCache } from "../../src/runtime/cache/cache.ts";
import { createKubeClient, type KubeClient } from "../../src/runtime/kube/client.ts";
import { silentLogger } from "../../src/runtime/logger.ts";
import { ownControlPlane } from "./support/own-control-plane.ts";
import { testNamespace } from "./support/test-namespace.ts";

interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

const configMaps: Resource<ConfigMap> = {
  group: "",
  version: "v1",
  plural: "configmaps",
  kind: "ConfigMap",
  namespaced: true,
};

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a cache before a real API server", () => {
  const controlPlane = ownControlPlane();
  let client: KubeClient;
  let namespace: string;
  let stop: AbortController;
  beforeEach(async () => {
    stop = new AbortController();
    client = createKubeClient(await controlPlane().connection());
    namespace = await testNamespace(controlPlane());
  });
  afterEach(() => {
    stop.abort(new Error("the test is over"));
    client.close();
  });

  const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace },
    data,
  });

  async function started(namespaces: string[]) {
    const requests: string[] = [];
    const watching = createKubeClient(await controlPlane().connection(), {
      onRequest: ({ verb, status, failure }) => requests.push(`${verb} ${status ?? failure}`),
    });
    stop.signal.addEventListener("abort", () => watching.close());
    const cache = createCache({ client: watching, namespaces, logger: silentLogger });
    const informer = cache.informer(configMaps);
    const mirror = new Map<string, string | undefined>();
    const name = (object: ConfigMap) => object.metadata.name ?? "";
    informer.on({
      add: (object) => mirror.set(name(object), object.metadata.resourceVersion),
      update: (_, after) => mirror.set(name(after), after.metadata.resourceVersion),
      delete: (object) => mirror.delete(name(object)),
    });
    cache.start(stop.signal);
    await cache.synced(AbortSignal.timeout(10_000));
    return { cache, informer, mirror, requests };
  }

  const serverState = async () =>
    new Map(
      (await client.list(configMaps, { namespace })).items.map(({ metadata }) => [
        metadata.name ?? "",
        metadata.resourceVersion,
      ]),
    );

  const copyOf = (list: readonly ConfigMap[]) =>
    new Map(list.map(({ metadata }) => [metadata.name ?? "", metadata.resourceVersion]));

  test("streams the first list, without any list request", async () => {
    for (let i = 0; i < 30; i++) await client.create(configMaps, configMap(`c${i}`, { a: "ü" }));
    const { informer, requests } = await started([namespace]);
    expect(copyOf(informer.list())).toEqual(await serverState());
    expect(requests).toEqual(["watch 200"]);
    expect(informer.get(`${namespace}/c7`)).toMatchObject({ kind: "ConfigMap", data: { a: "ü" } });
    expect(informer.get(`${namespace}/c7`)?.metadata.managedFields).toBeUndefined();
  });

  test("after own writes never shows anything older, and handlers' news rebuild the copy", async () => {
    const { informer, mirror } = await started([namespace]);
    const names = Array.from({ length: 10 }, (_, i) => `c${i}`);
    await Promise.all(
      names.map(async (name) => {
        const key = `${namespace}/${name}`;
        let version = 0;
        for (let round = 0; round < 20; round++) {
          const written =
            round === 0
              ? await client.create(configMaps, configMap(name))
              : await client.patch(
                  configMaps,
                  { namespace, name },
                  { data: { round: String(round) } },
                  { type: "merge" },
                );
          informer.observe(written);
          version = Number(written.metadata.resourceVersion);
          expect(Number(informer.get(key)?.metadata.resourceVersion)).toBeGreaterThanOrEqual(version);
        }
        if (Number(name.slice(1)) % 2) {
          await client.delete(configMaps, { namespace, name });
          await until(() => informer.get(key) === undefined);
        }
      }),
    );
    const expected = await serverState();
    await until(() => informer.size === expected.size);
    expect(copyOf(informer.list())).toEqual(expected);
    expect(mirror).toEqual(expected);
  });

  test("catches up after the API server was gone, and with what happened meanwhile", async () => {
    await client.create(configMaps, configMap("before"));
    const { cache, informer, mirror } = await started([namespace]);
    await controlPlane().stopApiServer();
    await until(() => cache.health().some(({ at }) => at === "waiting"));
    expect(informer.hasSynced).toBe(true);
    expect(informer.get(`${namespace}/before`)).toBeDefined();
    await controlPlane().startApiServer();
    await client.create(configMaps, configMap("after"));
    await client.delete(configMaps, { namespace, name: "before" });
    await until(() => Boolean(informer.get(`${namespace}/after`) && !informer.get(`${namespace}/before`)));
    const expected = await serverState();
    expect(copyOf(informer.list())).toEqual(expected);
    expect(mirror).toEqual(expected);
  });
});
