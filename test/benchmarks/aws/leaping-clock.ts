/** The time of a process that can be moved on: a day with nothing to do passes in the time that its work takes. */
import { type Clock, systemClock, type Timer } from "../../../src/runtime/clock.ts";

export interface LeapingClock extends Clock {
  /** Ms until the next timer fires; undefined if none is set. */
  nextInMs(): number | undefined;
  /** Moves time on, and all timers with it. */
  leap(ms: number): void;
}

interface Alarm {
  readonly atMs: number;
  readonly run: () => void;
  timer: Timer;
}

/** Runs as time does, but for the leaps. The wall clock is left alone: what is written into objects stays true. */
export function createLeapingClock(): LeapingClock {
  const alarms = new Set<Alarm>();
  let leaptMs = 0;
  const monotonic = () => systemClock.monotonic() + leaptMs;
  const arm = (alarm: Omit<Alarm, "timer">, fire: () => void) =>
    systemClock.setTimeout(fire, Math.max(0, alarm.atMs - monotonic()));
  const fire = (alarm: Alarm) => () => {
    alarms.delete(alarm);
    alarm.run();
  };
  return {
    now: systemClock.now,
    monotonic,
    setTimeout(run, delayMs) {
      const alarm: Alarm = { atMs: monotonic() + delayMs, run, timer: { clear() {} } };
      alarm.timer = arm(alarm, fire(alarm));
      alarms.add(alarm);
      return {
        clear() {
          alarm.timer.clear();
          alarms.delete(alarm);
        },
      };
    },
    nextInMs() {
      const first = Math.min(...[...alarms].map(({ atMs }) => atMs));
      return Number.isFinite(first) ? Math.max(0, first - monotonic()) : undefined;
    },
    leap(ms) {
      leaptMs += ms;
      // In the order in which they are due.
      for (const alarm of [...alarms].sort((a, b) => a.atMs - b.atMs)) {
        alarm.timer.clear();
        alarm.timer = arm(alarm, fire(alarm));
      }
    },
  };
}
