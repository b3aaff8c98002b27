/** What clients saw, made into figures and stories. Pure. */
import type { Fetched } from "./programs/http-client.ts";
import type { Heard } from "./programs/neighbour-client.ts";

/** A time from which and up to which is looked, in milliseconds of the machine's monotonic clock. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Fetches {
  readonly requests: number;
  readonly failed: number;
  /** The longest time without the end of a successful request. */
  readonly gapMs: number;
}

/** Of the requests that began in the window. */
export function fetchesIn(all: readonly Fetched[], { from, to }: Window): Fetches {
  const within = all.filter(({ at }) => at >= from && at < to);
  const successes = within.flatMap(({ at, took, answer }) => (answer === undefined ? [] : [at + took]));
  const times = [from, ...successes.toSorted((a, b) => a - b), to];
  return {
    requests: within.length,
    failed: within.length - successes.length,
    gapMs: Math.max(...times.slice(1).map((time, before) => time - (times[before] ?? time))),
  };
}

/** Requests after each other that the same MACs answered. */
export interface Span {
  /** Sorted. */
  readonly by: readonly string[];
  /** When its first and last requests were sent. */
  readonly from: number;
  readonly to: number;
}

/** Who answered the requests for an address that were sent in the window, in order. Requests that nobody answered are left out. */
export function spansOf(heard: readonly Heard[], address: string, window: Window): Span[] {
  const spans: { by: readonly string[]; from: number; to: number }[] = [];
  for (const { asked, by } of answersOf(heard, address, window)) {
    const last = spans.at(-1);
    if (by.length === 0) continue;
    if (last !== undefined && last.by.join() === by.join()) last.to = asked;
    else spans.push({ by, from: asked, to: asked });
  }
  return spans;
}

/** For each request for an address that was sent in the window: by which MACs it was answered, sorted. */
export function answersOf(
  heard: readonly Heard[],
  address: string,
  { from, to }: Window,
): { readonly asked: number; readonly by: readonly string[] }[] {
  const answers = new Map<number, Set<string>>();
  for (const each of heard) {
    if (each.address !== address || each.what === "announcement") continue;
    if (each.what === "asked") {
      if (each.at >= from && each.at < to) answers.set(each.at, new Set());
    } else answers.get(each.asked)?.add(each.mac);
  }
  return [...answers].map(([asked, by]) => ({ asked, by: [...by].sort() }));
}

/** One that answers for less than this between answers of another alone does not hold the address: both do, in turns. */
const briefMs = 1_000;

/** The time during which requests were answered by more than one MAC, or now by one and now by another. */
export function doubledMs(spans: readonly Span[]): number {
  const doubled = spans.filter(({ by, from, to }, at) => {
    const isBetween = at > 0 && spans[at - 1]?.by.join() === spans[at + 1]?.by.join();
    return by.length > 1 || (isBetween && to - from < briefMs);
  });
  // One request that two have answered is a moment, too.
  return doubled.reduce((sum, { from, to }) => sum + Math.max(to - from, 1), 0);
}

/** The longest time between requests that were answered, by whomever. */
export function longestSilenceMs(heard: readonly Heard[], address: string, window: Window): number {
  const answered = answersOf(heard, address, window).flatMap(({ asked, by }) =>
    by.length === 0 ? [] : [asked],
  );
  const times = [window.from, ...answered, window.to];
  return Math.max(...times.slice(1).map((time, before) => time - (times[before] ?? time)));
}
