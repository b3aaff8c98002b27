/** What one stack needs of a shared stack, and how far it is met. Pure. */
import { fingerprint } from "../../../core/plan/json.ts";
import type { Json } from "../../../core/plan/types.ts";

export interface Claimed {
  readonly now: readonly Json[];
  /** What it needed before, until it is narrowed: it may be in use. */
  readonly before: readonly Json[];
  /** What it needs no more and may be there still. */
  readonly left: readonly Json[];
  /** Those of its needs that are known to be met. */
  readonly met: readonly Json[];
  /** It serves somebody, by needs that are met or by some that nobody here has seen. */
  readonly inUse: boolean;
  /** Its class wants kept what served a load balancer that is gone. */
  readonly retains: boolean;
  /** Why some of `now` is not met, though that was tried. */
  readonly trouble: Trouble | undefined;
}

export interface Trouble {
  readonly error: unknown;
  /** When trying again is not vain any more; of the monotonic clock. */
  readonly untilMs: number;
  /** It failed together with others, and whose fault it was is open: to be tried without them. */
  readonly isSuspect: boolean;
}

export type NewClaim = Pick<Claimed, "now" | "inUse" | "retains">;

/** `kept`: what stayed in the cloud of an earlier stack of that name. */
export function claimAnew(had: Claimed | undefined, fresh: NewClaim, kept: readonly Json[] = []): Claimed {
  if (had === undefined) return { ...fresh, before: kept, left: [], met: [], trouble: undefined };
  const inUse = fresh.inUse || had.inUse;
  if (sameAll(had.now, fresh.now)) return { ...had, retains: fresh.retains, inUse };
  const { met, trouble } = had;
  const all = unique([...had.now, ...had.before]);
  // What failed is not in use; half of it may be there.
  return trouble === undefined
    ? { ...fresh, inUse, before: all, left: had.left, met, trouble }
    : { ...fresh, inUse, before: met, left: unique([...had.left, ...all]), met, trouble: undefined };
}

/** What a run is to see to: of one in trouble who is not to be tried again only what it has. */
export function needsIn({ now, before, met, trouble }: Claimed, isTried: boolean): readonly Json[] {
  return trouble === undefined || isTried ? unique([...now, ...before]) : met;
}

export function isMet({ now, met, trouble }: Claimed): boolean {
  return trouble === undefined && includesAll(met, now);
}

/** What serves it is not known: nobody can tell it from what is needed no more. */
export function isHidden({ now, inUse, met }: Claimed): boolean {
  return now.length > 0 && inUse && met.length === 0;
}

export function unique(values: readonly Json[]): Json[] {
  return [...new Map(values.map((value) => [fingerprint(value, 32), value])).values()];
}

export function includesAll(all: readonly Json[], some: readonly Json[]): boolean {
  return without(some, all).length === 0;
}

export function without(values: readonly Json[], others: readonly Json[]): Json[] {
  const out = new Set(others.map((value) => fingerprint(value, 32)));
  return values.filter((value) => !out.has(fingerprint(value, 32)));
}

function sameAll(a: readonly Json[], b: readonly Json[]): boolean {
  return includesAll(a, b) && includesAll(b, a);
}
