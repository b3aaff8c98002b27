/** One thing that a process of Fairlead may do with objects of the cluster, and why. */

export interface Permission {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Only objects of these names; `create` can't be limited so. */
  readonly names?: readonly string[];
  /** `cluster`: cluster-scoped kinds. `watched`: in every namespace that is served. `own`: in Fairlead's own namespace. */
  readonly scope: "cluster" | "watched" | "own";
  readonly why: string;
}

/** The verbs of whoever keeps a copy of all objects. */
export const read = ["get", "list", "watch"];
