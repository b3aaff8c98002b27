import { describe, expect, test } from "@jest/globals";
import { printable } from "../../../src/cli/output/printable.ts";
import { bundledProviders } from "../../../src/cli/providers.ts";
import { findProblems } from "../../../src/cli/validate/check.ts";
import { metal, pool, read, service } from "./manifests.ts";

const problemsOf = (...values: readonly unknown[]) => findProblems(read(...values), bundledProviders());

test("what is right has no problems", () => {
  const annotations = { "fairlead.io/addresses": "192.0.2.1", "metallb.io/address-pool": "edge" };
  expect(problemsOf(metal(), pool(["192.0.2.0/28"]), service("web", { annotations }))).toEqual([]);
});

describe("an annotation", () => {
  test("that can't be read is an error with what is wanted", () => {
    const annotations = { "fairlead.io/addresses": "192.0.2.300" };
    expect(problemsOf(service("web", { annotations }))).toEqual([
      expect.objectContaining({
        severity: "error",
        file: "all.yaml",
        kind: "Service",
        name: "web",
        field: "metadata.annotations",
        message: expect.stringMatching(
          /fairlead\.io\/addresses: cannot use "192\.0\.2\.300" \(not an IPv4 address\); wanted:/,
        ),
      }),
    ]);
  });

  test("that is misspelt is a warning with the likely name, for the aliases of providers too", () => {
    for (const [key, meant] of [
      ["fairlead.io/adresses", "fairlead.io/addresses"],
      ["metallb.io/adress-pool", "metallb.io/address-pool"],
    ] as const) {
      expect(problemsOf(service("web", { annotations: { [key]: "x" } }))).toEqual([
        expect.objectContaining({
          severity: "warning",
          message: expect.stringContaining(`did you mean ${meant}?`),
        }),
      ]);
    }
  });

  test("on a Service of another type is none of our business", () => {
    const annotations = { "fairlead.io/adresses": "x" };
    expect(problemsOf(service("web", { annotations, spec: { type: "ClusterIP" } }))).toEqual([]);
  });

  test("of hostile size and content gives one short problem", () => {
    const annotations = { "fairlead.io/addresses": `\u001b[31m\u202e${"9".repeat(65_536)}` };
    const [problem, ...others] = problemsOf(service("web", { annotations }));
    expect(others).toEqual([]);
    expect(problem?.message.length).toBeLessThan(400);
    expect(problem?.message).toBe(printable(problem?.message ?? ""));
  });
});

test("settings that do not fit together, that the class keeps to itself, or that do nothing are told", () => {
  const aws = {
    ...metal({
      provider: "aws",
      default: false,
      settings: { region: "eu-west-1", externalManagedTags: ["owner"] },
    }),
    metadata: { name: "aws" },
  };
  const prefix = "service.beta.kubernetes.io/aws-load-balancer";
  const spec = { loadBalancerClass: "fairlead.io/aws" };
  const told = (annotations: object) =>
    problemsOf(aws, service("web", { annotations, spec })).map(
      ({ severity, message }) => `${severity}: ${message}`,
    );
  expect(told({ [`${prefix}-subnets`]: "a,b", [`${prefix}-eip-allocations`]: "eipalloc-1" })).toEqual([
    expect.stringMatching(/^error: spec\.settings\.eipAllocations: has 1 of 2 entries/),
  ]);
  expect(told({ [`${prefix}-additional-resource-tags`]: "owner=me" })).toEqual([
    expect.stringMatching(/^error: spec\.settings\.tags\[owner\]: the class leaves the tag "owner"/),
  ]);
  expect(told({ [`${prefix}-ssl-ports`]: "443" })).toEqual([
    expect.stringMatching(/^warning: spec\.settings: tlsPorts .* has no effect/),
  ]);
});

test("settings that the provider does not have are errors", () => {
  expect(problemsOf(metal({ settings: { region: "x" } }))).toEqual([
    expect.objectContaining({ severity: "error", field: "spec.settings" }),
  ]);
});

test("a provider that is not bundled is a warning, for it may run elsewhere", () => {
  expect(problemsOf(metal({ provider: "bare-meta" }))).toEqual([
    expect.objectContaining({ severity: "warning", field: "spec.provider", found: "bare-meta" }),
  ]);
});

test("pools that overlap are told of, the later one", () => {
  expect(problemsOf(pool(["192.0.2.0/28"], {}, "a"), pool(["192.0.2.8/29"], {}, "b"))).toEqual([
    expect.objectContaining({
      name: "b",
      field: "spec.addresses",
      message: expect.stringContaining("192.0.2.8"),
    }),
  ]);
});
