import { expect, test } from "@jest/globals";
import { admissionPolicies, serviceAccountUser } from "../../../../src/api/manifests/admission.ts";
import { agentAdmissionPolicies } from "../../../../src/api/manifests/agent-admission.ts";

test("every controller that is named is let through by every policy", () => {
  const controllers = [serviceAccountUser({ namespace: "a", name: "b" }), "somebody"];
  const policies = admissionPolicies({ controllers }).filter((object) =>
    JSON.stringify(object).includes("matchConditions"),
  );
  expect(policies).toHaveLength(3);
  for (const policy of policies) {
    expect(JSON.stringify(policy)).toContain("['system:serviceaccount:a:b', 'somebody']");
  }
});

test("every account of agents that is named is held to its node by every policy", () => {
  const policies = agentAdmissionPolicies({ agents: ["system:node:a", "somebody"] }).filter((object) =>
    JSON.stringify(object).includes("matchConditions"),
  );
  expect(policies).toHaveLength(2);
  for (const policy of policies) expect(JSON.stringify(policy)).toContain("['system:node:a', 'somebody']");
});

test.each(["o'brien", 'a"b', "a\\", "a\nb", ""])(
  "a user name that could become CEL is refused: %j",
  (name) => {
    expect(() => admissionPolicies({ controllers: [name] })).toThrow(TypeError);
    expect(() => agentAdmissionPolicies({ agents: [name] })).toThrow(TypeError);
  },
);
