import { expect, test } from "@jest/globals";
import type { LoadBalancerClass } from "../../../src/api/load-balancer-class.ts";
import { createClasses } from "../../../src/controllers/classes.ts";
import { decideClaim } from "../../../src/core/claim.ts";
import type { Provider } from "../../../src/providers/provider.ts";
import type { Informer } from "../../../src/runtime/cache/informer.ts";
import { service } from "../core/objects.ts";

/** Takes those whose type its class lists; refuses settings with a colour in them. */
const cloud = {
  name: "cloud",
  checkClass: (settings: Record<string, unknown>) =>
    "colour" in settings ? [{ reason: "InvalidSettings", message: "no colours" }] : [],
  claimsByAnnotation(
    this: { name: string },
    annotations: Record<string, string>,
    { types = [] }: { types?: string[] },
  ) {
    return this.name === "cloud" && types.includes(annotations["example.org/type"] ?? "");
  },
} as unknown as Provider;

function claimOf(type: string, ...classes: object[]) {
  const all = classes as LoadBalancerClass[];
  const informer = { list: () => all, get: () => undefined } as unknown as Informer<LoadBalancerClass>;
  const { claimable } = createClasses(informer, new Map([["cloud", cloud]]));
  return decideClaim(service({}, { annotations: { "example.org/type": type } }), claimable(), undefined);
}
const cls = (settings: object, more: object = {}) => ({
  metadata: { name: "nlb" },
  spec: { provider: "cloud", settings },
  ...more,
});

test("a class claims by the annotations that its settings list", () => {
  expect(claimOf("nlb", cls({ types: ["nlb"] }))).toEqual({ by: "annotation", className: "nlb" });
  expect(claimOf("nlb", cls({ types: ["other"] })).by).toBe("nobody");
});

test("after a bad edit the settings accepted before decide", () => {
  const edited = cls(
    { types: ["nlb"], colour: "red" },
    { status: { acceptedSpec: { provider: "cloud", settings: { types: ["old"] } } } },
  );
  expect(claimOf("old", edited).by).toBe("annotation");
  expect(claimOf("nlb", edited).by).toBe("nobody");
});

test.each([
  ["is being deleted", { metadata: { name: "nlb", deletionTimestamp: "2026-01-01T00:00:00Z" } }],
  [
    "has another process as its provider",
    { spec: { provider: "example.com/lab", settings: { types: ["nlb"] } } },
  ],
])("a class that %s claims nothing by annotations", (_what, more) => {
  expect(claimOf("nlb", cls({ types: ["nlb"] }, more)).by).toBe("nobody");
});
