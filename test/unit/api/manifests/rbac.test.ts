import { describe, expect, test } from "@jest/globals";
import { agentPermissions } from "../../../../src/api/manifests/agent-permissions.ts";
import { controllerPermissions } from "../../../../src/api/manifests/controller-permissions.ts";
import {
  agentRbac,
  controllerRbac,
  passwordRbac,
  type RoleObject,
  userRoles,
} from "../../../../src/api/manifests/rbac.ts";

const isRole = (object: object): object is RoleObject => "rules" in object;
const may = (roles: RoleObject[], kind: string) =>
  roles
    .filter((role) => role.kind === kind)
    .flatMap(({ metadata, rules }) =>
      rules.flatMap(({ resources, verbs }) =>
        resources.map((resource) => `${metadata.namespace ?? "*"}: ${resource}: ${verbs.join(" ")}`),
      ),
    );

describe("the controller", () => {
  test("may do nothing by a wildcard, and never reads Secrets", () => {
    for (const { group, resources, verbs } of controllerPermissions) {
      expect([group, ...resources, ...verbs]).not.toContain("*");
      expect(resources).not.toContain("secrets");
    }
  });

  test("never writes the spec of a Service", () => {
    const writes = controllerPermissions.filter(({ verbs }) =>
      verbs.some((verb) => !["get", "list", "watch"].includes(verb)),
    );
    expect(writes.flatMap(({ resources }) => resources)).not.toContain("services");
  });

  test("gets what it may do by a reason", () => {
    for (const { why } of controllerPermissions) expect(why).toMatch(/^To .*[.]$/);
  });

  test("may touch a Lease in its own namespace only", () => {
    const roles = controllerRbac({ namespace: "somewhere" }).filter(isRole);
    expect(may(roles, "Role")).toEqual([
      "somewhere: leases: create",
      "somewhere: leases: get update",
      "somewhere: leases: list",
    ]);
  });
});

describe("a controller that serves some namespaces", () => {
  const roles = controllerRbac({ watchNamespaces: ["a", "b"] }).filter(isRole);

  test("may do nothing in the others", () => {
    const everywhere = may(roles, "ClusterRole").map((line) => line.split(": ")[1]);
    const clusterScoped = [
      "loadbalancerclasses",
      "loadbalancerclasses/status",
      "ipaddresspools",
      "ipaddresspools/status",
      ...["l2advertisements", "bgpadvertisements", "bgppeers", "bfdprofiles", "communities"].flatMap(
        (kind) => [kind, `${kind}/status`],
      ),
      "announcers",
      "namespaces",
      "nodes",
    ];
    expect(new Set(everywhere)).toEqual(new Set(clusterScoped));
  });

  test("may do in those what it may do elsewhere in all", () => {
    const all = may(controllerRbac().filter(isRole), "ClusterRole").map((line) => line.replace("*", "a"));
    const some = [...may(roles, "ClusterRole").map((line) => line.replace("*", "a")), ...may(roles, "Role")];
    expect(some).toEqual(expect.arrayContaining(all));
    expect(some).toContain("b: services/status: patch");
  });

  test("may tell of classes and pools in the namespace default, where such Events are kept", () => {
    expect(may(roles, "Role")).toContain("default: events: create patch");
  });
});

test("users may write LoadBalancers, but no status, no class and no pool", () => {
  const writes = userRoles().flatMap(({ rules }) =>
    rules.filter(({ verbs }) => !verbs.includes("get")).flatMap(({ resources }) => resources),
  );
  expect(writes).toEqual(["loadbalancers"]);
});

describe("an agent", () => {
  const writes = agentPermissions.flatMap(({ resources, verbs }) =>
    verbs
      .filter((verb) => !["get", "list", "watch"].includes(verb))
      .flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)),
  );

  test("writes nothing but its Announcer, its Lease and Events", () => {
    expect(writes.toSorted()).toEqual([
      "create announcers",
      "create events",
      "create leases",
      "patch announcers",
      "patch announcers/status",
      "patch events",
      "update leases",
    ]);
  });

  test("may do nothing by a wildcard, and gets what it may do by a reason", () => {
    for (const { group, resources, verbs, why } of agentPermissions) {
      expect([group, ...resources, ...verbs]).not.toContain("*");
      expect(why).toMatch(/^To .*[.]$/);
    }
  });

  test("reads no Secret, but those that are named where there are passwords, in its own namespace", () => {
    const roles = agentRbac({ namespace: "somewhere" }).filter(isRole);
    const lines = [...may(roles, "Role"), ...may(roles, "ClusterRole")];
    expect(lines.filter((line) => line.includes("secrets"))).toEqual([]);
    expect(lines).toContain("somewhere: leases: get create update");
    const ofPasswords = passwordRbac({ namespace: "somewhere" }).filter(isRole);
    expect(may(ofPasswords, "Role")).toEqual(["somewhere: secrets: get"]);
    for (const { rules } of ofPasswords)
      for (const { resourceNames } of rules) expect(resourceNames?.length).toBeGreaterThan(0);
  });
});
