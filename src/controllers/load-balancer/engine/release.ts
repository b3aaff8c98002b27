/** Hands a stack back: takes our mark off what carries it, and leaves the rest as it is. */
import { planRelease } from "../../../core/plan/release.ts";
import type { ObservedResource } from "../../../core/plan/types.ts";
import type { GraphProvider, Problem, StackRef } from "../../../providers/provider.ts";
import { problemOf } from "../failure.ts";
import { isHeld } from "../judge.ts";
import { type MemberOutcome, recordedMemberOutcome } from "./member-outcome.ts";
import type { Observer } from "./observer.ts";
import type { LiveMember } from "./rounds.ts";

export interface ReleaseMeans {
  readonly provider: GraphProvider;
  readonly observer: Observer;
  readonly guard: () => void;
  readonly signal: AbortSignal;
}

export interface Released {
  readonly outcomes: ReadonlyMap<string, MemberOutcome>;
  readonly failures: readonly unknown[];
}

/** What goes with it for what it needs of shared stacks. */
export interface SharedSteps {
  /** Throws where that could not be done now: then nothing is done. */
  before(): Promise<void>;
  after(): Promise<void>;
}

/** What was released stays so, and costs no look at the cloud any more. */
export async function releaseStack(
  means: ReleaseMeans,
  live: readonly LiveMember[],
  ref: StackRef,
  shared: SharedSteps,
): Promise<Released> {
  const isOver = live.every(({ lb }) => lb.status?.released === true);
  const failures: unknown[] = [];
  try {
    if (!isOver) {
      await shared.before();
      await takeMarksOff(means, ref);
      await shared.after();
    }
  } catch (error) {
    means.signal.throwIfAborted();
    failures.push(error);
  }
  const outcomes = live.map(({ lb, member }) => {
    const problems = failures.length > 0 ? failures.map((error) => problemOf(error, isHeld(lb))) : [RELEASED];
    const outcome = { ...recordedMemberOutcome(lb), problems, appliedHash: undefined };
    return [member.key, { ...outcome, released: failures.length === 0 }] as const;
  });
  return { outcomes: new Map(outcomes), failures };
}

/** A load balancer can be handed back as a whole only. */
export const RELEASE_WAITS: Problem = {
  kind: "degraded",
  reason: "GroupConflict",
  message:
    "it is not handed back while others are served by the same load balancer: give them fairlead.io/release too, or another fairlead.io/group",
};

const RELEASED: Problem = {
  kind: "degraded",
  reason: "Released",
  message:
    "it was handed back as asked: nothing in the cloud is changed for it any more. Remove fairlead.io/release to have it taken care of again",
};

/** Of all that is ours, or of what is `meant` among that. Throws the first failure. */
export async function takeMarksOff(
  { provider, observer, guard, signal }: ReleaseMeans,
  ref: StackRef,
  meant: (resource: ObservedResource) => boolean = () => true,
): Promise<void> {
  const observed = await observer.observe(ref, signal);
  const context = { signal, guard, stack: ref.key, cls: ref.cls };
  for (const { id, kind, cloudId, fields } of planRelease(observed.filter(meant), provider.rules)) {
    const release = provider.actions[kind]?.release;
    if (release === undefined)
      throw new Error(`Provider ${provider.name} can't release resources of kind "${kind}"`);
    await release({ id, kind, cloudId, observed: fields }, context);
  }
}
