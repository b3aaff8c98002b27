/** Remembers which stack a load balancer or target group is marked for, so that the tags of others' are not read again and again. */
import type { Clock } from "../../../runtime/clock.ts";
import { markKeys, type Tags } from "../model/marks.ts";

export type Owner =
  | { readonly is: "ours"; readonly stack: string }
  /** Of another cluster, or of somebody else. */
  | { readonly is: "foreign" };

export interface Ownership {
  /** Undefined: its tags have to be read. */
  of(arn: string): Owner | undefined;
  learn(arn: string, tags: Tags): Owner;
  /** Its marks are changed. */
  forget(arn: string): void;
  /** Forgets all that is not among these. */
  keep(arns: ReadonlySet<string>): void;
}

/** What somebody else has may be marked by hand, or by another process of ours. */
const foreignForMs = 60 * 60_000;

export function createOwnership(clock: Clock, clusterUid: () => string): Ownership {
  const known = new Map<string, { readonly owner: Owner; readonly untilMs: number }>();
  return {
    of(arn) {
      const entry = known.get(arn);
      return entry === undefined || entry.untilMs < clock.monotonic() ? undefined : entry.owner;
    },
    learn(arn, tags) {
      const stack = tags[markKeys.cluster] === clusterUid() ? tags[markKeys.stack] : undefined;
      const owner: Owner = stack === undefined ? { is: "foreign" } : { is: "ours", stack };
      const untilMs = stack === undefined ? clock.monotonic() + foreignForMs : Number.POSITIVE_INFINITY;
      known.set(arn, { owner, untilMs });
      return owner;
    },
    forget: (arn) => void known.delete(arn),
    keep(arns) {
      for (const arn of known.keys()) if (!arns.has(arn)) known.delete(arn);
    },
  };
}
