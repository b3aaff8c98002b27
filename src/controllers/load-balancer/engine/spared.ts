/** What a member has is not taken from it because it can't be served as it is asked for now (law 5). Pure. */
import type { Operation } from "../../../core/plan/types.ts";
import type { Desired } from "../../../providers/provider.ts";
import { isHeld } from "../judge.ts";
import type { LiveMember } from "./rounds.ts";

/** UIDs of members that have an address, and for which the provider wants nothing now. */
export function sparedMembers(live: readonly LiveMember[], { problems }: Desired): ReadonlySet<string> {
  const spared = live.filter(
    ({ lb, member }) =>
      isHeld(lb) && problems.get(member.key)?.some(({ kind }) => kind === "pending") === true,
  );
  return new Set(spared.map(({ lb }) => lb.metadata.uid ?? ""));
}

/** Whether an operation leaves to the spared ones what they have: what is not known to be another's may be theirs. */
export function sparesThem(spared: ReadonlySet<string>): (operation: Operation) => boolean {
  return (operation) => {
    const takes = operation.do === "delete" || (operation.do === "update" && operation.step === "narrow");
    if (!takes || spared.size === 0) return true;
    const { members } = operation;
    return members.length > 0 && !members.some((uid) => spared.has(uid));
  };
}
