/** What every Kubernetes object has in common. Knows nothing of load balancers: the runtime imports this file alone. */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean | undefined;
  blockOwnerDeletion?: boolean | undefined;
}

/** Who wrote which fields last. The cache keeps manager, operation and subresource only. */
export interface ManagedFieldsEntry {
  manager?: string | undefined;
  operation?: string | undefined;
  subresource?: string | undefined;
  /** RFC 3339. */
  time?: string | undefined;
  apiVersion?: string | undefined;
  fieldsType?: string | undefined;
  fieldsV1?: unknown;
}

export interface ObjectMeta {
  name?: string | undefined;
  generateName?: string | undefined;
  namespace?: string | undefined;
  uid?: string | undefined;
  /** Opaque: compared for equality only. */
  resourceVersion?: string | undefined;
  /** Grows with every change of the spec of a custom resource; Services have none. */
  generation?: number | undefined;
  /** RFC 3339, whole seconds. */
  creationTimestamp?: string | undefined;
  /** RFC 3339; set once deletion was asked for and finalizers still hold the object. */
  deletionTimestamp?: string | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  finalizers?: string[] | undefined;
  ownerReferences?: OwnerReference[] | undefined;
  managedFields?: ManagedFieldsEntry[] | undefined;
}

export interface KubeObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata: ObjectMeta;
}

/**
 * Where objects of one kind are served. `T` is the type of the objects: it exists for the compiler only and has no
 * value at run time.
 */
export interface Resource<T extends KubeObject = KubeObject> {
  /** API group; `""` is the core group. */
  readonly group: string;
  readonly version: string;
  /** The name in URLs and RBAC rules: lower case, plural. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly object?: T;
}

/** `metav1.Condition`: one aspect of an object's state, one entry per type. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  /** CamelCase word to script against. */
  reason: string;
  /** A sentence for a person. */
  message: string;
  /** RFC 3339; when `status` last changed. */
  lastTransitionTime: string;
  /** The `metadata.generation` this was computed from. */
  observedGeneration?: number | undefined;
}

export interface LabelSelectorRequirement {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  values?: string[] | undefined;
}

/** All of `matchLabels` and all of `matchExpressions` must hold; an empty selector matches everything. */
export interface LabelSelector {
  matchLabels?: Record<string, string> | undefined;
  matchExpressions?: LabelSelectorRequirement[] | undefined;
}

/** The `apiVersion` of objects of a resource: `v1`, `fairlead.io/v1alpha1`. */
export function apiVersionOf(resource: Pick<Resource, "group" | "version">): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}
