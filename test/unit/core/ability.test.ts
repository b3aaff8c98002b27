import { expect, test } from "@jest/globals";
import { checkAbility } from "../../../src/core/ability.ts";
import { loadBalancer } from "./objects.ts";

const { spec } = loadBalancer({});

test.each([
  ["nothing of the kind", {}, [], undefined],
  ["a group, with groups", { group: "a" }, ["sharing"], undefined],
  [
    "a group, without",
    { group: "a" },
    ["adoption", "release"],
    /bare-metal knows no groups.*fairlead\.io\/group/,
  ],
  ["adoption, without", { adopt: "x" }, ["sharing"], /knows no adoption/],
  ["to be released, without", { release: true }, [], /knows no releasing/],
  ["not to be released", { release: false }, [], undefined],
])("a provider is asked for %s", (_what, asked, features, message) => {
  const refusal = checkAbility({ ...spec, ...asked }, { name: "bare-metal", features });
  if (message === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toMatchObject({ reason: "Unsupported", message: expect.stringMatching(message) });
});

test("one without features can do none of it", () => {
  expect(checkAbility({ ...spec, group: "a" }, { name: "bare-metal" })?.reason).toBe("Unsupported");
});
