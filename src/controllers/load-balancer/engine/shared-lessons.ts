/** What the work on a shared stack means for those who claim it: whose needs are met now, and whose are not for what reason. Pure. */
import { isCloudError } from "../../../core/plan/cloud-error.ts";
import type { Json } from "../../../core/plan/types.ts";
import { type Claimed, includesAll, type Trouble, unique } from "./shared-claims.ts";
import { type Aftermath, createMetJudge } from "./shared-needs.ts";
import type { Undone } from "./shared-round.ts";
import { patienceOf } from "./stalemate.ts";

export interface Lesson extends Aftermath {
  /** The needs that the work was for, by stack. */
  readonly included: ReadonlyMap<string, readonly Json[]>;
  /** The stack that was tried without others that are in trouble. */
  readonly single: string | undefined;
  readonly nowMs: number;
  /** After this even what the cloud called invalid is tried again. */
  readonly longestMs: number;
}

export interface Learned {
  /** By stack, those that were included. */
  readonly claims: ReadonlyMap<string, Claimed>;
  /** Stacks that fell into trouble, got out of it, or have to be tried for themselves. */
  readonly changed: readonly string[];
}

export function learn(claims: ReadonlyMap<string, Claimed>, o: Lesson): Learned {
  const isMetNow = createMetJudge(o);
  const learned = new Map<string, Claimed>();
  const failed: string[] = [];
  const changed: string[] = [];
  for (const [stack, needs] of o.included) {
    const own = claims.get(stack);
    if (own === undefined) continue;
    const met = unique([...own.now, ...own.before]).filter((need) =>
      isMetNow(stack, need, includesAll(needs, [need])),
    );
    const isOver = includesAll(met, own.now);
    const trouble = isOver ? undefined : own.trouble;
    learned.set(stack, { ...own, met, inUse: own.inUse || met.length > 0, trouble });
    if (isOver && own.trouble !== undefined) changed.push(stack);
    // What was claimed since the work began was not in it.
    if (!isOver && includesAll(needs, own.now)) failed.push(stack);
  }
  for (const stack of failed) {
    const own = learned.get(stack) as Claimed;
    const trouble = troubleOf(stack, own, o, failed.length > 1 && stack !== o.single);
    if (own.trouble === undefined || trouble.isSuspect) changed.push(stack);
    learned.set(stack, { ...own, trouble });
  }
  return { claims: learned, changed };
}

function troubleOf(stack: string, { now }: Claimed, o: Lesson, mayBeAnothers: boolean): Trouble {
  const ids = new Set(o.alone(stack, now).map(({ id }) => id));
  const its = o.lacking.find(({ operation }: Undone) => ids.has(operation.id));
  const error = (its ?? o.lacking[0])?.error;
  // The cloud rejects or counts what it is sent; what we may not do, or what is not there, is so for all who need it.
  const isOfContent = isCloudError(error) && (error.class === "invalid" || error.class === "quota");
  const isSuspect = mayBeAnothers && (isOfContent || its === undefined);
  return { error, isSuspect, untilMs: o.nowMs + (isSuspect ? 0 : patienceOf(error, o.longestMs)) };
}
