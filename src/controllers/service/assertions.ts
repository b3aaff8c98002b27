/** How often a status that somebody else keeps overwriting is asserted again. A state machine without time of its own. */

/** Three times with growing delay, then once in ten minutes. */
const DELAYS_MS = [1_000, 5_000, 25_000] as const;
const SLOW_MS = 600_000;
/** A value that stood this long counts as accepted by everybody. */
const PEACE_MS = 60_000;

export interface Dispute {
  /** How many times the status was written again after another writer had changed it. */
  readonly rounds: number;
  /** The earliest time for the next write. */
  readonly notBefore: number;
  /** Since when the status has been ours without a break; `undefined` while it is not. */
  readonly quietSince: number | undefined;
}

export type DisputeStep =
  | { readonly do: "write"; readonly dispute: Dispute | undefined }
  | { readonly do: "wait"; readonly forMs: number; readonly dispute: Dispute }
  | { readonly do: "settled"; readonly dispute: undefined };

/** The status is not what we wrote last, and what we want has not changed since. */
export function onOverwritten(dispute: Dispute | undefined, nowMs: number): DisputeStep {
  const current: Dispute = dispute ?? { rounds: 0, notBefore: nowMs + DELAYS_MS[0], quietSince: undefined };
  const waitMs = current.notBefore - nowMs;
  if (waitMs > 0) return { do: "wait", forMs: waitMs, dispute: { ...current, quietSince: undefined } };
  const rounds = current.rounds + 1;
  return {
    do: "write",
    dispute: { rounds, notBefore: nowMs + (DELAYS_MS[rounds] ?? SLOW_MS), quietSince: undefined },
  };
}

/** The status is as we want it. */
export function onPeace(dispute: Dispute, nowMs: number): DisputeStep {
  const quietSince = dispute.quietSince ?? nowMs;
  const forMs = quietSince + PEACE_MS - nowMs;
  if (forMs <= 0) return { do: "settled", dispute: undefined };
  return { do: "wait", forMs, dispute: { ...dispute, quietSince } };
}

/** After the fast rounds have not helped, users are told. */
export function isStuck(dispute: Dispute | undefined): boolean {
  return dispute !== undefined && dispute.rounds >= DELAYS_MS.length;
}

/** What is known after a restart of a Service whose load balancer says that another writer had won. */
export function resumedDispute(nowMs: number): Dispute {
  return { rounds: DELAYS_MS.length, notBefore: nowMs, quietSince: undefined };
}
