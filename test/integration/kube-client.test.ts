import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject, Resource } from "../../src/api/meta.ts";
import {
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
} from "../../src/runtime/kube/api-error.ts";
import { createKubeClient, type KubeClient } from "../../src/runtime/kube/client.ts";
import { loadConnection } from "../../src/runtime/kube/connection.ts";
import { sharedControlPlane } from "./support/shared-control-plane.ts";
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

const controlPlane = sharedControlPlane();
let client: KubeClient;
let namespace: string;
beforeAll(async () => {
  client = createKubeClient(await controlPlane.connection());
  namespace = await testNamespace(controlPlane);
});
afterAll(() => client.close());

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});

test("an object lives through create, get, every kind of patch, replace and delete", async () => {
  const ref = { namespace, name: "life" };
  const created = await client.create(configMaps, configMap("life", { a: "1" }));
  expect(created.data).toEqual({ a: "1" });
  await client.patch(configMaps, ref, { data: { b: "2" } }, { type: "merge" });
  await client.patch(configMaps, ref, { data: { c: "3" } }, { type: "strategic" });
  await client.patch(configMaps, ref, [{ op: "remove", path: "/data/a" }], { type: "json" });
  const applied = await client.patch(
    configMaps,
    ref,
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "life", uid: created.metadata.uid },
      data: { d: "😀" },
    },
    { type: "apply", fieldManager: "test" },
  );
  expect(applied.data).toEqual({ b: "2", c: "3", d: "😀" });
  expect(applied.metadata.managedFields?.some(({ manager }) => manager === "test")).toBe(true);
  const replaced = await client.replace(configMaps, { ...applied, data: { only: "me" } });
  expect((await client.get(configMaps, ref)).metadata.resourceVersion).toBe(
    replaced.metadata.resourceVersion,
  );
  await client.delete(configMaps, ref, { uid: created.metadata.uid ?? "" });
  expect(isNotFound(await client.get(configMaps, ref).catch((e: unknown) => e))).toBe(true);
});

test("refusals can be told apart", async () => {
  const one = await client.create(configMaps, configMap("refused", { a: "1" }));
  const ref = { namespace, name: "refused" };
  const why = async (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(isAlreadyExists(await why(client.create(configMaps, configMap("refused"))))).toBe(true);
  expect(isInvalid(await why(client.create(configMaps, configMap("No_Such_Name"))))).toBe(true);
  const { resourceVersion: _, ...unversioned } = one.metadata;
  await client.replace(configMaps, { ...one, metadata: unversioned, data: { a: "2" } });
  expect(isConflict(await why(client.replace(configMaps, one)))).toBe(true);
  expect(isConflict(await why(client.delete(configMaps, ref, { uid: "another" })))).toBe(true);
  const nobody = createKubeClient(await controlPlane.connection({ user: "nobody-in-particular" }));
  expect(isForbidden(await why(nobody.get(configMaps, ref)))).toBe(true);
  nobody.close();
});

test("lists come in pages and as metadata only", async () => {
  for (let i = 0; i < 5; i++)
    await client.create(configMaps, {
      ...configMap(`page-${i}`, { a: "1" }),
      metadata: { name: `page-${i}`, namespace, labels: { page: "yes" } },
    });
  const selected = { namespace, labelSelector: "page=yes" };
  const first = await client.list(configMaps, { ...selected, limit: 3, metadataOnly: true });
  expect(first.items.map(({ kind, data }) => ({ kind, data }))).toEqual(
    Array(3).fill({ kind: "ConfigMap", data: undefined }),
  );
  const second = await client.list(configMaps, { ...selected, limit: 3, continue: first.metadata.continue });
  expect(second.items.map(({ kind, data }) => ({ kind, data }))).toEqual(
    Array(2).fill({ kind: "ConfigMap", data: { a: "1" } }),
  );
  expect(second.metadata.continue ?? "").toBe("");
});

describe("a kubeconfig", () => {
  const withFile = async (text: string, use: (path: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
    try {
      const path = join(folder, "config");
      await writeFile(path, text);
      await use(path);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  test("with a token or certificate leads to the server", async () => {
    await withFile(await controlPlane.kubeconfig(), async (kubeconfig) => {
      const own = createKubeClient(await loadConnection({ kubeconfig }));
      expect(await own.request("GET", "/readyz")).toBe("ok");
      own.close();
    });
  });

  test("with an exec plug-in leads to the server", async () => {
    const plain = await controlPlane.kubeconfig();
    const token = /token: "?([^"\n]+)/.exec(plain)?.[1] ?? "";
    const credential = JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token },
    });
    const exec = JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1",
      command: process.execPath,
      args: ["-e", `process.stdout.write(${JSON.stringify(credential)})`],
      interactiveMode: "Never",
    });
    await withFile(plain.replace(/token: .*/, `exec: ${exec}`), async (kubeconfig) => {
      const own = createKubeClient(await loadConnection({ kubeconfig }));
      expect(await own.request("GET", "/readyz")).toBe("ok");
      own.close();
    });
  });
});
