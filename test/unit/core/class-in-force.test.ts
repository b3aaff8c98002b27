import { describe, expect, test } from "@jest/globals";
import type { LoadBalancerClass } from "../../../src/api/load-balancer-class.ts";
import { classInForce } from "../../../src/core/class-in-force.ts";

function cls(
  provider: string,
  settings: Record<string, string> = {},
  acceptedSpec?: object,
): LoadBalancerClass {
  const status = acceptedSpec === undefined ? {} : { status: { acceptedSpec } };
  return {
    metadata: { name: "main" },
    spec: { provider, settings },
    ...status,
  } as unknown as LoadBalancerClass;
}

const strict = {
  checkClass: (settings: Readonly<Record<string, unknown>>) =>
    "colour" in settings ? [{ reason: "InvalidSettings" as const, message: "no colours" }] : [],
};

describe("without its provider here", () => {
  test.each([
    ["a name with a domain is left to another controller", "example.com/lab", "external"],
    ["a provider of ours is left to another Fairlead", "bare-metal", "external"],
    ["any other name is a mistake", "bare-metl", "refused"],
  ])("%s", (_sentence, provider, state) => {
    expect(classInForce(cls(provider), undefined).state).toBe(state);
  });

  test("a mistaken name is told together with the right ones", () => {
    const force = classInForce(cls("bare-metl"), undefined);
    expect(force.state === "refused" && force.refusal).toMatchObject({
      reason: "UnknownProvider",
      message: expect.stringMatching(/"bare-metl".*bare-metal/),
    });
  });
});

describe("with its provider", () => {
  test("good settings are in force", () => {
    expect(classInForce(cls("bare-metal"), strict)).toMatchObject({ state: "accepted", refusal: undefined });
  });

  test("bad ones that were never accepted are refused", () => {
    expect(classInForce(cls("bare-metal", { colour: "red" }), strict)).toMatchObject({
      state: "refused",
      refusal: { reason: "InvalidSettings" },
    });
  });

  test("a bad edit leaves in force what was accepted before, and says why", () => {
    const before = { provider: "bare-metal" };
    expect(classInForce(cls("bare-metal", { colour: "red" }, before), strict)).toMatchObject({
      state: "accepted",
      spec: before,
      refusal: { message: "no colours" },
    });
  });
});

describe("settings that say where the load balancers are", () => {
  const bound = { checkClass: () => [], immutableSettings: ["region", "vpc"] };
  const before = { provider: "aws", settings: { region: "eu-west-1", other: 1 } };

  test.each([
    ["stay free until the class was accepted", { region: "us-east-1" }, undefined],
    ["may be told again, beside others that change", { region: "eu-west-1", other: "2" }, before],
  ])("%s", (_sentence, settings, acceptedSpec) => {
    const given = cls("aws", settings as Record<string, string>, acceptedSpec);
    expect(classInForce(given, bound)).toMatchObject({
      state: "accepted",
      spec: given.spec,
      refusal: undefined,
    });
  });

  test.each([
    ["can't change", { region: "us-east-1" }, /settings\.region: .*from "eu-west-1" to "us-east-1"/],
    ["can't be taken away", {}, /settings\.region: .*from "eu-west-1" to \(not set\)/],
    ["can't be added", { region: "eu-west-1", vpc: "vpc-1" }, /settings\.vpc: .*from \(not set\) to "vpc-1"/],
  ])("%s after that: what was accepted stays in force", (_sentence, settings, message) => {
    expect(classInForce(cls("aws", settings as Record<string, string>, before), bound)).toMatchObject({
      state: "accepted",
      spec: before,
      refusal: { reason: "InvalidSettings", message: expect.stringMatching(message) },
    });
  });
});
