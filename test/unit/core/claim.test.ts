import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { aliasOwner, type ClaimableClass, decideClaim, defaultOwner } from "../../../src/core/claim.ts";
import { service } from "./objects.ts";

const cls = (
  name: string,
  spec: ClaimableClass["spec"] = {},
  creationTimestamp = "2026-01-01T00:00:00Z",
) => ({
  metadata: { name, creationTimestamp, uid: name },
  spec,
});
const metal = cls("metal", { default: true, aliases: ["example.org/metal"] });
const plain = cls("plain");
const listed = (name: string, creationTimestamp?: string): ClaimableClass => ({
  ...cls(name, {}, creationTimestamp),
  claimsByAnnotation: (annotations) => annotations["example.org/type"] === "nlb",
});
const nlb = listed("nlb");
const annotated = (metadata: object = {}, spec = {}) =>
  service(spec, { annotations: { "example.org/type": "nlb" }, ...metadata });

describe("the claim on a Service", () => {
  const rows: [string, Parameters<typeof decideClaim>, object][] = [
    [
      "by our prefix, even to a class that is not there",
      [service({ loadBalancerClass: "fairlead.io/new" }), [], undefined],
      { by: "name", className: "new" },
    ],
    [
      "by alias",
      [service({ loadBalancerClass: "example.org/metal" }), [metal], undefined],
      { by: "alias", className: "metal" },
    ],
    ["by default", [service(), [plain, metal], undefined], { by: "default", className: "metal" }],
    [
      "of a foreign class is nobody's, whoever is the default",
      [service({ loadBalancerClass: "example.org/foreign" }), [metal], undefined],
      { by: "nobody" },
    ],
    ["without class and without default is nobody's", [service(), [plain], undefined], { by: "nobody" }],
    [
      "with a foreign finalizer is nobody's",
      [service({}, { finalizers: ["service.kubernetes.io/load-balancer-cleanup"] }), [metal], undefined],
      { by: "nobody" },
    ],
    [
      "with our own finalizer is the default's",
      [service({}, { finalizers: ["fairlead.io/load-balancer"] }), [metal], undefined],
      { by: "default", className: "metal" },
    ],
    [
      "with the collector's finalizer is the default's",
      [service({}, { finalizers: ["foregroundDeletion"] }), [metal], undefined],
      { by: "default", className: "metal" },
    ],
    [
      "with a foreign finalizer that names a class of ours is that class's",
      [
        service({ loadBalancerClass: "fairlead.io/plain" }, { finalizers: ["example.org/x"] }),
        [plain],
        undefined,
      ],
      { by: "name", className: "plain" },
    ],
    [
      "that was made by default stays, with the default turned off",
      [service(), [plain], { className: "metal", asked: undefined }],
      { by: "record", className: "metal" },
    ],
    [
      "that was made by default stays, with the default moved",
      [service(), [cls("other", { default: true })], { className: "metal", asked: undefined }],
      { by: "record", className: "metal" },
    ],
    [
      "that was made by alias stays, with the alias gone",
      [
        service({ loadBalancerClass: "example.org/metal" }),
        [],
        { className: "metal", asked: "example.org/metal" },
      ],
      { by: "record", className: "metal" },
    ],
    [
      "that was made by alias ends when the Service asks for a foreign class",
      [
        service({ loadBalancerClass: "example.org/foreign" }),
        [metal],
        { className: "metal", asked: "example.org/metal" },
      ],
      { by: "nobody" },
    ],
    [
      "that was made by name ends when the Service asks for none",
      [service(), [plain], { className: "plain", asked: "fairlead.io/plain" }],
      { by: "nobody" },
    ],
    [
      "that was made by name passes to the default when the Service asks for none",
      [service(), [metal], { className: "plain", asked: "fairlead.io/plain" }],
      { by: "default", className: "metal" },
    ],
    [
      "by annotations that a class lists, before the default",
      [annotated(), [metal, nlb], undefined],
      { by: "annotation", className: "nlb" },
    ],
    [
      "by annotations goes to the oldest class that lists them",
      [annotated(), [nlb, listed("older", "2025-01-01T00:00:00Z")], undefined],
      { by: "annotation", className: "older" },
    ],
    ["by other annotations is the default's", [service(), [metal, nlb], undefined], { by: "default" }],
    [
      "by annotations of a class that is not listed is nobody's",
      [annotated(), [plain], undefined],
      { by: "nobody" },
    ],
    [
      "by annotations counts for nothing where a class is named",
      [annotated({}, { loadBalancerClass: "example.org/metal" }), [metal, nlb], undefined],
      { by: "alias", className: "metal" },
    ],
    [
      "by annotations counts for nothing where a foreign class is named",
      [annotated({}, { loadBalancerClass: "example.org/foreign" }), [metal, nlb], undefined],
      { by: "nobody" },
    ],
    [
      "by annotations with a foreign finalizer is nobody's",
      [annotated({ finalizers: ["example.org/x"] }), [metal, nlb], undefined],
      { by: "nobody" },
    ],
    [
      "that was made by default stays, with annotations added",
      [annotated(), [metal, nlb], { className: "metal", asked: undefined }],
      { by: "record", className: "metal" },
    ],
    [
      "that was made by annotations stays, with the annotations gone",
      [service(), [metal, nlb], { className: "nlb", asked: undefined }],
      { by: "record", className: "nlb" },
    ],
    [
      "goes by the name when the Service names another class of ours",
      [
        service({ loadBalancerClass: "fairlead.io/plain" }),
        [plain],
        { className: "metal", asked: undefined },
      ],
      { by: "name", className: "plain" },
    ],
  ];
  test.each(rows)("%s", (_sentence, input, claim) => {
    expect(decideClaim(...input)).toMatchObject(claim);
  });

  test("says what is in the way", () => {
    const claim = decideClaim(service({}, { finalizers: ["example.org/x"] }), [metal], undefined);
    expect(claim).toMatchObject({ why: expect.stringContaining('"example.org/x"') });
  });
});

test("a finalizer that only starts like ours is foreign", () => {
  const given = service({}, { finalizers: ["fairlead.io.example.org/x"] });
  expect(decideClaim(given, [metal], undefined)).toMatchObject({ by: "nobody" });
});

test("of several defaults, and of equal aliases, the oldest wins, then the name, in any order of the list", () => {
  const time = fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2025-01-01T00:00:00Z");
  const classes = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), time), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(classes, fc.nat(), (rows, turn) => {
      const all = rows.map(([name, at]) => cls(name, { default: true, aliases: ["a"] }, at));
      const [winner] = [...rows].sort(([a, x], [b, y]) => (x < y ? -1 : x > y ? 1 : a < b ? -1 : 1));
      const at = turn % all.length;
      const turned = [...all.slice(at), ...all.slice(0, at)];
      expect(defaultOwner(turned)).toBe(winner?.[0]);
      expect(aliasOwner("a", turned)).toBe(winner?.[0]);
      expect(aliasOwner("b", turned)).toBeUndefined();
    }),
  );
});
