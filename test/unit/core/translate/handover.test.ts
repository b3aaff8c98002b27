import { describe, expect, test } from "@jest/globals";
import type { LoadBalancer } from "../../../../src/api/load-balancer.ts";
import { translate } from "../../../../src/core/translate/translate.ts";
import { annotated, classSpec, held, loadBalancer } from "../objects.ts";

const arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/a/1";

function run(annotations: Record<string, string>, existing: LoadBalancer[] = []) {
  const given = {
    service: annotated(annotations),
    className: "metal",
    cls: classSpec(),
    annotations: [],
    existing,
  };
  return translate(given).map(({ spec }) => ({
    adopt: spec.adopt,
    release: spec.release,
    group: spec.group,
    refusal: spec.refusal?.message,
  }));
}
const has = (id: string, spec: Partial<LoadBalancer["spec"]> = {}) =>
  loadBalancer({ spec, status: { ...held(), resources: [{ kind: "load-balancer", id }] } });

describe("a Service asks", () => {
  test("to share the load balancer of a group, by a name", () => {
    expect(run({ "fairlead.io/group": " front-door " })).toMatchObject([{ group: "front-door" }]);
    expect(run({ "fairlead.io/group": "Front Door" })[0]?.refusal).toMatch(
      /fairlead.io\/group: cannot use "Front Door"; wanted: a name/,
    );
  });

  test("to take a load balancer over, by its cloud id", () => {
    expect(run({ "fairlead.io/adopt": arn })).toMatchObject([{ adopt: arn, refusal: undefined }]);
    expect(run({ "fairlead.io/adopt": "two words" })[0]?.refusal).toMatch(/wanted: the cloud id/);
  });

  test.each([
    ["true", { release: true }],
    ["false", { release: undefined }],
    [arn, { release: true, refusal: undefined }],
    [
      `${arn}x`,
      { refusal: expect.stringMatching(/release: cannot release ".*", for the load balancer has ".*net/) },
    ],
  ])("to have its load balancer released: %s", (value, wanted) => {
    expect(run({ "fairlead.io/release": value }, [has(arn)])).toMatchObject([wanted]);
  });

  test("to release nothing that is not there", () => {
    expect(run({ "fairlead.io/release": arn })[0]?.refusal).toMatch(/has nothing in the cloud yet/);
  });

  test("for what was released already, though it is not in status any more", () => {
    const released = loadBalancer({ spec: { release: true }, status: held() });
    expect(run({ "fairlead.io/release": arn }, [released])).toMatchObject([
      { release: true, refusal: undefined },
    ]);
  });

  test("for one of two frontends, which it names", () => {
    const two = { "fairlead.io/frontends": "internal,external" };
    expect(run({ ...two, "fairlead.io/adopt": arn })[0]?.refusal).toMatch(
      /adopt\.internal and fairlead\.io\/adopt\.external/,
    );
    expect(run({ ...two, "fairlead.io/adopt.external": arn })).toMatchObject([
      { adopt: undefined, refusal: undefined },
      { adopt: arn, refusal: undefined },
    ]);
  });
});
