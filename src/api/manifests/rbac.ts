/** What the controller and the users may do: one table, made into RBAC objects for the cluster or for some namespaces. */

import { group, installation } from "../names.ts";

export interface Permission {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Only objects of these names; `create` can't be limited so. */
  readonly names?: readonly string[];
  /** `cluster`: cluster-scoped kinds. `watched`: in every namespace that is served. `own`: in the controller's namespace. */
  readonly scope: "cluster" | "watched" | "own";
  readonly why: string;
}

const read = ["get", "list", "watch"];
const ownKinds = ["loadbalancers", "loadbalancerclasses", "ipaddresspools"] as const;

/** All that the controller may do. */
export const controllerPermissions: readonly Permission[] = [
  {
    group: "",
    resources: ["services"],
    verbs: read,
    scope: "watched",
    why: "To see which Services want a load balancer.",
  },
  {
    group: "",
    resources: ["services/status"],
    verbs: ["patch"],
    scope: "watched",
    why: "To write addresses and conditions, and by the same way its finalizer: the API server lets metadata through here.",
  },
  {
    group,
    resources: ["loadbalancers"],
    verbs: [...read, "create", "patch", "delete"],
    scope: "watched",
    why: "To keep one LoadBalancer for each frontend of a Service.",
  },
  {
    group,
    resources: ["loadbalancers/status"],
    verbs: ["patch"],
    scope: "watched",
    why: "To record addresses and conditions.",
  },
  {
    group: "",
    resources: ["events"],
    verbs: ["create", "patch"],
    scope: "watched",
    why: "To tell what happened to Services and LoadBalancers.",
  },
  {
    group,
    resources: ["loadbalancerclasses"],
    verbs: [...read, "patch"],
    scope: "cluster",
    why: "To know the classes, and to hold one that is in use by a finalizer.",
  },
  {
    group,
    resources: ["loadbalancerclasses/status", "ipaddresspools/status"],
    verbs: ["patch"],
    scope: "cluster",
    why: "To write conditions and counts.",
  },
  {
    group,
    resources: ["ipaddresspools"],
    verbs: read,
    scope: "cluster",
    why: "To know which addresses there are to give.",
  },
  {
    group: "",
    resources: ["namespaces"],
    verbs: read,
    scope: "cluster",
    why: "To match namespace selectors; the UID of kube-system identifies the cluster.",
  },
  {
    group: "",
    resources: ["nodes"],
    verbs: read,
    scope: "cluster",
    why: "To send traffic to the nodes, where a cloud's load balancers do so; looked at only once a class needs it.",
  },
  {
    group: "discovery.k8s.io",
    resources: ["endpointslices"],
    verbs: read,
    scope: "watched",
    why: "To send traffic to the pods, where a cloud's load balancers do so; looked at only once a class needs it.",
  },
  {
    group: "",
    resources: ["pods"],
    verbs: ["get"],
    scope: "watched",
    why: "To see the readiness gates of a pod that waits behind a cloud's load balancer; pods are never listed or watched.",
  },
  {
    group: "",
    resources: ["pods/status"],
    verbs: ["patch"],
    scope: "watched",
    why: "To open those gates once the load balancer holds the pod to be healthy.",
  },
  {
    group: "coordination.k8s.io",
    resources: ["leases"],
    verbs: ["create"],
    scope: "own",
    why: "To elect the one controller that writes.",
  },
  {
    group: "coordination.k8s.io",
    resources: ["leases"],
    verbs: ["get", "update"],
    names: [installation.lease],
    scope: "own",
    why: "To hold its lease.",
  },
];

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
  const lease = bind(roleOf({ name: `${name}-lease`, namespace }, ["own"]));
  if (options.watchNamespaces === undefined) {
    return [...bind(roleOf({ name }, ["watched", "cluster"])), ...lease];
  }
  return [
    ...bind(roleOf({ name }, ["cluster"])),
    ...options.watchNamespaces.flatMap((watched) => bind(roleOf({ name, namespace: watched }, ["watched"]))),
    ...bind(eventsOfClusterScopedKinds(`${name}-events`)),
    ...lease,
  ];
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
  return controllerPermissions.find(
    (permission) => JSON.stringify(ruleOf(permission)) === JSON.stringify(rule),
  )?.why;
}

function roleOf(metadata: { name: string; namespace?: string }, scopes: Permission["scope"][]): RoleObject {
  const rules = controllerPermissions.filter(({ scope }) => scopes.includes(scope)).map(ruleOf);
  const kind = metadata.namespace === undefined ? "ClusterRole" : "Role";
  return { apiVersion: "rbac.authorization.k8s.io/v1", kind, metadata, rules };
}

function ruleOf({ group: apiGroup, resources, verbs, names }: Permission): PolicyRule {
  return {
    apiGroups: [apiGroup],
    resources: [...resources],
    verbs: [...verbs],
    ...(names === undefined ? {} : { resourceNames: [...names] }),
  };
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
