/** What ValidatingAdmissionPolicies are put together from. */

import { group, version } from "../names.ts";

/** Requests for one resource of ours. */
export function match(resource: string, ...operations: string[]) {
  return {
    resourceRules: [{ apiGroups: [group], apiVersions: [version], operations, resources: [resource] }],
  };
}

/** A policy that denies, with its binding. */
export function policy(name: string, spec: object): object[] {
  return [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name },
      spec,
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name },
      spec: { policyName: name, validationActions: ["Deny"] },
    },
  ];
}

/**
 * A list of CEL strings. The names come from the installer: a quote in one must not become CEL.
 * @throws TypeError for a name that could
 */
export function listOf(names: readonly string[]): string {
  for (const name of names) {
    if (!/^[^'"\\\p{Cc}]+$/u.test(name)) throw new TypeError(`Cannot use "${name}" as the name of a user`);
  }
  return `[${names.map((name) => `'${name}'`).join(", ")}]`;
}
