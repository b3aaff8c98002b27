import { describe, expect, test } from "@jest/globals";
import type { ServiceSpec } from "../../../../src/api/kubernetes.ts";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import { GENERIC_ANNOTATIONS } from "../../../../src/core/translate/generic-annotations.ts";
import { parseSourceRanges } from "../../../../src/core/translate/source-ranges.ts";
import { translate } from "../../../../src/core/translate/translate.ts";
import { annotated, classSpec, held, loadBalancer } from "../objects.ts";

const [example] = GENERIC_ANNOTATIONS.entries;
const table = {
  prefixes: [],
  entries: [
    { ...example, key: "cloud.example/ranges", sets: "sourceRanges" as const, parse: parseSourceRanges },
  ] as typeof GENERIC_ANNOTATIONS.entries,
};

function run(
  annotations: Record<string, string>,
  spec: Partial<ServiceSpec> = {},
  existing: LoadBalancer[] = [],
) {
  const service = annotated(annotations, spec);
  const [made] = translate({ service, className: "metal", cls: classSpec(), annotations: [table], existing });
  return made?.spec;
}

describe("the clients that are let in", () => {
  test.each([
    ["10.0.0.0/8", ["10.0.0.0/8"]],
    [" 10.1.0.0/16 ,2001:db8::/64,10.0.0.0/8, 10.0.0.0/8", ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/64"]],
  ])("are CIDRs: %s", (text, value) => {
    expect(parseSourceRanges(text)).toEqual({ ok: true, value });
  });

  test.each([
    "",
    "10.0.0.1",
    "10.0.0.0/33",
    "10.0.0.0/8,",
    "10.0.0.1-10.0.0.9",
    "fe80::%1/64",
    "::ffff:10.0.0.0/104",
  ])("are nothing else: %j", (text) => {
    expect(parseSourceRanges(text)).toMatchObject({ ok: false });
  });

  test("come from the annotation where the Service has no field for them", () => {
    expect(run({ "cloud.example/ranges": "10.0.0.0/8" })?.sourceRanges).toEqual(["10.0.0.0/8"]);
  });

  test("come from the Service's field where both are there; a difference is told", () => {
    const field = { loadBalancerSourceRanges: ["192.0.2.0/24", "10.0.0.0/8"] };
    expect(run({ "cloud.example/ranges": "10.0.0.0/8,192.0.2.0/24" }, field)?.warnings).toBeUndefined();
    const both = run({ "cloud.example/ranges": "10.0.0.0/8" }, field);
    expect(both?.sourceRanges).toEqual(["10.0.0.0/8", "192.0.2.0/24"]);
    expect(both?.warnings).toMatchObject([
      {
        message: expect.stringMatching(
          /cloud\.example\/ranges is ignored because spec\.loadBalancerSourceRanges/,
        ),
      },
    ]);
  });

  test("stay kept out in an edit that is refused", () => {
    const spec = run({ "cloud.example/ranges": "10.0.0.0/8" });
    const before = loadBalancer({ spec: { ...spec }, status: held() });
    const after = run({ "cloud.example/ranges": "anybody" }, {}, [before]);
    expect(after).toMatchObject({ sourceRanges: ["10.0.0.0/8"], refusal: { previousInForce: true } });
    const followed = run({ "cloud.example/ranges": "x" }, { loadBalancerSourceRanges: ["192.0.2.0/24"] }, [
      before,
    ]);
    expect(followed?.sourceRanges).toEqual(["192.0.2.0/24"]);
  });
});

describe("session affinity", () => {
  test.each([
    [{ sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }, 60],
    [{}, 10_800],
  ])("comes with its timeout: %j", (config, seconds) => {
    expect(run({}, { sessionAffinity: "ClientIP", ...config })).toMatchObject({
      sessionAffinity: "ClientIP",
      sessionAffinityTimeoutSeconds: seconds,
    });
  });

  test("that was taken back leaves no timeout behind, in an edit that is refused too", () => {
    const before = loadBalancer({ spec: { ...run({}, { sessionAffinity: "ClientIP" }) }, status: held() });
    const after = run({ "cloud.example/ranges": "x" }, {}, [before]);
    expect(after?.refusal?.previousInForce).toBe(true);
    expect(after?.sessionAffinityTimeoutSeconds).toBeUndefined();
  });
});
