/** Small things about signals: a limit of time, one signal that follows another, and waiting for one. */
import type { Clock } from "../clock.ts";

export interface TimeLimit {
  /** Aborts when the time is over. */
  readonly signal: AbortSignal;
  clear(): void;
}

export function timeLimit(ms: number, clock: Clock): TimeLimit {
  const limit = new AbortController();
  const timer = clock.setTimeout(() => limit.abort(new Error(`${ms} ms are over`)), ms);
  return { signal: limit.signal, clear: () => timer.clear() };
}

/** Calls `run` once the signal is aborted, at once if it is already. `clear` takes that back. */
export function onAbort(signal: AbortSignal, run: () => void): { clear(): void } {
  if (signal.aborted) run();
  else signal.addEventListener("abort", run, { once: true });
  return { clear: () => signal.removeEventListener("abort", run) };
}

/** Resolves, never rejects, when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
}
