/** Makes the world anew whenever something has changed: soon, and never so often that nothing else gets a turn. */
import type { Clock, Timer } from "../runtime/clock.ts";

export interface DesireLoopOptions {
  /** Makes it, and says whether what it needs was all there. Must not throw. */
  readonly make: (o: { readonly must: boolean }) => "made" | "incomplete";
  readonly clock: Clock;
}

export interface DesireLoop {
  changed(): void;
  /** Makes it in this moment, with what is there. */
  now(): void;
  stop(): void;
}

/** What changes in the same moment is taken together. */
const gatherMs = 20;
/** No more than a tenth of the time goes into it. */
const restPerWork = 9;
/** What is newly needed is waited for, so that nothing is let go only because it is not known yet; but not for ever. */
const patienceMs = 5_000;

export function createDesireLoop({ make, clock }: DesireLoopOptions): DesireLoop {
  let timer: Timer | undefined;
  let restUntil = Number.NEGATIVE_INFINITY;
  let incompleteSince: number | undefined;
  let stopped = false;

  const arm = (delayMs: number): void => {
    if (timer !== undefined || stopped) return;
    timer = clock.setTimeout(
      () => {
        timer = undefined;
        run(false);
      },
      Math.max(delayMs, restUntil - clock.monotonic()),
    );
  };
  const run = (must: boolean): void => {
    const begun = clock.monotonic();
    const patienceIsOver = incompleteSince !== undefined && begun - incompleteSince >= patienceMs;
    const outcome = make({ must: must || patienceIsOver });
    const ended = clock.monotonic();
    restUntil = ended + (ended - begun) * restPerWork;
    if (outcome === "made") {
      incompleteSince = undefined;
      return;
    }
    incompleteSince ??= begun;
    arm(patienceMs);
  };
  return {
    changed: () => {
      // The end of the wait for what was missing is news as well.
      if (incompleteSince !== undefined) {
        timer?.clear();
        timer = undefined;
      }
      arm(gatherMs);
    },
    now: () => run(true),
    stop() {
      stopped = true;
      timer?.clear();
    },
  };
}
