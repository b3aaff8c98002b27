import { describe, expect, test } from "@jest/globals";
import { crdOf } from "../../../../src/api/manifests/crd.ts";
import { kinds } from "../../../../src/api/manifests/kinds.ts";
import type { StructuralSchema } from "../../../../src/api/manifests/structural-schema.ts";

interface Place {
  readonly path: string;
  readonly schema: StructuralSchema;
}

/** Every schema within one, with where it is. */
function within(schema: StructuralSchema, path = ""): Place[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    within(property, path === "" ? name : `${path}.${name}`),
  );
  const items = schema.items ? within(schema.items, `${path}[]`) : [];
  return [{ path, schema }, ...below, ...items];
}

const ours = kinds.map((kind) => ({ kind: kind.resource.kind, crd: crdOf(kind) }));

describe.each(ours)("the CRD of $kind", ({ crd }) => {
  const [version] = crd.spec.versions;
  const places = within(version?.schema.openAPIV3Schema ?? {}).filter(({ path }) =>
    /^(spec|status)/.test(path),
  );
  const where = (wrong: (schema: StructuralSchema, path: string) => boolean) =>
    places.filter(({ path, schema }) => wrong(schema, path)).map(({ path }) => path);

  test("has fields at all", () => {
    expect(places.length).toBeGreaterThan(10);
  });

  test("describes every field in sentences", () => {
    const isItem = (path: string) => path.endsWith("[]");
    expect(where(({ description }, path) => !isItem(path) && !/^.{8,}[.]$/.test(description ?? ""))).toEqual(
      [],
    );
  });

  test("bounds every list, and says how entries are merged", () => {
    const isList = (schema: StructuralSchema) => schema.type === "array";
    expect(where((s) => isList(s) && s.maxItems === undefined)).toEqual([]);
    expect(where((s) => isList(s) && s["x-kubernetes-list-type"] === undefined)).toEqual([]);
  });

  test("bounds every text and every map", () => {
    const known = (s: StructuralSchema) => s.maxLength ?? s.enum ?? s.format;
    expect(where((s) => s.type === "string" && known(s) === undefined)).toEqual([]);
    expect(where((s) => s.additionalProperties !== undefined && s.maxProperties === undefined)).toEqual([]);
  });

  test("names the size of every number", () => {
    expect(where((s) => s.type === "integer" && s.format === undefined)).toEqual([]);
    expect(where((s) => s.type === "number")).toEqual([]);
  });

  test("is in the category, and has a status of its own", () => {
    expect(crd.spec.names.categories).toEqual(["fairlead"]);
    expect(version).toMatchObject({ subresources: { status: {} }, served: true, storage: true });
  });

  test("shows its state in the first column, and why in one more", () => {
    const columns = version?.additionalPrinterColumns ?? [];
    expect(columns[0]?.jsonPath).toMatch(/^[.]status[.]conditions\[.*\][.]status$/);
    expect(columns.filter(({ priority }) => priority === undefined).map(({ name }) => name)).toContain(
      "Reason",
    );
    expect(columns.find(({ name }) => name === "Message")).toMatchObject({ priority: 1 });
  });
});
