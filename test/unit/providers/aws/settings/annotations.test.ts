import { describe, expect, test } from "@jest/globals";
import { AWS_ENTRIES, claimsByAnnotation } from "../../../../../src/providers/aws/settings/annotations.ts";
import { ROWS } from "./rows.ts";
import { PREFIX, translated, warnings } from "./translated.ts";

const unasked = translated({});
const keyOf = (row: { readonly key: string }) => (row.key.includes("/") ? row.key : `${PREFIX}${row.key}`);

test("every annotation of the table has a row", () => {
  const wanted = AWS_ENTRIES.map(({ key, variable }) => (variable === undefined ? key : `${key}.*`)).sort();
  const rows = ROWS.map(keyOf).map((key) =>
    AWS_ENTRIES.some((entry) => entry.key === key) ? key : key.replace(/\.[^.]+$/, ".*"),
  );
  expect(rows.sort()).toEqual(wanted);
});

test.each(ROWS.flatMap(({ key, good }) => good.map(([value, spec]) => ({ key, value, spec }))))(
  "$key: $value",
  ({ key, value, spec }) => {
    expect(translated({ [key]: value })).toEqual({ ...unasked, ...spec });
  },
);

test.each(ROWS.flatMap(({ key, bad }) => bad.map(([value, ...words]) => ({ key, value, words }))))(
  "$key refuses $value",
  ({ key, value, words }) => {
    const { refusal } = translated({ [key]: value });
    expect(refusal).toMatchObject({ previousInForce: false });
    expect(["InvalidAnnotation", "InvalidSettings"]).toContain(refusal?.reason);
    for (const word of words) expect(refusal?.message).toContain(word);
    // By its name alone, where the value goes into a rule with others.
    expect(refusal?.message).toContain(refusal?.reason === "InvalidAnnotation" ? key : "spec.settings.");
  },
);

test.each(ROWS.flatMap(({ key, noted = [] }) => noted.map(([value, ...words]) => ({ key, value, words }))))(
  "$key takes $value with a warning",
  ({ key, value, words }) => {
    const { warnings: found, ...spec } = translated({ [key]: value });
    expect(spec).toEqual(unasked);
    expect(found).toHaveLength(1);
    for (const word of [keyOf({ key }), ...words]) expect(found?.[0]?.message).toContain(word);
  },
);

describe("two annotations that decide the same", () => {
  test.each([
    [{ "aws-load-balancer-scheme": "internet-facing", "aws-load-balancer-internal": "false" }, "external"],
    [{ "aws-load-balancer-scheme": "internal", "aws-load-balancer-internal": "true" }, "internal"],
    [{ "fairlead.io/scheme": "external", "aws-load-balancer-scheme": "internet-facing" }, "external"],
  ] as const)("agree: %j", (annotations, scheme) => {
    expect(translated(annotations)).toEqual({ ...unasked, scheme });
  });

  test.each([
    [
      { "aws-load-balancer-scheme": "internal", "aws-load-balancer-internal": "false" },
      "internal",
      "aws-load-balancer-internal",
    ],
    [
      { "fairlead.io/scheme": "internal", "aws-load-balancer-scheme": "internet-facing" },
      "internal",
      "aws-load-balancer-scheme",
    ],
  ] as const)("differ, and the loser is told: %j", (annotations, scheme, loser) => {
    const spec = translated(annotations);
    expect(spec.scheme).toBe(scheme);
    expect(warnings(spec)).toEqual([expect.stringContaining(`${PREFIX}${loser} is ignored because`)]);
  });

  test("nlb-ip wins over the target type", () => {
    const both = (target: string) =>
      translated({ "aws-load-balancer-type": "nlb-ip", "aws-load-balancer-nlb-target-type": target });
    expect(both("ip")).toEqual({ ...unasked, settings: { targetType: "ip" } });
    expect(both("instance").settings).toEqual({ targetType: "ip" });
    expect(warnings(both("instance"))).toHaveLength(1);
    expect(
      translated({ "aws-load-balancer-type": "external", "aws-load-balancer-nlb-target-type": "ip" }),
    ).toEqual({ ...unasked, settings: { targetType: "ip" } });
  });
});

describe("aws-load-balancer-internal by a lenient class", () => {
  const lenient = (value: string) =>
    translated({ "aws-load-balancer-internal": value }, { legacyInternalValues: "Lenient" });

  test.each([
    ["false", "external"],
    ["true", "internal"],
    ["1", "internal"],
  ])("%s is %s", (value, scheme) => {
    expect(lenient(value)).toEqual({ ...unasked, scheme });
  });

  test.each(["0.0.0.0/0", "yes", "0", "FALSE"])("%s is internal, with a warning", (value) => {
    expect(lenient(value)).toMatchObject({ scheme: "internal" });
    expect(lenient(value).refusal).toBeUndefined();
    expect(warnings(lenient(value))).toEqual([expect.stringContaining("is taken as internal")]);
  });
});

describe("keys", () => {
  test.each([
    ["aws-load-balancer-ssl-prts", "did you mean service.beta.kubernetes.io/aws-load-balancer-ssl-ports?"],
    ["aws-load-balancer-target-group-atributes.80", "aws-load-balancer-target-group-attributes.80?"],
    ["aws-load-balancer-listener-attributes", "is not known and has no effect"],
    ["aws-load-balancer-make-coffee", "is not known and has no effect"],
    ["fairlead.io/aws-drain-before-delet", "did you mean fairlead.io/aws-drain-before-delete?"],
  ])("%s is reported", (key, words) => {
    expect(warnings(translated({ [key]: "x" }))).toEqual([expect.stringContaining(words)]);
  });

  test.each([
    "azure-load-balancer-internal",
    "oci-load-balancer-internal",
    "ibm-load-balancer-cloud-provider-ip-type",
    "openstack-internal-load-balancer",
    "scw-loadbalancer-zone",
    "bce-load-balancer-internal-vpc",
    "do-loadbalancer-name",
    "qcloud-loadbalancer-internal-subnetid",
    "alibaba-cloud-loadbalancer-name",
  ])("%s belongs to another cloud", (key) => {
    expect(translated({ [key]: "x" })).toEqual(unasked);
  });

  test.each([
    ["aws-load-balancer-listener-attributes.UDP-53", "wanted:", "speaks TCP, such as TCP-80"],
    ["aws-load-balancer-target-group-attributes.http", "the number of a port of the Service"],
    ["actions.80", "protocol and port of a listener"],
  ])("%s is refused for its end", (key, ...words) => {
    const message = translated({ [key]: "x" }).refusal?.message;
    for (const word of words) expect(message).toContain(word);
  });

  test("a frontend may have its own value", () => {
    const key = "aws-load-balancer-healthcheck-interval";
    expect(translated({ [key]: "10", [`${key}.internal`]: "20", [`${key}.external`]: "30" })).toEqual({
      ...unasked,
      settings: { healthCheck: { intervalSeconds: 20 } },
    });
  });
});

describe("a claim by aws-load-balancer-type", () => {
  const claims = (type: string | undefined, claimTypes?: unknown) =>
    claimsByAnnotation(
      type === undefined ? {} : { [`${PREFIX}aws-load-balancer-type`]: type },
      claimTypes === undefined ? {} : { claimTypes },
    );

  test("is made for what the class lists only", () => {
    expect(claims("external", ["external"])).toBe(true);
    expect(claims("nlb-ip", ["external", "nlb-ip"])).toBe(true);
    expect(claims("nlb", ["external", "nlb-ip"])).toBe(false);
    expect(claims("external")).toBe(false);
    expect(claims(undefined, ["external"])).toBe(false);
  });
});
