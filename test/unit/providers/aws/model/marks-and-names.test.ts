import { describe, expect, test } from "@jest/globals";
import { attributesToSet, targetGroupDefaults } from "../../../../../src/providers/aws/model/attributes.ts";
import { sameTags, tagsOf, tagsToRemove } from "../../../../../src/providers/aws/model/marks.ts";
import { loadBalancerName, nameOf } from "../../../../../src/providers/aws/model/names.ts";

const tags = (added: Record<string, string>) => tagsOf("uid", "shop/web", "load-balancer", ["m"], added);

describe("tags", () => {
  test("that we set once and no longer want go, those of others stay", () => {
    const observed = { ...tags({ team: "shop", stage: "test" }), "cost-center": "7" };
    expect(tagsToRemove(tags({ team: "shop" }), observed)).toEqual(["stage"]);
    expect(tagsToRemove(tags({}), observed)).toEqual(["fairlead.io/added-tags", "stage", "team"]);
    expect(sameTags(tags({ team: "shop", stage: "test" }), observed)).toBe(true);
  });

  test("go by their own names, whatever else objects have", () => {
    const observed = tags({ constructor: "acme", toString: "x" });
    expect(tagsToRemove(tags({}), observed)).toEqual(["constructor", "fairlead.io/added-tags", "toString"]);
    expect(sameTags(tags({}), observed)).toBe(false);
    expect(sameTags(tags({ constructor: "acme", toString: "x" }), observed)).toBe(true);
  });

  test("with another value, or missing, are not the same", () => {
    expect(sameTags(tags({ team: "shop" }), tags({ team: "cart" }))).toBe(false);
    expect(sameTags(tags({ team: "shop" }), tags({}))).toBe(false);
  });

  test("of users never take the place of a mark", () => {
    expect(tags({ "fairlead.io/cluster": "mine" })).toHaveProperty(["fairlead.io/cluster"], "uid");
  });

  test("say whom a thing serves only where that is one", () => {
    const several = tagsOf("uid", "group aws shop edge", "load-balancer", ["m", "n"], {});
    expect(several).not.toHaveProperty(["fairlead.io/members"]);
    expect(tagsToRemove(several, tags({}))).toEqual(["fairlead.io/members"]);
  });

  test("of 42 users' keys fit into the mark that names them", () => {
    const many = Object.fromEntries(Array.from({ length: 42 }, (_, index) => [`key-${index}`, "x"]));
    expect(tags(many)["fairlead.io/added-tags"]?.length).toBeLessThanOrEqual(256);
  });
});

describe("names", () => {
  const naming = {
    clusterUid: "uid",
    stack: "default/my.web-frontend",
    resource: "load-balancer",
    replaces: [],
  };

  test("can be read, and are of what AWS takes", () => {
    const long = { ...naming, stack: `group ${"c".repeat(63)} ${"n".repeat(63)} ${"g".repeat(63)}` };
    for (const each of [naming, long]) expect(nameOf(each)).toMatch(/^(?=.{1,32}$)fl-[A-Za-z0-9-]*[a-z0-9]$/);
    expect(nameOf(naming)).toMatch(/^fl-default-mywebfro-[0-9a-f]{10}$/);
  });

  test("are others for what takes the place of something, and for another resource, stack or cluster", () => {
    const names = [
      naming,
      { ...naming, replaces: ["arn:one"] },
      { ...naming, resource: "target-group/80" },
      { ...naming, stack: "default/other" },
      { ...naming, clusterUid: "other" },
    ].map(nameOf);
    expect(new Set(names).size).toBe(5);
  });

  test("asked for are taken, but not by what takes the place of the one that has it", () => {
    const wanted = "a-name-of-thirty-two-characters-";
    expect(loadBalancerName(naming, "front")).toBe("front");
    const next = loadBalancerName({ ...naming, replaces: ["arn:one"] }, wanted);
    expect(next).not.toBe(wanted);
    expect(next).toMatch(/^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/);
  });
});

describe("attributes to set", () => {
  const usual = targetGroupDefaults("TCP", "ip");

  test("are those that differ, and those that the cloud does not show unless they are what it has anyway", () => {
    const wanted = { ...usual, "stickiness.enabled": "true", "deregistration_delay.timeout_seconds": "30" };
    expect(attributesToSet(wanted, { ...usual, "stickiness.enabled": "true" })).toEqual({
      "deregistration_delay.timeout_seconds": "30",
    });
    expect(attributesToSet(usual, {})).toEqual({});
    expect(attributesToSet(wanted, {})).toEqual({
      "stickiness.enabled": "true",
      "deregistration_delay.timeout_seconds": "30",
    });
  });
});
