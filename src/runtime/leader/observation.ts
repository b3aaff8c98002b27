/** What a follower knows of the holder: when it last saw the Lease change. */
import type { Clock } from "../clock.ts";
import type { Lease } from "./lease-record.ts";

/**
 * A Lease counts as expired when this process has seen it unchanged for the time that its holder wrote into it,
 * measured by the own monotonic clock since the answer arrived. Times in the Lease are never compared with a local
 * clock. A holder whose deadline is shorter, and counts from before its request was sent, has stopped by then.
 */
export interface Observation {
  saw(lease: Lease): void;
  /** True when nobody holds the Lease as it was last seen, or whoever does has been silent for too long. */
  free(): boolean;
  readonly holder: string;
}

export function createObservation(clock: Clock, leaseMs: number): Observation {
  let seen: { readonly lease: Lease; readonly changedMs: number } | undefined;
  return {
    saw(lease) {
      const unchanged = seen?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
      if (!unchanged || lease.metadata.uid !== seen?.lease.metadata.uid) {
        seen = { lease, changedMs: clock.monotonic() };
      }
    },
    free() {
      if (seen === undefined) return true;
      const { holderIdentity, leaseDurationSeconds } = seen.lease.spec ?? {};
      if (!holderIdentity) return true;
      const durationMs = leaseDurationSeconds === undefined ? leaseMs : leaseDurationSeconds * 1000;
      return clock.monotonic() - seen.changedMs >= durationMs;
    },
    get holder() {
      return seen?.lease.spec?.holderIdentity ?? "";
    },
  };
}
