import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { KubeObject, Resource } from "../../../src/api/meta.ts";
import { createKubeClient, type KubeClient } from "../../../src/runtime/kube/client.ts";
import { apply, applyStatus } from "../../../src/runtime/patch/apply.ts";
import { addFinalizer, removeFinalizer } from "../../../src/runtime/patch/finalizers.ts";
import { sharedControlPlane } from "../support/shared-control-plane.ts";
import { testNamespace } from "../support/test-namespace.ts";

const controlPlane = sharedControlPlane();
const mine = "example.dev/mine";
const services: Resource<KubeObject> = {
  group: "",
  version: "v1",
  plural: "services",
  kind: "Service",
  namespaced: true,
};
const widgets: Resource<KubeObject> = {
  group: "patch.example.dev",
  version: "v1",
  plural: "widgets",
  kind: "Widget",
  namespaced: true,
};
const schema = {
  type: "object",
  properties: {
    spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.patch.example.dev" },
  spec: {
    group: "patch.example.dev",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: schema },
      },
    ],
  },
};

let client: KubeClient;
beforeAll(async () => {
  client = createKubeClient(await controlPlane.connection());
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await controlPlane.call("POST", path, definition);
  await served(`/apis/patch.example.dev/v1/widgets`);
});
afterAll(() => client.close());

async function served(path: string): Promise<void> {
  for (;;) {
    try {
      await controlPlane.call("GET", path);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const kinds = [
  {
    of: "a Service through its status",
    resource: services,
    through: "status",
    spec: { ports: [{ port: 80 }] },
  },
  { of: "a Service", resource: services, through: "main", spec: { ports: [{ port: 80 }] } },
  { of: "a custom resource", resource: widgets, through: "main", spec: {} },
] as const;

describe.each(kinds)("the finalizer of $of", ({ resource, through, spec }) => {
  const setUp = async (finalizers: string[] = []) => {
    const namespace = await testNamespace(controlPlane);
    const object = await client.create(resource, {
      apiVersion: resource.group === "" ? "v1" : `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: { name: "web", namespace, finalizers },
      spec,
    } as KubeObject);
    const ref = { name: "web", namespace };
    const finalizersNow = async () => (await client.get(resource, ref)).metadata.finalizers ?? [];
    const options = (of: KubeObject) => ({ client, resource, object: of, finalizer: mine, through });
    const edit = (finalizersWanted: string[]) =>
      client.patch(resource, ref, { metadata: { finalizers: finalizersWanted } }, { type: "merge" });
    return { object, ref, finalizersNow, options, edit };
  };

  test("comes and goes among those of others", async () => {
    const { object, finalizersNow, options } = await setUp(["example.dev/a", "example.dev/b"]);
    const added = await addFinalizer(options(object));
    expect(added.result).toBe("added");
    expect((await finalizersNow()).toSorted()).toEqual(["example.dev/a", "example.dev/b", mine]);
    if (added.result === "gone") throw new Error("not reached");
    expect((await addFinalizer(options(added.object))).result).toBe("present");
    expect((await removeFinalizer(options(added.object))).result).toBe("removed");
    expect(await finalizersNow()).toEqual(["example.dev/a", "example.dev/b"]);
  });

  test("is added and removed from an old copy without undoing what others did since", async () => {
    const { object, finalizersNow, options, edit } = await setUp(["example.dev/a"]);
    await edit(["example.dev/b", "example.dev/c"]);
    expect((await addFinalizer(options(object))).result).toBe("added");
    expect((await finalizersNow()).toSorted()).toEqual(["example.dev/b", "example.dev/c", mine]);
    const old = { ...object, metadata: { ...object.metadata, finalizers: [mine, "example.dev/a"] } };
    await edit(["example.dev/d", mine]);
    expect((await removeFinalizer(options(old))).result).toBe("removed");
    expect(await finalizersNow()).toEqual(["example.dev/d"]);
  });

  test("survives twenty others that come and go at the same time, and they survive it", async () => {
    const { object, finalizersNow, options } = await setUp();
    const others = Array.from({ length: 20 }, (_, n) => `example.dev/other-${n}`);
    const results = await Promise.all([
      persist(() => addFinalizer(options(object))),
      ...others.map((finalizer) => persist(() => addFinalizer({ ...options(object), finalizer }))),
    ]).catch((error: unknown) => error);
    expect(results).toBeInstanceOf(Array);
    expect((await finalizersNow()).toSorted()).toEqual([mine, ...others].toSorted());
  });

  test("is not put on what is being deleted, also when the copy does not know that yet", async () => {
    const { object, ref, finalizersNow, options } = await setUp(["example.dev/a"]);
    await client.delete(resource, ref);
    expect((await addFinalizer(options(object))).result).toBe("terminating");
    expect(await finalizersNow()).toEqual(["example.dev/a"]);
  });

  test("is the last that goes, and the object goes with it", async () => {
    const { object, ref, options } = await setUp([mine]);
    await client.delete(resource, ref);
    expect((await removeFinalizer(options(object))).result).toBe("removed");
    await expect(client.get(resource, ref)).rejects.toMatchObject({ status: 404 });
    expect((await removeFinalizer(options(object))).result).toBe("gone");
  });

  test("is left on a successor of the same name, and not put on it", async () => {
    const { object, ref, options, finalizersNow } = await setUp();
    await client.delete(resource, ref);
    await client.create(resource, {
      ...object,
      metadata: { name: ref.name, namespace: ref.namespace, finalizers: [mine] },
    });
    const old = { ...object, metadata: { ...object.metadata, finalizers: [mine] } };
    expect((await removeFinalizer(options(old))).result).toBe("gone");
    expect(await finalizersNow()).toEqual([mine]);
    const other = { ...options(object), finalizer: "example.dev/other" };
    expect((await addFinalizer(other)).result).toBe("gone");
    expect(await finalizersNow()).toEqual([mine]);
  });
});

/** A writer that does not give up when it meets nineteen others. */
async function persist<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if ((error as { status?: number }).status !== 409) throw error;
    }
  }
}

describe("applying a status", () => {
  const setUp = async () => {
    const namespace = await testNamespace(controlPlane);
    const object = await client.create(services, {
      metadata: { name: "web", namespace },
      spec: { type: "LoadBalancer", loadBalancerClass: "example.dev/x", ports: [{ port: 80 }] },
    } as KubeObject);
    const write = (manager: string, ingress: object[], force = false) =>
      applyStatus({
        client,
        resource: services,
        object,
        manager,
        status: { loadBalancer: { ingress } },
        force,
      });
    const ingressNow = async () =>
      (
        (await client.get(services, { name: "web", namespace })) as {
          status?: { loadBalancer?: { ingress?: object[] } };
        }
      ).status?.loadBalancer?.ingress;
    return { object, namespace, write, ingressNow };
  };

  test("leaves the finalizer alone that another purpose's manager put on", async () => {
    const { object, write, namespace } = await setUp();
    await addFinalizer({ client, resource: services, object, finalizer: mine, through: "status" });
    await write("status-writer", [{ ip: "10.0.0.1", ipMode: "VIP" }]);
    expect((await client.get(services, { name: "web", namespace })).metadata.finalizers).toEqual([mine]);
  });

  test("is refused where another manager's value stands, unless forced", async () => {
    const { write, ingressNow } = await setUp();
    await write("one", [{ ip: "10.0.0.1", ipMode: "VIP" }]);
    await expect(write("other", [{ ip: "10.0.0.2", ipMode: "VIP" }])).rejects.toMatchObject({ status: 409 });
    await write("other", [{ ip: "10.0.0.2", ipMode: "VIP" }], true);
    expect(await ingressNow()).toEqual([{ ip: "10.0.0.2", ipMode: "VIP" }]);
  });

  test("brings nothing back that was deleted, and does not touch a successor: both are told as not found", async () => {
    const { object, namespace, write, ingressNow } = await setUp();
    await client.delete(services, { name: "web", namespace });
    const gone = { status: 404, reason: "NotFound" };
    await expect(write("one", [{ ip: "10.0.0.1" }])).rejects.toMatchObject(gone);
    await expect(client.get(services, { name: "web", namespace })).rejects.toMatchObject(gone);
    const { spec } = object as { spec?: object };
    await client.create(services, {
      metadata: { name: "web", namespace },
      spec: { ...spec, clusterIP: undefined, clusterIPs: undefined },
    } as KubeObject);
    await expect(write("one", [{ ip: "10.0.0.1" }], true)).rejects.toMatchObject(gone);
    expect(await ingressNow()).toBeUndefined();
  });

  test("reaches an object that others have changed since it was read", async () => {
    const { object, namespace, write, ingressNow } = await setUp();
    const ref = { name: "web", namespace };
    await client.patch(services, ref, { metadata: { labels: { a: "b" } } }, { type: "merge" });
    await write("one", [{ ip: "10.0.0.1", ipMode: "VIP" }]);
    expect(await ingressNow()).toEqual([{ ip: "10.0.0.1", ipMode: "VIP" }]);
    const { resourceVersion: _, ...metadata } = object.metadata;
    const status = { loadBalancer: { ingress: [{ ip: "10.0.0.3", ipMode: "VIP" }] } };
    await applyStatus({ client, resource: services, object: { metadata }, manager: "one", status });
    expect(await ingressNow()).toEqual([{ ip: "10.0.0.3", ipMode: "VIP" }]);
  });
});

describe("of a custom resource that was deleted and made anew", () => {
  const setUp = async () => {
    const namespace = await testNamespace(controlPlane);
    const make = () =>
      client.create(widgets, {
        apiVersion: "patch.example.dev/v1",
        kind: "Widget",
        metadata: { name: "web", namespace },
      });
    const object = await make();
    const again = async () => {
      await client.delete(widgets, { name: "web", namespace });
      return make();
    };
    const now = () => client.get(widgets, { name: "web", namespace });
    return { object, namespace, again, now };
  };
  const gone = { status: 404, reason: "NotFound" };

  test("the successor does not get the status that was meant for the first", async () => {
    const { object, namespace, again, now } = await setUp();
    const write = (to: KubeObject) =>
      applyStatus({ client, resource: widgets, object: to, manager: "one", status: { a: 1 }, force: true });
    expect(await write(object)).toMatchObject({ status: { a: 1 } });
    const { resourceVersion: _, ...metadata } = object.metadata;
    await again();
    await expect(write(object)).rejects.toMatchObject(gone);
    await expect(write({ metadata })).rejects.toMatchObject(gone);
    expect(await now()).not.toHaveProperty("status");
    await client.delete(widgets, { name: "web", namespace });
    await expect(write(object)).rejects.toMatchObject(gone);
  });

  test("the successor does not get the labels that were meant for the first, and none is made for them", async () => {
    const { object, namespace, again, now } = await setUp();
    const { name, uid } = object.metadata;
    const write = () => {
      const labelled = { metadata: { name, namespace, uid, labels: { a: "b" } } };
      return apply({ client, resource: widgets, object: labelled, manager: "one", target: "existing" });
    };
    expect(await write()).toMatchObject({ metadata: { labels: { a: "b" } } });
    await again();
    await expect(write()).rejects.toMatchObject(gone);
    expect((await now()).metadata.labels).toBeUndefined();
    await client.delete(widgets, { name: "web", namespace });
    await expect(write()).rejects.toMatchObject(gone);
    await expect(now()).rejects.toMatchObject(gone);
  });
});
