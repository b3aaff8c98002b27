/** Orphans as data to be printed. Pure. */

import { type DeletedStack, deletionOf } from "../../controllers/orphans/delete-orphans.ts";
import type { FoundOrphans, OrphanedStack } from "../../controllers/orphans/find-orphans.ts";

export interface OrphanedResource {
  readonly kind: string;
  /** Within its stack. */
  readonly id: string;
  readonly cloudId: string;
  /** Absent where the cloud does not tell. */
  readonly createdAt?: string | undefined;
}

export interface ReportedStack {
  readonly className: string;
  readonly stack: string;
  /** Load balancers shared it, and none needs it any more. */
  readonly shared: boolean;
  /** Left on purpose: the class retains it. */
  readonly retained: boolean;
  /** In the order in which they would be deleted. */
  readonly resources: readonly OrphanedResource[];
}

export interface OrphansReport {
  /** UID of the namespace kube-system, which is in the marks. */
  readonly clusterUid: string;
  readonly orphans: readonly ReportedStack[];
  /** What may be orphaned, and is left alone. */
  readonly inDoubt: readonly { readonly className: string; readonly stack: string; readonly why: string }[];
  /** Classes whose clouds could not be looked at. */
  readonly notLookedAt: readonly { readonly className: string; readonly message: string }[];
  /** Only where it was asked for. */
  readonly deletion?:
    | {
        readonly done: boolean;
        /** Those that are, or would be, deleted. */
        readonly stacks: readonly DeletedStack[];
      }
    | undefined;
}

export function reportOn(found: FoundOrphans, clusterUid: string): OrphansReport {
  return {
    clusterUid,
    orphans: found.stacks.map(reported),
    inDoubt: found.inDoubt,
    notLookedAt: found.unknown,
  };
}

function reported(stack: OrphanedStack): ReportedStack {
  const { cls, key, shared, retained, resources } = stack;
  const order = new Map(
    deletionOf(stack).operations.flatMap((each, index) =>
      each.do === "delete" ? [[each.cloudId, index] as const] : [],
    ),
  );
  const rank = (cloudId: string) => order.get(cloudId) ?? order.size;
  return {
    className: cls.metadata.name ?? "",
    stack: key,
    shared,
    retained,
    resources: resources
      .toSorted((a, b) => rank(a.cloudId) - rank(b.cloudId))
      .map(({ kind, id, cloudId, createdAt }) => ({
        kind,
        id,
        cloudId,
        ...(createdAt === undefined ? {} : { createdAt }),
      })),
  };
}

export function withDeletion(
  report: OrphansReport,
  stacks: readonly DeletedStack[],
  done: boolean,
): OrphansReport {
  return { ...report, deletion: { done, stacks } };
}

/** Whether something should not be there, could not be looked at, or went wrong. What is in doubt may well be in use. */
export function isTroubled({ orphans, notLookedAt, deletion }: OrphansReport): boolean {
  if (notLookedAt.length > 0) return true;
  if (deletion?.done !== true) return orphans.some(({ retained }) => !retained);
  return deletion.stacks.some(({ failed, spared }) => failed.length > 0 || spared !== undefined);
}
