/** What the controller, the agents and the users may do: tables, made into RBAC objects for the cluster or for some namespaces. */

import { group, installation } from "../names.ts";
import { agentPermissions, passwordPermissions } from "./agent-permissions.ts";
import { controllerPermissions } from "./controller-permissions.ts";
import { type Permission, read } from "./permission.ts";

const ownKinds = [
  "loadbalancers",
  "loadbalancerclasses",
  "ipaddresspools",
  "l2advertisements",
  "bgpadvertisements",
  "bgppeers",
  "bfdprofiles",
  "communities",
  "announcers",
] as const;

/** An RBAC rule; `why` becomes a comment in YAML and is not part of the object. */
export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

export interface RoleObject {
  apiVersion: "rbac.authorization.k8s.io/v1";
  kind: "Role" | "ClusterRole";
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  rules: PolicyRule[];
}

export interface RbacOptions {
  /** Where the controller runs. */
  readonly namespace?: string;
  readonly serviceAccount?: string;
  /** `--watch-namespace`: serve these namespaces only. Without it, all. */
  readonly watchNamespaces?: readonly string[];
}

/** The roles and bindings of the controller. The ServiceAccount itself is not among them. */
export function controllerRbac(options: RbacOptions = {}): object[] {
  const { namespace = installation.namespace, serviceAccount = installation.serviceAccount } = options;
  const name = installation.serviceAccount;
  const bind = (role: RoleObject) => [role, bindingOf(role, { namespace, name: serviceAccount })];
  const may = (metadata: RoleObject["metadata"], scopes: Permission["scope"][]) =>
    bind(roleOf(metadata, controllerPermissions, scopes));
  const lease = may({ name: `${name}-lease`, namespace }, ["own"]);
  if (options.watchNamespaces === undefined) {
    return [...may({ name }, ["watched", "cluster"]), ...lease];
  }
  return [
    ...may({ name }, ["cluster"]),
    ...options.watchNamespaces.flatMap((watched) => may({ name, namespace: watched }, ["watched"])),
    ...bind(eventsOfClusterScopedKinds(`${name}-events`)),
    ...lease,
  ];
}

/** The roles and bindings of the agents. The ServiceAccount itself is not among them. */
export function agentRbac(options: Omit<RbacOptions, "watchNamespaces"> = {}): object[] {
  const { namespace = installation.namespace, serviceAccount = installation.agentServiceAccount } = options;
  const name = installation.agentServiceAccount;
  return [
    roleOf({ name }, agentPermissions, ["watched", "cluster"]),
    roleOf({ name, namespace }, agentPermissions, ["own"]),
  ].flatMap((role) => [role, bindingOf(role, { namespace, name: serviceAccount })]);
}

/** What agents need besides where BGPPeers have passwords. */
export function passwordRbac(options: Omit<RbacOptions, "watchNamespaces"> = {}): object[] {
  const { namespace = installation.namespace, serviceAccount = installation.agentServiceAccount } = options;
  const name = `${installation.agentServiceAccount}-bgp-passwords`;
  const role = roleOf({ name, namespace }, passwordPermissions, ["own"]);
  return [role, bindingOf(role, { namespace, name: serviceAccount })];
}

/**
 * Roles that add our kinds to Kubernetes' own `view`, `edit` and `admin`, and one for those who look at a whole cluster: all that
 * `fairlead plan --from-cluster`, `facts`, `drift` and `orphans` read, nodes among it, and no right to change anything.
 */
export function userRoles(): RoleObject[] {
  const rule = (resources: string[], verbs: string[]): PolicyRule => ({
    apiGroups: [group],
    resources,
    verbs,
  });
  const aggregated = (...roles: string[]) =>
    Object.fromEntries(roles.map((role) => [`rbac.authorization.k8s.io/aggregate-to-${role}`, "true"]));
  return [
    {
      ...clusterRole("fairlead-view", [rule([...ownKinds], read)]),
      metadata: { name: "fairlead-view", labels: aggregated("view", "edit", "admin") },
    },
    {
      ...clusterRole("fairlead-edit", [
        rule(["loadbalancers"], ["create", "update", "patch", "delete", "deletecollection"]),
      ]),
      metadata: { name: "fairlead-edit", labels: aggregated("edit", "admin") },
    },
    clusterRole("fairlead-inspect", [
      rule([...ownKinds], read),
      { apiGroups: [""], resources: ["services", "namespaces", "nodes"], verbs: read },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
    ]),
  ];
}

/** The sentence of the permission that a rule was made of. */
export function reasonFor(rule: PolicyRule): string | undefined {
  return reasonsOfRules.get(rule);
}

const reasonsOfRules = new WeakMap<PolicyRule, string>();

function roleOf(
  metadata: RoleObject["metadata"],
  permissions: readonly Permission[],
  scopes: Permission["scope"][],
): RoleObject {
  const rules = permissions.filter(({ scope }) => scopes.includes(scope)).map(ruleOf);
  const kind = metadata.namespace === undefined ? "ClusterRole" : "Role";
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata, rules };
}

function ruleOf({ group: apiGroup, resources, verbs, names, why }: Permission): PolicyRule {
  const rule: PolicyRule = {
    apiGroups: [apiGroup],
    resources: [...resources],
    verbs: [...verbs],
    ...(names === undefined ? {} : { resourceNames: [...names] }),
  };
  reasonsOfRules.set(rule, why);
  return rule;
}

/** Events of cluster-scoped objects are kept in the namespace `default`. */
function eventsOfClusterScopedKinds(name: string): RoleObject {
  const rules = controllerPermissions.filter(({ resources }) => resources.includes("events")).map(ruleOf);
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name, namespace: "default" },
    rules,
  };
}

function clusterRole(name: string, rules: PolicyRule[]): RoleObject {
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules };
}

function bindingOf(role: RoleObject, account: { namespace: string; name: string }) {
  const { name, namespace } = role.metadata;
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: `${role.kind}Binding`,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: role.kind, name },
    subjects: [{ kind: "ServiceAccount", name: account.name, namespace: account.namespace }],
  };
}
