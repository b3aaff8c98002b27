import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject, Resource } from "../../../../src/api/meta.ts";
import { createCache } from "../../../../src/runtime/cache/cache.ts";
import { allNamespaces, type InformerShape, LocalInformer } from "../../../../src/runtime/cache/informer.ts";
import { keyOf, splitKey } from "../../../../src/runtime/cache/key.ts";
import { stripped } from "../../../../src/runtime/cache/strip.ts";
import type { KubeClient } from "../../../../src/runtime/kube/client.ts";
import { loggerOn, silentLogger } from "../../../../src/runtime/logger.ts";

interface Thing extends KubeObject {
  spec?: { owner?: string };
}

const things: Resource<Thing> = {
  group: "",
  version: "v1",
  plural: "things",
  kind: "Thing",
  namespaced: true,
};

const thing = (key: string, version: number, owner?: string): Thing => ({
  metadata: { ...splitKey(key), resourceVersion: String(version) },
  ...(owner !== undefined && { spec: { owner } }),
});

function informerOf(shape: Partial<InformerShape<Thing>> = {}) {
  const logged: { message: string; fields: Record<string, unknown> }[] = [];
  const failed: string[] = [];
  const informer = new LocalInformer<Thing>(
    things,
    { namespaces: undefined, strip: stripped, metadataOnly: false, selective: false, ...shape },
    {
      logger: loggerOn((_, message, fields) => logged.push({ message, fields })),
      handlerFailed: (resource) => failed.push(resource),
    },
  );
  return { informer, logged, failed, sink: informer.sink(shape.namespaces?.[0] ?? allNamespaces) };
}

const listOf = (...objects: Thing[]) => new Map(objects.map((one) => [keyOf(one), one]));
const owners = (object: Thing) => (object.spec?.owner === undefined ? [] : [object.spec.owner]);

describe("indexes", () => {
  test("follow every change, whether they were there first or came later", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom("ns/a", "ns/b", "ns/c"), fc.constantFrom("x", "y", undefined))),
        fc.nat(10),
        (steps, late) => {
          const { informer, sink } = informerOf();
          informer.addIndex("first", owners);
          sink.beginList();
          sink.replace(listOf(), "1");
          steps.forEach(([key, owner], i) => {
            if (i === late) informer.addIndex("late", owners);
            const known = informer.get(key);
            if (known && owner === undefined) sink.apply("DELETED", thing(key, i + 2));
            else sink.apply(known ? "MODIFIED" : "ADDED", thing(key, i + 2, owner));
          });
          informer.addIndex("late", owners);
          for (const value of ["x", "y"]) {
            const expected = informer.list().filter((one) => owners(one).includes(value));
            expect(new Set(informer.by("first", value))).toEqual(new Set(expected));
            expect(new Set(informer.by("late", value))).toEqual(new Set(expected));
          }
        },
      ),
    );
  });

  test("whose function throws leave that object out and are reported", () => {
    const { informer, sink, logged } = informerOf();
    informer.addIndex("bad", (object) => {
      if (object.metadata.name === "b") throw new Error("no");
      return ["all"];
    });
    sink.replace(listOf(thing("ns/a", 1), thing("ns/b", 2)), "3");
    expect(informer.by("bad", "all").map(keyOf)).toEqual(["ns/a"]);
    expect(informer.size).toBe(2);
    expect(logged).toMatchObject([{ fields: { index: "bad", resource: "things" } }]);
  });

  test("that do not exist are an error, as is a second one of the same name", () => {
    const { informer } = informerOf();
    expect(() => informer.by("missing", "x")).toThrow(/no such index/);
    informer.addIndex("one", owners);
    informer.addIndex("one", owners);
    expect(() => informer.addIndex("one", () => [])).toThrow(/another one/);
  });
});

describe("handlers", () => {
  test("that throw are reported and stop neither the others nor the copy", () => {
    const { informer, sink, logged, failed } = informerOf();
    const told: string[] = [];
    informer.on({
      add() {
        throw new Error("no");
      },
    });
    informer.on({ add: (object) => told.push(keyOf(object)) });
    sink.replace(listOf(thing("ns/a", 1), thing("ns/b", 2)), "3");
    expect(told).toEqual(["ns/a", "ns/b"]);
    expect(failed).toEqual(["things", "things"]);
    expect(logged[0]?.fields).toMatchObject({ key: "ns/a", change: "add", resource: "things" });
  });

  test("that come late hear of what is there as initial, and of each thing once", () => {
    const { informer, sink } = informerOf();
    sink.replace(listOf(thing("ns/a", 1)), "1");
    const told: string[] = [];
    informer.on({ add: (object, { initial }) => told.push(`${keyOf(object)} ${initial}`) });
    sink.apply("ADDED", thing("ns/b", 2));
    expect(told).toEqual(["ns/a true", "ns/b false"]);
  });

  test("that were taken off hear nothing more", () => {
    const { informer, sink } = informerOf();
    const told: string[] = [];
    const off = informer.on({ add: (object) => told.push(keyOf(object)) });
    sink.replace(listOf(thing("ns/a", 1)), "1");
    off();
    sink.apply("ADDED", thing("ns/b", 2));
    expect(told).toEqual(["ns/a"]);
  });

  test("that observe or add handlers while they are told leave everybody with one order of news", () => {
    const { informer, sink } = informerOf();
    const told: Record<string, string[]> = { first: [], second: [], newcomer: [] };
    const listen = (name: string) => ({
      add: (object: Thing) => void told[name]?.push(`add ${object.metadata.resourceVersion}`),
      update: (_: Thing, after: Thing) => void told[name]?.push(`update ${after.metadata.resourceVersion}`),
    });
    informer.on({
      add(object) {
        if (object.metadata.resourceVersion !== "1") return;
        informer.observe(thing("ns/a", 2));
        informer.on(listen("newcomer"));
      },
    });
    informer.on(listen("first"));
    informer.on(listen("second"));
    sink.replace(listOf(thing("ns/a", 1)), "1");
    expect(told.first).toEqual(["add 1", "update 2"]);
    expect(told.second).toEqual(told.first);
    expect(told.newcomer?.at(-1)).toMatch(/2$/);
    expect(told.newcomer?.length).toBe(1);
  });
});

describe("what is kept of an object", () => {
  test("managers of the status stay by name, all else of managedFields and kubectl's copy go", () => {
    const full: Thing = {
      metadata: {
        name: "a",
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", mine: "1" },
        managedFields: [
          { manager: "kubectl", operation: "Update", fieldsV1: { "f:spec": {} } },
          { manager: "metallb", operation: "Update", subresource: "status", time: "t", fieldsV1: {} },
        ],
      },
    };
    expect(stripped(full).metadata).toEqual({
      name: "a",
      annotations: { mine: "1" },
      managedFields: [{ manager: "metallb", operation: "Update", subresource: "status" }],
    });
  });

  test("of an own write is a copy: the caller's object stays whole", () => {
    const { informer } = informerOf();
    const written: Thing = {
      metadata: { ...thing("ns/a", 5).metadata, managedFields: [{ manager: "m", fieldsV1: {} }] },
    };
    informer.observe(written);
    expect(written.metadata.managedFields).toEqual([{ manager: "m", fieldsV1: {} }]);
    expect(informer.get("ns/a")?.metadata.managedFields).toBeUndefined();
  });

  test("is metadata only where no more was asked for", () => {
    const { informer } = informerOf({ metadataOnly: true });
    informer.observe({ ...thing("ns/a", 5, "x"), kind: "Thing" });
    expect(informer.get("ns/a")).toEqual({ kind: "Thing", metadata: thing("ns/a", 5).metadata });
  });
});

describe("an own write outside what is cached", () => {
  test("is ignored if its namespace is not in scope", () => {
    const { informer } = informerOf({ namespaces: ["one"] });
    expect(informer.observe(thing("two/a", 5))).toBe(false);
    expect(informer.observe(thing("one/a", 5))).toBe(true);
    expect(informer.list().map(keyOf)).toEqual(["one/a"]);
  });

  test("is ignored if a selector might exclude it, unless it is cached already", () => {
    const { informer, sink } = informerOf({ selective: true });
    sink.replace(listOf(thing("ns/a", 1)), "1");
    expect(informer.observe(thing("ns/b", 2))).toBe(false);
    expect(informer.observe(thing("ns/a", 3))).toBe(true);
  });
});

describe("a cache", () => {
  const idle = {} as KubeClient;

  test("has one informer for each kind and selection", () => {
    const cache = createCache({ client: idle, logger: silentLogger, namespaces: ["b", "a"] });
    const all = cache.informer(things);
    expect(cache.informer({ ...things })).toBe(all);
    expect(cache.informer(things, { namespaces: ["a", "b", "a"] })).toBe(all);
    expect(cache.informer(things, { labelSelector: "a=b" })).not.toBe(all);
    expect(cache.informer(things, { metadataOnly: true })).not.toBe(all);
    expect(() => cache.informer(things, { strip: (object) => object })).toThrow(/different fields/);
  });

  test("stops waiting for its informers when told to", async () => {
    const cache = createCache({ client: idle, logger: silentLogger });
    cache.informer(things);
    const stop = new AbortController();
    const synced = cache.synced(stop.signal);
    stop.abort(new Error("enough"));
    await expect(synced).rejects.toThrow("enough");
  });
});
